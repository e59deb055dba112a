#include "services/gateway/forwarding/upstream.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/admission.h"
#include "common/rpc/client.h"
#include "common/telemetry/log.h"
#include "services/gateway/forwarding/open_calls.h"

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
};

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

absl::StatusOr<std::string> BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return absl::InternalError("unreadable response");
  std::string bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
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

Upstream::Upstream(std::shared_ptr<grpc::Channel> channel, std::shared_ptr<grpc::Channel> repeating)
    : stub_(std::make_unique<Stub>(channel, repeating)) {}

Upstream::~Upstream() {
  if (!stub_->calls.AwaitNone()) LogError("calls that were passed on do not end");
}

std::function<void()> Upstream::Start(Call call, std::function<void(Reply)> done) {
  auto in_flight = std::make_shared<InFlight>(stub_->calls);
  rpc::CallOptions options;
  options.deadline = call.deadline;
  options.bearer = std::move(call.bearer);
  options.trace = std::move(call.trace);
  rpc::Prepare(options, in_flight->context);
  if (call.min_position != 0) {
    in_flight->context.AddMetadata("phoihop-min-position", absl::StrCat(call.min_position));
  }
  if (!call.client_address.empty()) {
    in_flight->context.AddMetadata(rpc::kClientAddressMetadata, call.client_address);
  }
  in_flight->request = BufferOf(call.request);
  in_flight->done = std::move(done);
  grpc::GenericStub& stub = call.has_request_id ? stub_->repeating : stub_->generic;
  stub.UnaryCall(&in_flight->context, absl::StrCat("/", call.method), grpc::StubOptions(),
                 &in_flight->request, &in_flight->response,
                 [in_flight](const grpc::Status& status) {
                   Reply reply{absl::UnknownError("no answer"), std::nullopt};
                   if (status.ok()) {
                     reply.response = BytesOf(in_flight->response);
                     reply.position = rpc::PositionOf(in_flight->context);
                   } else {
                     reply.response = rpc::FromGrpcStatus(status);
                   }
                   std::exchange(in_flight->done, nullptr)(std::move(reply));
                 });
  // Whoever keeps the function longer than the call lasts keeps nothing else.
  return [weak = std::weak_ptr<InFlight>(in_flight)] {
    if (const auto open = weak.lock()) open->context.TryCancel();
  };
}

}  // namespace phoihop::gateway
