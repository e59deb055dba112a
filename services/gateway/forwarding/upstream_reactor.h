// How gRPC drives an UpstreamStream. Includes gRPC: for forwarding/ only.
#ifndef PHOIHOP_SERVICES_GATEWAY_FORWARDING_UPSTREAM_REACTOR_H_
#define PHOIHOP_SERVICES_GATEWAY_FORWARDING_UPSTREAM_REACTOR_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "services/gateway/forwarding/open_calls.h"
#include "services/gateway/forwarding/upstream_stream.h"

namespace phoihop::gateway {

// Begins a call of `phoihop.x.v1.Service/Method`. It is cancelled when the last pointer to it
// goes. `prepare` sets deadline and metadata.
std::shared_ptr<UpstreamStream> OpenStream(grpc::GenericStub& stub, const OpenCalls& calls,
                                           const std::string& method, const std::string& request,
                                           absl::FunctionRef<void(grpc::ClientContext&)> prepare);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_FORWARDING_UPSTREAM_REACTOR_H_
