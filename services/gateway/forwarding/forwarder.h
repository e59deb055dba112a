// Passes the public methods of the services on, from the gateway's own gRPC port.
#ifndef PHOIHOP_SERVICES_GATEWAY_FORWARDING_FORWARDER_H_
#define PHOIHOP_SERVICES_GATEWAY_FORWARDING_FORWARDER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/access/caller.h"
#include "common/rpc/server.h"
#include "services/gateway/forwarding/upstream.h"
#include "services/gateway/transcoding/catalog.h"

namespace phoihop::gateway {

// The services by name, for example `opinions`.
using Upstreams = std::map<std::string, std::shared_ptr<Upstream>>;

// The token with which the services see a member.
using Exchange = std::function<absl::StatusOr<std::string>(const access::Caller& member)>;

// A person with some windows open, or a system with some workers.
inline constexpr int kStreamsPerCaller = 32;

// Registers every method of the catalog whose service is in `upstreams`. A request is
// checked for texts that are no UTF-8 and passed on as it is; the caller's token is
// exchanged, but for services/ctl, which shows its own; the error's details and the ledger
// position come back. Server streams are passed on message by message, until the service or the
// caller ends them, or the caller's token is accepted no more; a caller may have
// `streams_per_caller` of them. `catalog` must outlive the server.
void ForwardMethods(rpc::Server::Builder& builder, const Catalog& catalog,
                    const Upstreams& upstreams, const Exchange& exchange,
                    int streams_per_caller = kStreamsPerCaller);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_FORWARDING_FORWARDER_H_
