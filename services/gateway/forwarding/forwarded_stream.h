// A server stream on its way through the gateway.
#ifndef PHOIHOP_SERVICES_GATEWAY_FORWARDING_FORWARDED_STREAM_H_
#define PHOIHOP_SERVICES_GATEWAY_FORWARDING_FORWARDED_STREAM_H_

#include <memory>
#include <string>

#include "common/rpc/stream_source.h"
#include "services/gateway/forwarding/upstream_stream.h"

namespace phoihop::gateway {

// What a service sends, for rpc::Server to send on. Besides the message that is being sent one
// more is kept, so a client that does not read stops the service and costs no memory. `kept` is
// let go of when the stream is over.
std::unique_ptr<rpc::StreamSource<std::string>> SourceOf(std::shared_ptr<UpstreamStream> stream,
                                                         std::shared_ptr<void> kept);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_FORWARDING_FORWARDED_STREAM_H_
