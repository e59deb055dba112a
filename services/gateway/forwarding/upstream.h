// Calls the methods of one server with messages that stay serialised, without holding a
// thread while the answer is under way.
#ifndef PHOIHOP_SERVICES_GATEWAY_FORWARDING_UPSTREAM_H_
#define PHOIHOP_SERVICES_GATEWAY_FORWARDING_UPSTREAM_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/telemetry/trace.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace phoihop::gateway {

class UpstreamStream;

class Upstream {
 public:
  struct Call {
    // `phoihop.opinions.v1.OpinionsService/GetPetition`.
    std::string method;
    std::string request;
    // The request carries a request id, so it may be sent again after UNAVAILABLE.
    bool has_request_id = false;
    // Sent as it is; empty for none.
    std::string bearer;
    absl::Time deadline;
    TraceContext trace;
    // Where the client is, for a call within the process; empty for none.
    std::string client_address = {};
    // The ledger position that the answer must include; 0 for none.
    int64_t min_position = 0;
  };

  struct Reply {
    // The response's bytes, or the error with its details as payloads.
    absl::StatusOr<std::string> response;
    // The ledger position that came with it.
    std::optional<int64_t> position;
  };

  // `repeating`, when given, is a channel to the same server that repeats writes
  // (rpc::Repeat::kWritesToo): taken for requests that carry a request id.
  explicit Upstream(const std::shared_ptr<grpc::Channel>& channel,
                    const std::shared_ptr<grpc::Channel>& repeating = nullptr);
  // Waits for calls that have not ended; they are to be cancelled before.
  ~Upstream();

  // `done` is called exactly once, on a thread of gRPC, so it must not block. The
  // returned function cancels the call, which then ends soon; it may be called at any time.
  std::function<void()> Start(const Call& call, std::function<void(Reply)> done);

  // A server stream, which ends once nobody holds it any more.
  std::shared_ptr<UpstreamStream> Open(Call call);

 private:
  struct Stub;
  const std::unique_ptr<Stub> stub_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_FORWARDING_UPSTREAM_H_
