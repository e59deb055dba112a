// Update masks, checked against the message that they speak of.
#ifndef PHOIHOP_COMMON_FIELDS_MASK_H_
#define PHOIHOP_COMMON_FIELDS_MASK_H_

#include <string>
#include <string_view>
#include <vector>

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

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_FIELDS_MASK_H_
