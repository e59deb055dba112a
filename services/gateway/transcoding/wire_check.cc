#include "services/gateway/transcoding/wire_check.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "services/gateway/transcoding/json_reader.h"
#include "services/gateway/transcoding/refusals.h"
#include "services/gateway/transcoding/utf8.h"

namespace phoihop::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Whether the field may come in this wire type; lists of numbers come packed or not.
bool FitsWireType(const FieldDescriptor& field, WireFormatLite::WireType type) {
  return type == WireFormatLite::WireTypeForFieldType(
                     static_cast<WireFormatLite::FieldType>(field.type())) ||
         (field.is_packable() && type == WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

// What is strict about one field of a message, of which `seen` came before.
absl::Status CheckStrictly(const FieldDescriptor& field, WireFormatLite::WireType type,
                           const std::string& path, std::set<const void*>& seen) {
  const std::string name = JoinPath(path, field.name());
  if (!FitsWireType(field, type)) return WrongType(name, &field);
  if (field.is_repeated()) return absl::OkStatus();
  if (!seen.insert(&field).second) return DuplicateField(name);
  const auto* oneof = field.real_containing_oneof();
  if (oneof != nullptr && !seen.insert(oneof).second) return ConflictingField(name);
  return absl::OkStatus();
}

absl::Status Walk(std::string_view bytes, const Descriptor& descriptor, const std::string& path,
                  int depth, WireRules rules) {
  if (depth > kMaxJsonDepth) return TooDeep(path);
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  std::map<int, int> counts;
  std::set<const void*> seen;
  while (const uint32_t tag = in.ReadTag()) {
    const int number = WireFormatLite::GetTagFieldNumber(tag);
    const WireFormatLite::WireType type = WireFormatLite::GetTagWireType(tag);
    const FieldDescriptor* field = descriptor.FindFieldByNumber(number);
    if (rules == WireRules::kStrict && type != WireFormatLite::WIRETYPE_START_GROUP &&
        type != WireFormatLite::WIRETYPE_END_GROUP) {
      if (field == nullptr) return UnknownFieldNumber(path, number);
      RETURN_IF_ERROR(CheckStrictly(*field, type, path, seen));
    }
    switch (type) {
      case WireFormatLite::WIRETYPE_VARINT: {
        uint64_t value;
        if (!in.ReadVarint64(&value)) return MalformedMessage(path);
        break;
      }
      case WireFormatLite::WIRETYPE_FIXED64:
        if (!in.Skip(8)) return MalformedMessage(path);
        break;
      case WireFormatLite::WIRETYPE_FIXED32:
        if (!in.Skip(4)) return MalformedMessage(path);
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        uint32_t length = 0;
        if (!in.ReadVarint32(&length)) return MalformedMessage(path);
        const size_t start = in.CurrentPosition();
        if (length > bytes.size() - start || !in.Skip(static_cast<int>(length))) {
          return MalformedMessage(path);
        }
        if (field == nullptr) break;
        const std::string_view inside = bytes.substr(start, length);
        const auto child = [&] {
          std::string name = JoinPath(path, field->name());
          if (field->is_repeated()) absl::StrAppend(&name, "[", counts[field->number()], "]");
          return name;
        };
        if (field->type() == FieldDescriptor::TYPE_STRING) {
          if (!IsUtf8(inside)) return InvalidUtf8(child());
          if (inside.find('\0') != std::string_view::npos) return NulCharacter(child());
        } else if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
          RETURN_IF_ERROR(Walk(inside, *field->message_type(), child(), depth + 1, rules));
        }
        if (field->is_repeated()) ++counts[field->number()];
        break;
      }
      default:
        // Groups, which no contract here has.
        return MalformedMessage(path);
    }
  }
  if (!in.ConsumedEntireMessage()) return MalformedMessage(path);
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckWire(std::string_view bytes, const Descriptor& descriptor, WireRules rules) {
  return Walk(bytes, descriptor, "", 1, rules);
}

}  // namespace phoihop::gateway
