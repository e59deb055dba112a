#include "services/gateway/forwarding/upstream.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/admission.h"
#include "common/rpc/bytes.h"
#include "common/rpc/client.h"
#include "common/telemetry/log.h"
#include "services/gateway/forwarding/open_calls.h"
#include "services/gateway/forwarding/upstream_reactor.h"

namespace phoihop::gateway {
namespace {

// Everything that a call in progress points to.
struct InFlight {
  explicit InFlight(const OpenCalls& calls) : ticket(calls) {}

  const OpenCalls::Ticket ticket;
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  std::function<void(Upstream::Reply)> done;
  // By our own client, who has left.
  std::atomic<bool> cancelled = false;
};

// The call's options, within the context that gRPC sends.
void PrepareContext(const Upstream::Call& call, grpc::ClientContext& context) {
  rpc::CallOptions options;
  options.bearer = call.bearer;
  options.trace = call.trace;
  rpc::Prepare(options, context, call.deadline);
  if (!call.client_address.empty()) {
    context.AddMetadata(rpc::kClientAddressMetadata, call.client_address);
  }
  if (call.min_position != 0) {
    context.AddMetadata("phoihop-min-position", absl::StrCat(call.min_position));
  }
}

}  // namespace

struct Upstream::Stub {
  Stub(const std::shared_ptr<grpc::Channel>& channel,
       const std::shared_ptr<grpc::Channel>& repeating)
      : generic(channel), repeating(repeating != nullptr ? repeating : channel) {}
  grpc::GenericStub generic;
  grpc::GenericStub repeating;
  OpenCalls calls;
};

Upstream::Upstream(const std::shared_ptr<grpc::Channel>& channel,
                   const std::shared_ptr<grpc::Channel>& repeating)
    : stub_(std::make_unique<Stub>(channel, repeating)) {}

Upstream::~Upstream() {
  if (!stub_->calls.AwaitNone()) LogError("calls that were passed on do not end");
}

std::function<void()> Upstream::Start(const Call& call, std::function<void(Reply)> done) {
  auto in_flight = std::make_shared<InFlight>(stub_->calls);
  PrepareContext(call, in_flight->context);
  in_flight->request = rpc::BufferOf(call.request);
  in_flight->done = std::move(done);
  grpc::GenericStub& stub = call.has_request_id ? stub_->repeating : stub_->generic;
  stub.UnaryCall(&in_flight->context, absl::StrCat("/", call.method), grpc::StubOptions(),
                 &in_flight->request, &in_flight->response,
                 [in_flight](const grpc::Status& status) {
                   Reply reply{absl::UnknownError("no answer"), std::nullopt};
                   if (status.ok()) {
                     reply.response = rpc::BytesOf(in_flight->response);
                     reply.position = rpc::PositionOf(in_flight->context);
                   } else {
                     reply.response = in_flight->cancelled ? rpc::FromGrpcStatus(status)
                                                           : rpc::FromUncancelled(status);
                   }
                   std::exchange(in_flight->done, nullptr)(std::move(reply));
                 });
  // Whoever keeps the function longer than the call lasts keeps nothing else.
  return [weak = std::weak_ptr<InFlight>(in_flight)] {
    if (const auto open = weak.lock()) {
      open->cancelled = true;
      open->context.TryCancel();
    }
  };
}

std::shared_ptr<UpstreamStream> Upstream::Open(Call call) {
  return OpenStream(stub_->generic, stub_->calls, call.method, call.request,
                    [&call](grpc::ClientContext& context) { PrepareContext(call, context); });
}

}  // namespace phoihop::gateway
