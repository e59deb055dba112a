// Update masks, checked against the message that they speak of.
#ifndef PHOIHOP_COMMON_FIELDS_MASK_H_
#define PHOIHOP_COMMON_FIELDS_MASK_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace google::protobuf {
class FieldMask;
class Message;
}  // namespace google::protobuf

namespace phoihop {

// The paths that an update changes, each once, in the order of `updatable`:
// - an empty mask means the updatable fields that are populated in `resource`;
// - "*" means all of them, cleared ones included;
// - otherwise the paths named. A path below an updatable field ("term.first_date")
//   counts as that field.
// An unknown or not updatable path is INVALID_ARGUMENT naming `update_mask`; so is
// "*" beside other paths.
absl::StatusOr<std::vector<std::string>> MaskPaths(const google::protobuf::FieldMask& mask,
                                                   const google::protobuf::Message& resource,
                                                   absl::Span<const std::string_view> updatable);

// Refuses an update without a mask that means to change what cannot be changed. Without
// a mask the fields present are the ones to change, so a field that is present in `given`
// and neither updatable nor the service's own (an identifier, an output or the etag) must
// be as in `stored`: a resource that is sent back as it was read passes. Otherwise
// INVALID_ARGUMENT with the reason NOT_UPDATABLE, naming each such field below `path`, the
// resource's own in the request. With a mask the other fields are not looked at.
absl::Status CheckFixedFields(const google::protobuf::FieldMask& mask,
                              const google::protobuf::Message& given,
                              const google::protobuf::Message& stored,
                              absl::Span<const std::string_view> updatable, std::string_view path);

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_FIELDS_MASK_H_
