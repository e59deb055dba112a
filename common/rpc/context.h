// What a handler knows about the call besides its request.
#ifndef PHOIHOP_COMMON_RPC_CONTEXT_H_
#define PHOIHOP_COMMON_RPC_CONTEXT_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "common/access/caller.h"
#include "common/telemetry/trace.h"
#include "common/time/clock.h"

namespace phoihop::rpc {

// One call. Thread safe. For a stream it lives as long as the stream's source.
class RequestContext {
 public:
  // Everything has a default, so that a test sets what it is about:
  //   RequestContext ctx({.caller = officer, .clock = &clock});
  struct Parts {
    access::Caller caller = {};
    std::string method = {};
    absl::Time deadline = absl::InfiniteFuture();
    const Clock* clock = SystemClock();
    TraceContext trace = {};
    std::string bearer = {};
    int64_t min_position = 0;
  };

  explicit RequestContext(Parts parts) : parts_(std::move(parts)) {}
  RequestContext(const RequestContext&) = delete;
  RequestContext& operator=(const RequestContext&) = delete;

  const access::Caller& caller() const { return parts_.caller; }
  // `phoihop.opinions.v1.OpinionsService/CreateOpinionEntry`.
  std::string_view method() const { return parts_.method; }
  // In the time of this machine; InfiniteFuture when the caller set none.
  absl::Time deadline() const { return parts_.deadline; }
  // The caller has left, or the server is about to end. Long work looks here.
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  // The present moment by the server's clock.
  absl::Time now() const { return parts_.clock->Now(); }
  const TraceContext& trace() const { return parts_.trace; }
  // The caller's token, to ask another service in the caller's name; empty for an
  // anonymous caller. Never log it.
  const std::string& bearer() const { return parts_.bearer; }

  // The position that the service's ledger must include before the handler is called, from the
  // metadata `phoihop-min-position`: so a client reads what it has written, through any
  // replica. 0 when none is asked for; negative when the metadata is no position. See README.md.
  int64_t min_position() const { return parts_.min_position; }

  // The ledger position of what this call has written or seen; the client gets
  // it as trailing metadata `phoihop-position`.
  void set_position(int64_t position) const { position_.store(position); }
  std::optional<int64_t> position() const {
    const int64_t position = position_.load();
    return position < 0 ? std::nullopt : std::optional<int64_t>(position);
  }

  // For the server, which learns the caller after the context is made.
  void set_caller(access::Caller caller) { parts_.caller = std::move(caller); }
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }

 private:
  Parts parts_;
  std::atomic<bool> cancelled_ = false;
  mutable std::atomic<int64_t> position_ = -1;
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_CONTEXT_H_
