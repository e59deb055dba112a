#include "common/fields/mask.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/field_mask_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/views.h"
#include "google/api/field_behavior.pb.h"

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

// Whether the service alone says what the field holds, or, for an etag, what it must hold.
bool IsServices(const FieldDescriptor& field) {
  if (field.name() == "etag") return true;
  const google::protobuf::FieldOptions& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    const google::api::FieldBehavior behavior =
        options.GetExtension(google::api::field_behavior, i);
    if (behavior == google::api::IDENTIFIER || behavior == google::api::OUTPUT_ONLY) return true;
  }
  return false;
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

absl::Status CheckFixedFields(const google::protobuf::FieldMask& mask, const Message& given,
                              const Message& stored, absl::Span<const std::string_view> updatable,
                              std::string_view path) {
  if (!mask.paths().empty()) return absl::OkStatus();
  std::vector<const FieldDescriptor*> present;
  given.GetReflection()->ListFields(given, &present);
  FieldErrors errors;
  for (const FieldDescriptor* field : present) {
    const bool changes =
        std::any_of(updatable.begin(), updatable.end(), [&](std::string_view candidate) {
          return candidate.substr(0, candidate.find('.')) == field->name();
        });
    if (changes || IsServices(*field)) continue;
    google::protobuf::util::MessageDifferencer differencer;
    if (differencer.CompareWithFields(given, stored, {field}, {field})) continue;
    errors.Add(absl::StrCat(AbslView(path), ".", field->name()), "NOT_UPDATABLE",
               {"The field cannot be changed.", "Không thể thay đổi trường này."});
  }
  return errors.ToStatus();
}

}  // namespace phoihop
