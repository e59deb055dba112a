#include "services/gateway/transcoding/json_printer.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/macros.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"

namespace phoihop::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::TimeUtil;

void AppendQuoted(const std::string& text, std::string& json) {
  static constexpr char kHex[] = "0123456789abcdef";
  json += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (c == '\n') {
      json += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      json += "\\u00";
      json += kHex[byte >> 4];
      json += kHex[byte & 15];
    } else {
      json += c;
    }
  }
  json += '"';
}

void AppendReal(double value, bool is_float, std::string& json) {
  if (std::isnan(value)) {
    json += "\"NaN\"";
  } else if (std::isinf(value)) {
    json += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    absl::StrAppendFormat(&json, "%.*g", is_float ? 9 : 17, value);
  }
}

void AppendEnum(const FieldDescriptor& field, int number, std::string& json) {
  const EnumValueDescriptor* value = field.enum_type()->FindValueByNumber(number);
  if (value == nullptr) {
    absl::StrAppend(&json, number);
  } else {
    absl::StrAppend(&json, "\"", value->name(), "\"");
  }
}

// One value; `index` is -1 for a field that is not repeated.
absl::Status AppendValue(const Message& message, const FieldDescriptor& field, int index,
                         std::string& json) {
  const Reflection& reflection = *message.GetReflection();
#define PHOIHOP_GET(kind)                            \
  (index < 0 ? reflection.Get##kind(message, &field) \
             : reflection.GetRepeated##kind(message, &field, index))
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      absl::StrAppend(&json, PHOIHOP_GET(Int32));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      absl::StrAppend(&json, PHOIHOP_GET(UInt32));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      absl::StrAppend(&json, "\"", PHOIHOP_GET(Int64), "\"");
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      absl::StrAppend(&json, "\"", PHOIHOP_GET(UInt64), "\"");
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      AppendReal(PHOIHOP_GET(Double), false, json);
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
      AppendReal(PHOIHOP_GET(Float), true, json);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      json += PHOIHOP_GET(Bool) ? "true" : "false";
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      AppendEnum(field, PHOIHOP_GET(EnumValue), json);
      break;
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text =
          index < 0 ? reflection.GetStringReference(message, &field, &scratch)
                    : reflection.GetRepeatedStringReference(message, &field, index, &scratch);
      if (field.type() == FieldDescriptor::TYPE_BYTES) {
        absl::StrAppend(&json, "\"", absl::Base64Escape(text), "\"");
      } else {
        AppendQuoted(text, json);
      }
      break;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return PrintJson(index < 0 ? reflection.GetMessage(message, &field)
                                 : reflection.GetRepeatedMessage(message, &field, index),
                       json);
  }
#undef PHOIHOP_GET
  return absl::OkStatus();
}

// By protobuf's own printer.
absl::Status PrintOther(const Message& message, std::string& json) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) {
    return absl::InternalError(absl::StrCat("cannot print ", message.GetTypeName()));
  }
  json += text;
  return absl::OkStatus();
}

// An instant within the years that protobuf allows, 1 to 9999.
bool AppendTimestamp(const Message& message, std::string& json) {
  const auto* timestamp = dynamic_cast<const google::protobuf::Timestamp*>(&message);
  if (timestamp == nullptr || timestamp->seconds() < TimeUtil::kTimestampMinSeconds ||
      timestamp->seconds() > TimeUtil::kTimestampMaxSeconds || timestamp->nanos() < 0 ||
      timestamp->nanos() > 999999999) {
    return false;
  }
  absl::StrAppend(&json, "\"", TimeUtil::ToString(*timestamp), "\"");
  return true;
}

bool HasMap(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->is_map()) return true;
  }
  return false;
}

}  // namespace

absl::Status PrintJson(const Message& message, std::string& json) {
  const Descriptor& type = *message.GetDescriptor();
  if (type.well_known_type() == Descriptor::WELLKNOWNTYPE_TIMESTAMP &&
      AppendTimestamp(message, json)) {
    return absl::OkStatus();
  }
  if (type.well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED || HasMap(type)) {
    return PrintOther(message, json);
  }
  const Reflection& reflection = *message.GetReflection();
  char separator = '{';
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.has_presence() && !reflection.HasField(message, &field)) continue;
    json += separator;
    separator = ',';
    absl::StrAppend(&json, "\"", field.json_name(), "\":");
    if (!field.is_repeated()) {
      RETURN_IF_ERROR(AppendValue(message, field, -1, json));
      continue;
    }
    json += '[';
    const int size = reflection.FieldSize(message, &field);
    for (int index = 0; index < size; ++index) {
      if (index > 0) json += ',';
      RETURN_IF_ERROR(AppendValue(message, field, index, json));
    }
    json += ']';
  }
  if (separator == '{') json += '{';
  json += '}';
  return absl::OkStatus();
}

}  // namespace phoihop::gateway
