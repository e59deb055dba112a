// A server stream of another server, read message by message; they stay serialised.
#ifndef PHOIHOP_SERVICES_GATEWAY_FORWARDING_UPSTREAM_STREAM_H_
#define PHOIHOP_SERVICES_GATEWAY_FORWARDING_UPSTREAM_STREAM_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace phoihop::gateway {

// Nothing is read that was not asked for, so a slow reader slows the other server. Thread safe.
class UpstreamStream {
 public:
  // The bytes of a message; nothing at the end; or the error with its details as payloads.
  using Event = absl::StatusOr<std::optional<std::string>>;

  virtual ~UpstreamStream() = default;

  // Asks for what comes next; again only after the answer. `done` is called exactly once, on a
  // thread of gRPC or before this returns, so it must not block. After the end it gets the end.
  virtual void Read(std::function<void(Event)> done) = 0;

  // Ends the stream soon, and a Read that waits.
  virtual void Cancel() = 0;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_FORWARDING_UPSTREAM_STREAM_H_
