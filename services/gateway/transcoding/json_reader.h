// Reads JSON into a protobuf message, strictly.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_JSON_READER_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_JSON_READER_H_

#include <string_view>

#include "absl/status/status.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace phoihop::gateway {

// Objects and lists in one another, the outermost object included.
inline constexpr int kMaxJsonDepth = 32;

// Adds what the JSON object says to an empty `message`. Everything that is not exactly
// one JSON object of this message is INVALID_ARGUMENT naming the field by its path below
// `path` (see refusals.h): unknown fields, a field given twice or in both spellings, other
// types, numbers that do not fit, unknown enum names, bytes that are not UTF-8, NUL, lone
// surrogates, deep nesting, anything after the object. `null` leaves a field unset.
//
// This is the only reader: protobuf's own is not run behind it, so no difference between
// two readers can be used to get past the checks.
absl::Status ReadJson(std::string_view json, std::string_view path,
                      google::protobuf::Message& message);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_JSON_READER_H_
