#include "common/rpc/probe.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <string_view>

#include "absl/time/clock.h"
#include "common/rpc/status.h"

namespace phoihop::rpc {
namespace {

// A serialised grpc.health.v1.HealthCheckResponse{status: SERVING}. Debian's gRPC ships no
// stub for health, and its two messages have one field each.
constexpr std::string_view kServing = "\x08\x01";

}  // namespace

absl::Status Probe(const std::string& address, const ChannelOptions& options,
                   absl::Duration timeout) {
  grpc::ChannelArguments arguments;
  // A connection that failed before would wait before it is tried again, and this asks
  // whether it works now.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  grpc::GenericStub stub(
      grpc::CreateCustomChannel(address, ChannelCredentialsOf(options, arguments), arguments));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  grpc::CompletionQueue queue;
  grpc::ByteBuffer response;
  grpc::Status status;
  // An empty service name is an empty message.
  const auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check",
                                          grpc::ByteBuffer(nullptr, 0), &queue);
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) return FromGrpcStatus(status);
  grpc::Slice slice;
  if (!ok || !response.DumpToSingleSlice(&slice).ok() ||
      std::string_view(reinterpret_cast<const char*>(slice.begin()), slice.size()) != kServing) {
    return absl::UnavailableError("it answers, but does not serve");
  }
  return absl::OkStatus();
}

}  // namespace phoihop::rpc
