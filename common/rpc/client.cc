#include "common/rpc/client.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/service_config.h"
#include "common/rpc/tls.h"
#include "common/status/views.h"

namespace phoihop::rpc {
namespace {

constexpr absl::Duration kLongestCall = absl::Seconds(30);
// For writes with a request id.
constexpr int kMostAttempts = 5;
constexpr absl::Duration kFirstWait = absl::Milliseconds(100);
constexpr absl::Duration kLongestWait = absl::Seconds(1);

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> ChannelCredentialsOf(const ChannelOptions& options,
                                                               grpc::ChannelArguments& arguments) {
  if (options.tls == nullptr) return grpc::InsecureChannelCredentials();
  // The server is asked for by the name that it must have, not by its address, which servers
  // would log as a name that they do not know.
  arguments.SetSslTargetNameOverride(CertificateName(options.service));
  return options.tls->Dial(options.service);
}

std::shared_ptr<grpc::Channel> Connect(const std::string& addresses,
                                       const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  // Uncapped, the backoff of a channel grows to two minutes.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // Notices a peer that is frozen or whose host is gone, also while nobody calls, so that the
  // next call goes elsewhere. Servers of older versions allow a ping every 5 seconds.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 6'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 3'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Services are reached directly, whatever http_proxy says.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // A name's addresses are asked for again soon after a connection is lost: replicas move.
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 2'000);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetServiceConfigJSON(ServiceConfig(options.repeat_writes));
  // Feeds and snapshots of one service to another are trusted to be large.
  arguments.SetMaxReceiveMessageSize(64 << 20);
  return grpc::CreateCustomChannel(TargetOf(addresses).value_or(addresses),
                                   ChannelCredentialsOf(options, arguments), arguments);
}

CallOptions CallOptions::For(const RequestContext& context) {
  CallOptions options;
  options.deadline = context.deadline();
  options.bearer = context.bearer();
  options.trace = context.trace();
  return options;
}

absl::Time DeadlineOf(const CallOptions& options) {
  return options.deadline == absl::InfiniteFuture() ? absl::Now() + kLongestCall : options.deadline;
}

void Prepare(const CallOptions& options, grpc::ClientContext& context) {
  Prepare(options, context, DeadlineOf(options));
}

void Prepare(const CallOptions& options, grpc::ClientContext& context, absl::Time deadline) {
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

bool RepeatWrite(const google::protobuf::Message& request, const grpc::Status& status, int attempt,
                 absl::Time deadline) {
  if (!absl::IsUnavailable(FromUncancelled(status)) || attempt >= kMostAttempts ||
      !HasRequestId(request)) {
    return false;
  }
  const absl::Duration wait = std::min(kFirstWait * (1 << (attempt - 1)), kLongestWait);
  if (absl::Now() + wait >= deadline) return false;
  absl::SleepFor(wait);
  return true;
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
