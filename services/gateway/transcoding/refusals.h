// Why a request cannot be read. Every refusal is INVALID_ARGUMENT and names a
// field by its JSON path, such as `agreement.parties[1].body`; what cannot be
// laid to a field is laid to `body`. No refusal repeats anything that the client
// sent, but a field's name when it is harmless.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_REFUSALS_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_REFUSALS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace google::protobuf {
class FieldDescriptor;
}  // namespace google::protobuf

namespace phoihop::gateway {

// The field that is named when the whole body is at fault.
inline constexpr std::string_view kWholeBody = "body";

// True for a name that may be shown: 1 to 64 letters, digits and underscores; in a path
// with dots between its parts.
bool IsHarmlessName(std::string_view name);
bool IsHarmlessPath(std::string_view path);

// `parent.child`; the child alone below the root.
std::string JoinPath(std::string_view parent, std::string_view child);

// The reasons are the functions' names: UNKNOWN_FIELD, DUPLICATE_FIELD ...

// `name` is what the client called it; left out unless harmless.
absl::Status UnknownField(std::string_view parent, std::string_view name);
// A number that the protobuf message does not have.
absl::Status UnknownFieldNumber(std::string_view parent, int number);
// A parameter of the query that is no field, or one that path or body give.
absl::Status UnknownParameter(std::string_view name);
// Given twice, or in both of its spellings.
absl::Status DuplicateField(std::string_view path);
// `path` may be given only without its rival of the same oneof.
absl::Status ConflictingField(std::string_view path);
// Says what the field takes. A null descriptor stands for the request as a whole.
absl::Status WrongType(std::string_view path, const google::protobuf::FieldDescriptor* field);
absl::Status OutOfRange(std::string_view path);
// A name that the field's enum does not have.
absl::Status UnknownValue(std::string_view path);
absl::Status InvalidUtf8(std::string_view path);
absl::Status NulCharacter(std::string_view path);
absl::Status TooDeep(std::string_view path);
absl::Status MalformedJson(std::string_view path);
absl::Status MalformedMessage(std::string_view path);
absl::Status BodyTooLarge(size_t limit);
// A percent sign without two hexadecimal digits.
absl::Status InvalidEscape(std::string_view path);
// Body and path disagree about the field.
absl::Status DisagreesWithPath(std::string_view path);
// A header that the gateway reads has no meaning. `path` is the header's name.
absl::Status InvalidHeader(std::string_view name);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_REFUSALS_H_
