// One value of a field from its text, for JSON strings, paths and queries.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_SCALAR_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_SCALAR_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace phoihop::gateway {

// The field with this JSON name or proto name; nullptr when there is none.
const google::protobuf::FieldDescriptor* FindField(const google::protobuf::Descriptor& descriptor,
                                                   std::string_view name);

// True when a value of the field is a JSON object whose fields are read one by one:
// a message that has no form of its own in JSON.
bool IsPlainMessage(const google::protobuf::FieldDescriptor& field);

// Sets the field, or adds to it when it is repeated, from a text: strings, bytes in
// base64, enums by name, numbers in decimal, instants, durations and field masks
// (paths in either spelling). `path` is named when that is refused. "true" and "false" are
// taken for a bool only when `from_query`, because JSON has words for them.
absl::Status SetFromText(google::protobuf::Message& message,
                         const google::protobuf::FieldDescriptor& field, std::string_view text,
                         std::string_view path, bool from_query);

// The same from a JSON number. `whole` tells that `integer` is its value; otherwise
// `number` is, and a field of whole numbers takes it when it has no fraction.
struct JsonNumber {
  bool whole = false;
  bool negative = false;
  // Magnitude.
  uint64_t integer = 0;
  double number = 0;
};
absl::Status SetFromNumber(google::protobuf::Message& message,
                           const google::protobuf::FieldDescriptor& field, JsonNumber number,
                           std::string_view path);

absl::Status SetFromBool(google::protobuf::Message& message,
                         const google::protobuf::FieldDescriptor& field, bool value,
                         std::string_view path);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_SCALAR_H_
