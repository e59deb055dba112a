// Looks over a serialised message before it is passed on.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_WIRE_CHECK_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_WIRE_CHECK_H_

#include <string_view>

#include "absl/status/status.h"

namespace google::protobuf {
class Descriptor;
}  // namespace google::protobuf

namespace phoihop::gateway {

// OK when the bytes are a message of this type whose texts are UTF-8 without NUL, nested
// at most kMaxJsonDepth deep. Otherwise INVALID_ARGUMENT naming the field by its JSON path;
// gRPC itself would only say INTERNAL. Fields with unknown numbers pass, because a newer
// client may know more than this gateway.
absl::Status CheckWire(std::string_view bytes, const google::protobuf::Descriptor& descriptor);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_WIRE_CHECK_H_
