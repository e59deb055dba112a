// Looks over a serialised message before it is passed on.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_WIRE_CHECK_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_WIRE_CHECK_H_

#include <string_view>

#include "absl/status/status.h"

namespace google::protobuf {
class Descriptor;
}  // namespace google::protobuf

namespace phoihop::gateway {

enum class WireRules {
  // Protobuf's own rules, for gRPC: fields with unknown numbers pass, because a newer client
  // may know more than this gateway, and of a field given twice the last counts.
  kTolerant,
  // What holds for JSON too: unknown fields, a field given twice that is no list, two fields
  // of a oneof and fields of another wire type are refused.
  kStrict,
};

// OK when the bytes are a message of this type whose texts are UTF-8 without NUL, nested
// at most kMaxJsonDepth deep. Otherwise INVALID_ARGUMENT naming the field by its path in the
// contract; gRPC itself would only say INTERNAL.
absl::Status CheckWire(std::string_view bytes, const google::protobuf::Descriptor& descriptor,
                       WireRules rules);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_WIRE_CHECK_H_
