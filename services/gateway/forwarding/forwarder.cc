#include "services/gateway/forwarding/forwarder.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "google/protobuf/descriptor.h"
#include "services/gateway/forwarding/request_id.h"
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
  RETURN_IF_ERROR(CheckWire(request, *method.descriptor->input_type(), WireRules::kTolerant));
  Upstream::Call call;
  ASSIGN_OR_RETURN(call.bearer, TokenFor(method, context, exchange));
  call.method = method.full_name;
  call.has_request_id = CarriesRequestId(request, *method.descriptor->input_type());
  call.request = std::move(request);
  call.deadline = std::min(context.deadline(), absl::Now() + kMaxTimeout);
  call.trace = context.trace();
  // Also one that is no position: the service says so.
  call.min_position = context.min_position();
  return call;
}

}  // namespace

void ForwardMethods(rpc::Server::Builder& builder, const Catalog& catalog,
                    const Upstreams& upstreams, const Exchange& exchange) {
  for (const Method& method : catalog.methods()) {
    const auto upstream = upstreams.find(method.service);
    if (upstream == upstreams.end()) continue;
    builder.ForwardAsync(
        method.full_name,
        [&method, exchange, upstream = upstream->second](const RequestContext& context,
                                                         std::string request,
                                                         Done done) -> std::function<void()> {
          absl::StatusOr<Upstream::Call> call =
              CallFor(method, exchange, context, std::move(request));
          if (!call.ok()) {
            done(call.status());
            return nullptr;
          }
          return upstream->Start(*std::move(call),
                                 [&context, done = std::move(done)](Upstream::Reply reply) {
                                   if (reply.position.has_value())
                                     context.set_position(*reply.position);
                                   done(std::move(reply.response));
                                 });
        });
  }
}

}  // namespace phoihop::gateway
