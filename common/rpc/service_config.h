// How a channel spreads calls over the addresses of a service, and which it repeats.
#ifndef PHOIHOP_COMMON_RPC_SERVICE_CONFIG_H_
#define PHOIHOP_COMMON_RPC_SERVICE_CONFIG_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace google::protobuf {
class Message;
class MethodDescriptor;
}  // namespace google::protobuf

namespace phoihop::rpc {

// A target for gRPC from what an address flag says: `host:port`, `dns:///name:port`, or a
// list `10.0.0.1:7101,10.0.0.2:7101` of addresses of one family. INVALID_ARGUMENT otherwise.
absl::StatusOr<std::string> TargetOf(std::string_view addresses);

// Whether a unary method only reads: it is a GET over HTTP, is declared free of side effects,
// or has no HTTP path and is one of the standard reading methods (Get..., List..., BatchGet...).
bool OnlyReads(const google::protobuf::MethodDescriptor& method);

// Whether a request of this method can carry a request id, by which a repeat is known.
bool TakesRequestId(const google::protobuf::MethodDescriptor& method);

// Whether this request carries one. A write without it is never repeated.
bool HasRequestId(const google::protobuf::Message& request);

// The service config of gRPC for all methods of the program: every address in turn, those
// left out that are not SERVING or that only fail; calls that got UNAVAILABLE repeated, up to
// 5 attempts, for methods that only read and, with `repeat_writes`, for those that take a
// request id.
const std::string& ServiceConfig(bool repeat_writes);

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_SERVICE_CONFIG_H_
