#include "services/gateway/forwarding/forwarder.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "google/protobuf/descriptor.h"
#include "services/gateway/forwarding/call_limit.h"
#include "services/gateway/forwarding/forwarded_stream.h"
#include "services/gateway/forwarding/request_id.h"
#include "services/gateway/forwarding/stream_shares.h"
#include "services/gateway/transcoding/transcoder.h"
#include "services/gateway/transcoding/wire_check.h"

namespace phoihop::gateway {
namespace {

using rpc::RequestContext;
using Done = std::function<void(absl::StatusOr<std::string>)>;

absl::StatusOr<std::string> TokenFor(const Method& method, const RequestContext& context,
                                     const Exchange& exchange) {
  switch (context.caller().kind) {
    case access::Caller::kAnonymous:
      return std::string();
    case access::Caller::kMember:
      return exchange(context.caller());
    case access::Caller::kService:
      if (!method.for_ctl) return PermissionDenied("");
      return context.bearer();
  }
  return std::string();
}

// The call to pass on, or why it is refused.
absl::StatusOr<Upstream::Call> CallFor(const Method& method, const Exchange& exchange,
                                       const RequestContext& context, std::string request) {
  const absl::Duration longest = method.streams ? kLongestStream : kMaxTimeout;
  RETURN_IF_ERROR(CheckWire(request, *method.descriptor->input_type(), WireRules::kTolerant));
  Upstream::Call call;
  ASSIGN_OR_RETURN(call.bearer, TokenFor(method, context, exchange));
  call.method = method.full_name;
  call.has_request_id = CarriesRequestId(request, *method.descriptor->input_type());
  call.request = std::move(request);
  call.deadline = std::min(context.deadline(), absl::Now() + longest);
  call.trace = context.trace();
  // Also one that is no position: the service says so.
  call.min_position = context.min_position();
  return call;
}

CallLimit::Answer AnswerOf(const absl::Status& status) {
  if (status.ok()) return CallLimit::Answer::kGood;
  return IsOverloaded(status) ? CallLimit::Answer::kRefused : CallLimit::Answer::kOther;
}

void ForwardUnary(rpc::Server::Builder& builder, const Method& method,
                  std::shared_ptr<Upstream> upstream, const Exchange& exchange,
                  const std::shared_ptr<CallLimit>& limit) {
  builder.Forward(
      method.full_name,
      [&method, exchange, upstream = std::move(upstream), limit](
          const RequestContext& context, std::string request, Done done) -> std::function<void()> {
        absl::StatusOr<Upstream::Call> call =
            CallFor(method, exchange, context, std::move(request));
        if (!call.ok()) {
          done(call.status());
          return nullptr;
        }
        return upstream->Start(*std::move(call),
                               [&context, limit, done = std::move(done)](Upstream::Reply reply) {
                                 limit->Heard(AnswerOf(reply.response.status()), absl::Now());
                                 if (reply.position.has_value())
                                   context.set_position(*reply.position);
                                 done(std::move(reply.response));
                               });
      },
      [limit] { return limit->Take(); });
}

void ForwardStream(rpc::Server::Builder& builder, const Method& method,
                   std::shared_ptr<Upstream> upstream, const Exchange& exchange,
                   const StreamShares& shares) {
  builder.ForwardStream(
      method.full_name,
      [&method, exchange, shares, upstream = std::move(upstream)](
          const RequestContext& context,
          std::string request) -> absl::StatusOr<std::unique_ptr<rpc::StreamSource<std::string>>> {
        ASSIGN_OR_RETURN(Upstream::Call call,
                         CallFor(method, exchange, context, std::move(request)));
        ASSIGN_OR_RETURN(std::shared_ptr<void> share, shares.Take(context.caller().name));
        return SourceOf(upstream->Open(std::move(call)), std::move(share));
      });
}

}  // namespace

void ForwardMethods(rpc::Server::Builder& builder, const Catalog& catalog,
                    const Upstreams& upstreams, const Exchange& exchange, int streams_per_caller) {
  const StreamShares shares(streams_per_caller);
  std::map<std::string, std::shared_ptr<CallLimit>> limits;
  for (const auto& [service, upstream] : upstreams) {
    limits[service] = std::make_shared<CallLimit>(service);
  }
  for (const Method& method : catalog.methods()) {
    const auto upstream = upstreams.find(method.service);
    if (upstream == upstreams.end()) continue;
    if (method.streams) {
      ForwardStream(builder, method, upstream->second, exchange, shares);
    } else {
      ForwardUnary(builder, method, upstream->second, exchange, limits[method.service]);
    }
  }
}

}  // namespace phoihop::gateway
