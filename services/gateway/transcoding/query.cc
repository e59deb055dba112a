#include "services/gateway/transcoding/query.h"

#include <optional>

#include "common/status/macros.h"
#include "common/status/views.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/gateway/transcoding/path_template.h"
#include "services/gateway/transcoding/refusals.h"
#include "services/gateway/transcoding/scalar.h"
#include "services/gateway/transcoding/utf8.h"

namespace phoihop::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The message that holds the last field of the path.
Message& Holder(Message& message, const std::vector<const FieldDescriptor*>& fields) {
  Message* holder = &message;
  for (size_t i = 0; i + 1 < fields.size(); ++i) {
    holder = holder->GetReflection()->MutableMessage(holder, fields[i]);
  }
  return *holder;
}

// Whether `path` is `field` or lies in it.
bool LiesIn(std::string_view path, std::string_view field) {
  return path.starts_with(field) && (path.size() == field.size() || path[field.size()] == '.');
}

}  // namespace

std::vector<const FieldDescriptor*> ResolvePath(const Descriptor& descriptor,
                                                std::string_view dotted) {
  std::vector<const FieldDescriptor*> fields;
  const Descriptor* type = &descriptor;
  while (true) {
    const size_t dot = dotted.find('.');
    const FieldDescriptor* field = FindField(*type, dotted.substr(0, dot));
    if (field == nullptr) return {};
    fields.push_back(field);
    if (dot == std::string_view::npos) return fields;
    if (field->is_repeated() || !IsPlainMessage(*field)) return {};
    type = field->message_type();
    dotted.remove_prefix(dot + 1);
  }
}

std::string JsonPath(const std::vector<const FieldDescriptor*>& fields) {
  std::string path;
  for (const FieldDescriptor* field : fields) path = JoinPath(path, field->json_name());
  return path;
}

absl::Status ReadQuery(std::string_view query, const std::vector<std::string>& bound,
                       Message& message, Spellings& spellings) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::optional<std::string> name = PercentDecode(pair.substr(0, equals), false, true);
    if (!name.has_value()) return InvalidEscape("query");
    const std::vector<const FieldDescriptor*> fields = ResolvePath(*message.GetDescriptor(), *name);
    if (fields.empty() || IsPlainMessage(*fields.back())) {
      return UnknownParameter(*name);
    }
    const std::string path = JsonPath(fields);
    for (const std::string& taken : bound) {
      if (LiesIn(path, taken)) return UnknownParameter(*name);
    }
    // A repeated field may come several times, but in one spelling.
    const auto [first, is_new] = spellings.emplace(path, *name);
    if (!is_new && (!fields.back()->is_repeated() || first->second != *name)) {
      return DuplicateField(*name);
    }
    const std::optional<std::string> value =
        PercentDecode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), false, true);
    if (!value.has_value()) return InvalidEscape(*name);
    RETURN_IF_ERROR(
        SetFromText(Holder(message, fields), *fields.back(), *value, *name, /*from_query=*/true));
  }
  return absl::OkStatus();
}

absl::Status SetFromPath(Message& message, const std::vector<const FieldDescriptor*>& fields,
                         std::string_view value) {
  const std::string path = JsonPath(fields);
  Message& holder = Holder(message, fields);
  const FieldDescriptor& field = *fields.back();
  const std::string given = holder.GetReflection()->GetString(holder, &field);
  if (!given.empty() && given != value) return DisagreesWithPath(path);
  return SetFromText(holder, field, value, path, /*from_query=*/true);
}

}  // namespace phoihop::gateway
