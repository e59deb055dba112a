// Calling another service. Includes gRPC: for .cc files of rpc parts only.
#ifndef PHOIHOP_COMMON_RPC_CLIENT_H_
#define PHOIHOP_COMMON_RPC_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/cancel/cancellation.h"
#include "common/rpc/context.h"
#include "common/rpc/status.h"
#include "common/status/errors.h"
#include "common/telemetry/trace.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace phoihop::rpc {

// Gives a token that is valid now, for example by TokenSigner::SignOwn; asked
// before each call, so it caches.
using CredentialProvider = std::function<std::string()>;

class TlsIdentity;

// Whom a channel is for.
struct ChannelOptions {
  // Who we are; null for a channel that is not encrypted.
  std::shared_ptr<const TlsIdentity> tls = {};
  // With `tls`: whose certificate the other side must have, "directory".
  std::string service = {};
  // Writes whose type of request has a request_id are repeated by the channel, too. Only for
  // one on which every such request carries an id: without one, a repeat could write twice.
  bool repeat_writes = false;
};

// The credentials of a channel; adds to its arguments which server is asked for. For a channel
// that Connect does not make.
std::shared_ptr<grpc::ChannelCredentials> ChannelCredentialsOf(const ChannelOptions& options,
                                                               grpc::ChannelArguments& arguments);

// A channel to `addresses`: one `host:port`, `dns:///name:port`, or a list of IP:port separated
// by commas. Calls go to each in turn; one that is gone, says that it does not serve, fails
// nearly all its calls, or is frozen (noticed within 9 seconds by keepalive) is left out.
// Connects when first used, and again within a second after the other side comes back. Calls
// that only read, and got UNAVAILABLE, are made again, 5 times at most.
std::shared_ptr<grpc::Channel> Connect(const std::string& addresses,
                                       const ChannelOptions& options = {});

// For one call to another service.
struct CallOptions {
  // InfiniteFuture gives the call 30 seconds: nothing waits for ever.
  absl::Time deadline = absl::InfiniteFuture();
  // The token to send; `credentials` is asked when it is empty.
  std::string bearer = {};
  CredentialProvider credentials = {};
  // The trace to continue; the thread's own when empty.
  TraceContext trace = {};
  // Waits for the other side to come up instead of failing with UNAVAILABLE.
  bool wait_for_ready = false;

  // In the name of the caller whose request is being handled: its token,
  // deadline and trace.
  static CallOptions For(const RequestContext& context);
};

// When a call with these options ends that begins now.
absl::Time DeadlineOf(const CallOptions& options);

// Puts options into a gRPC context; for streams and asynchronous calls. The second form is for
// a call that is made again and whose time began before.
void Prepare(const CallOptions& options, grpc::ClientContext& context);
void Prepare(const CallOptions& options, grpc::ClientContext& context, absl::Time deadline);

// The same for a call that nobody cancelled on this side: a bare CANCELLED then means
// that the other side was ending, and becomes UNAVAILABLE.
absl::Status FromUncancelled(const grpc::Status& status);

// The `phoihop-position` of a finished call.
std::optional<int64_t> PositionOf(const grpc::ClientContext& context);

// Whether to make a call again that ended so, the `attempt`th one (from 1): when it got
// UNAVAILABLE, its request carries a request id, and there is time. Waits before it says yes.
bool RepeatWrite(const google::protobuf::Message& request, const grpc::Status& status, int attempt,
                 absl::Time deadline);

// One unary call:
//   ASSIGN_OR_RETURN(Head head, Call(*stub, &LedgerService::Stub::GetHead, request, options));
// `position`, when given, gets the ledger position that the answer carried. A request with a
// request id is sent again after UNAVAILABLE, within the deadline. When this thread's caller
// leaves (see common/cancel) the call is cancelled, too.
template <class Stub, class StubBase, class Req, class Res>
absl::StatusOr<Res> Call(Stub& stub,
                         grpc::Status (StubBase::*method)(grpc::ClientContext*, const Req&, Res*),
                         const std::type_identity_t<Req>& request, const CallOptions& options,
                         std::optional<int64_t>* position = nullptr) {
  const absl::Time deadline = DeadlineOf(options);
  for (int attempt = 1;; ++attempt) {
    grpc::ClientContext context;
    Prepare(options, context, deadline);
    Res response;
    grpc::Status status;
    {
      const CancelWatch left(CurrentCancellation(), [&context] { context.TryCancel(); });
      status = (stub.*method)(&context, request, &response);
    }
    if (!status.ok() && CallerHasLeft()) return Cancelled();
    if (!status.ok() && RepeatWrite(request, status, attempt, deadline)) continue;
    if (!status.ok()) return FromUncancelled(status);
    if (position != nullptr) *position = PositionOf(context);
    return response;
  }
}

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_CLIENT_H_
