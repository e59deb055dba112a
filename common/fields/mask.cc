#include "common/fields/mask.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/field_mask_util.h>

#include <set>

#include "common/status/errors.h"

namespace phoihop {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Whether the field at a path ("term.first_date") holds anything.
bool Populated(const Message& message, std::string_view path) {
  const size_t dot = path.find('.');
  const FieldDescriptor* field =
      message.GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
  if (field == nullptr) return false;
  const Reflection* reflection = message.GetReflection();
  if (field->is_repeated()) return reflection->FieldSize(message, field) > 0;
  if (!reflection->HasField(message, field)) return false;
  if (dot == std::string_view::npos) return true;
  return Populated(reflection->GetMessage(message, field), path.substr(dot + 1));
}

absl::Status BadMask() {
  return InvalidField(
      "update_mask", "INVALID_UPDATE_MASK",
      {"The update mask names a field that does not exist or that cannot be changed.",
       "Mặt nạ cập nhật nêu một trường không tồn tại hoặc không thể thay đổi."});
}

}  // namespace

absl::StatusOr<std::vector<std::string>> MaskPaths(const google::protobuf::FieldMask& mask,
                                                   const google::protobuf::Message& resource,
                                                   absl::Span<const std::string_view> updatable) {
  std::vector<std::string> paths;
  if (mask.paths().empty()) {
    for (const std::string_view path : updatable) {
      if (Populated(resource, path)) paths.emplace_back(path);
    }
    return paths;
  }
  if (mask.paths_size() == 1 && mask.paths(0) == "*") {
    paths.assign(updatable.begin(), updatable.end());
    return paths;
  }
  std::set<std::string_view> named;
  for (const std::string& path : mask.paths()) {
    bool found = false;
    for (const std::string_view candidate : updatable) {
      const bool below = path.size() > candidate.size() && path[candidate.size()] == '.' &&
                         path.compare(0, candidate.size(), candidate) == 0;
      if (path != candidate && !below) continue;
      if (below && !google::protobuf::util::FieldMaskUtil::GetFieldDescriptors(
                       resource.GetDescriptor(), path, nullptr)) {
        return BadMask();
      }
      named.insert(candidate);
      found = true;
    }
    if (!found) return BadMask();
  }
  for (const std::string_view path : updatable) {
    if (named.count(path) > 0) paths.emplace_back(path);
  }
  return paths;
}

}  // namespace phoihop
