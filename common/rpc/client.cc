#include "common/rpc/client.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/views.h"

namespace phoihop::rpc {
namespace {

constexpr absl::Duration kLongestCall = absl::Seconds(30);

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  // Uncapped, the backoff of a channel grows to two minutes.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // Notices a peer that is frozen or whose host is gone. The server allows it.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Services are reached directly, whatever http_proxy says.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // A retry by the channel would be hidden; callers retry with request ids.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Feeds and snapshots of one service to another are trusted to be large.
  arguments.SetMaxReceiveMessageSize(64 << 20);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

CallOptions CallOptions::For(const RequestContext& context) {
  CallOptions options;
  options.deadline = context.deadline();
  options.bearer = context.bearer();
  options.trace = context.trace();
  return options;
}

void Prepare(const CallOptions& options, grpc::ClientContext& context) {
  const absl::Time deadline =
      options.deadline == absl::InfiniteFuture() ? absl::Now() + kLongestCall : options.deadline;
  context.set_deadline(absl::ToChronoTime(deadline));
  context.set_wait_for_ready(options.wait_for_ready);
  const std::string bearer = !options.bearer.empty() ? options.bearer
                             : options.credentials   ? options.credentials()
                                                     : "";
  if (!bearer.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", bearer));
  const TraceContext* current = CurrentTrace();
  const TraceContext trace = !options.trace.empty() ? options.trace.Child()
                             : current != nullptr   ? current->Child()
                                                    : TraceContext::New();
  context.AddMetadata("traceparent", trace.ToHeader());
}

absl::Status FromUncancelled(const grpc::Status& status) {
  // gRPC answers so when a call meets a server that has just begun to end.
  if (status.error_code() == grpc::StatusCode::CANCELLED && status.error_details().empty()) {
    return absl::UnavailableError("the service is ending");
  }
  return FromGrpcStatus(status);
}

std::optional<int64_t> PositionOf(const grpc::ClientContext& context) {
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto found = metadata.find("phoihop-position");
  int64_t position = 0;
  if (found == metadata.end() ||
      !absl::SimpleAtoi(absl::string_view(found->second.data(), found->second.size()), &position)) {
    return std::nullopt;
  }
  return position;
}

}  // namespace phoihop::rpc
