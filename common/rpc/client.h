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
#include "common/rpc/context.h"
#include "common/rpc/status.h"
#include "common/telemetry/trace.h"

namespace phoihop::rpc {

// Gives a token that is valid now, for example by TokenSigner::SignOwn; asked
// before each call, so it caches.
using CredentialProvider = std::function<std::string()>;

// A channel to `address` ("127.0.0.1:7101"). Connects when first used, again
// within a second after the other side comes back, and notices a dead or frozen peer
// by keepalive.
std::shared_ptr<grpc::Channel> Connect(const std::string& address);

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

// Puts options into a gRPC context; for streams and asynchronous calls.
void Prepare(const CallOptions& options, grpc::ClientContext& context);

// The same for a call that nobody cancelled on this side: a bare CANCELLED then means
// that the other side was ending, and becomes UNAVAILABLE.
absl::Status FromUncancelled(const grpc::Status& status);

// The `phoihop-position` of a finished call.
std::optional<int64_t> PositionOf(const grpc::ClientContext& context);

// One unary call:
//   ASSIGN_OR_RETURN(Head head, Call(*stub, &LedgerService::Stub::GetHead, request, options));
// `position`, when given, gets the ledger position that the answer carried.
template <class Stub, class StubBase, class Req, class Res>
absl::StatusOr<Res> Call(Stub& stub,
                         grpc::Status (StubBase::*method)(grpc::ClientContext*, const Req&, Res*),
                         const std::type_identity_t<Req>& request, const CallOptions& options,
                         std::optional<int64_t>* position = nullptr) {
  grpc::ClientContext context;
  Prepare(options, context);
  Res response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return FromUncancelled(status);
  if (position != nullptr) *position = PositionOf(context);
  return response;
}

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_CLIENT_H_
