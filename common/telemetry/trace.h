// Trace context after W3C: which request a log line or a call belongs to.
#ifndef PHOIHOP_COMMON_TELEMETRY_TRACE_H_
#define PHOIHOP_COMMON_TELEMETRY_TRACE_H_

#include <optional>
#include <string>
#include <string_view>

namespace phoihop {

// A position in a trace, as the `traceparent` header carries it. Ids are random
// and say nothing about the caller.
struct TraceContext {
  // 32 lower-case hex digits, the same for everything one request causes.
  std::string trace_id = {};
  // 16 lower-case hex digits, one for each step.
  std::string span_id = {};
  bool sampled = true;

  // A new trace.
  static TraceContext New();

  // Reads a `traceparent` header; nothing when it is malformed, since a trace
  // that cannot be continued is started anew rather than guessed.
  static std::optional<TraceContext> Parse(std::string_view traceparent);

  // A further step in the same trace.
  TraceContext Child() const;

  // `00-<trace id>-<span id>-01`.
  std::string ToHeader() const;

  bool empty() const { return trace_id.empty(); }
};

// While one of these lives, log lines of its thread carry the trace id. The
// context must outlive it.
class ScopedTrace {
 public:
  explicit ScopedTrace(const TraceContext& trace);
  ~ScopedTrace();
  ScopedTrace(const ScopedTrace&) = delete;
  ScopedTrace& operator=(const ScopedTrace&) = delete;

 private:
  const TraceContext* const previous_;
};

// The trace of this thread; nullptr outside any ScopedTrace.
const TraceContext* CurrentTrace();

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_TELEMETRY_TRACE_H_
