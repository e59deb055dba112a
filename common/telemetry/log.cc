#include "common/telemetry/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/telemetry/trace.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace phoihop {
namespace {

// What the pipe to whoever keeps the log holds, as far as an ordinary user may have it. A thread
// that writes a line waits while it is full, and with it the calls that it serves; the 64 KB of a
// new pipe are full after less than half a second in which the reader gets no processor or no disk.
constexpr int kPipeBytes = 1 << 20;

// Replaced as a whole when it changes, so that writing a line takes no lock of ours.
struct State {
  std::string service;
  std::function<void(const std::string&)> capture;
};

class Output {
 public:
  static Output& Get() {
    static Output* output = new Output;  // lines may be written until the very end
    return *output;
  }

  void Change(const std::function<void(State&)>& change) {
    absl::MutexLock lock(&mutex_);
    auto next = std::make_shared<State>(*state_);
    change(*next);
    state_ = std::move(next);
  }
  std::shared_ptr<const State> state() {
    absl::ReaderMutexLock lock(&mutex_);
    return state_;
  }
  spdlog::logger& logger() { return logger_; }
  std::atomic<LogLevel> least = LogLevel::kInfo;

 private:
  Output() : logger_("json", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%v");
    logger_.set_level(spdlog::level::trace);
    fcntl(STDERR_FILENO, F_SETPIPE_SZ, kPipeBytes);  // fails when it is no pipe
  }

  absl::Mutex mutex_;
  std::shared_ptr<const State> state_ ABSL_GUARDED_BY(mutex_) = std::make_shared<State>();
  spdlog::logger logger_;
};

struct LevelName {
  const char* text;
  spdlog::level::level_enum spdlog;
};
LevelName NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return {"debug", spdlog::level::debug};
    case LogLevel::kInfo:
      return {"info", spdlog::level::info};
    case LogLevel::kWarning:
      return {"warning", spdlog::level::warn};
    case LogLevel::kError:
      break;
  }
  return {"error", spdlog::level::err};
}

}  // namespace

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  Output& output = Output::Get();
  if (level < output.least.load(std::memory_order_relaxed)) return;
  const std::shared_ptr<const State> state = output.state();
  const LevelName name = NameOf(level);
  nlohmann::ordered_json line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  line["level"] = name.text;
  line["service"] = state->service;
  line["message"] = std::string(message);
  if (const TraceContext* trace = CurrentTrace(); trace != nullptr && !trace->empty()) {
    line["trace_id"] = trace->trace_id;
  }
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[field.key] = value; }, field.value);
  }
  const std::string text =
      line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (state->capture) {
    state->capture(text);
  } else {
    output.logger().log(name.spdlog, spdlog::string_view_t(text.data(), text.size()));
  }
}

void InitLogging(std::string_view service, LogLevel least) {
  Output::Get().least = least;
  Output::Get().Change([&](State& state) { state.service = std::string(service); });
}

void FlushLog() { Output::Get().logger().flush(); }

void CaptureLog(std::function<void(const std::string&)> sink) {
  Output::Get().Change([&](State& state) { state.capture = std::move(sink); });
}

}  // namespace phoihop
