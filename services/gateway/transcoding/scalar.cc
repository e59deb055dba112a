#include "services/gateway/transcoding/scalar.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"
#include "services/gateway/transcoding/refusals.h"
#include "services/gateway/transcoding/utf8.h"

namespace phoihop::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::TimeUtil;

constexpr size_t kMaxMaskPaths = 100;

bool IsWrapper(const Descriptor& type) {
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_DOUBLEVALUE:
    case Descriptor::WELLKNOWNTYPE_FLOATVALUE:
    case Descriptor::WELLKNOWNTYPE_INT64VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT64VALUE:
    case Descriptor::WELLKNOWNTYPE_INT32VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT32VALUE:
    case Descriptor::WELLKNOWNTYPE_STRINGVALUE:
    case Descriptor::WELLKNOWNTYPE_BYTESVALUE:
    case Descriptor::WELLKNOWNTYPE_BOOLVALUE:
      return true;
    default:
      return false;
  }
}

Message* MessageOf(Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.AddMessage(&message, &field)
                             : reflection.MutableMessage(&message, &field);
}

// Runs `set` on the wrapper's only field.
template <class Set>
absl::Status ThroughWrapper(Message& message, const FieldDescriptor& field, Set set) {
  Message* wrapper = MessageOf(message, field);
  return set(*wrapper, *wrapper->GetDescriptor()->FindFieldByName("value"));
}

bool IsWrapperField(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && IsWrapper(*field.message_type());
}

#define PHOIHOP_SET(kind, value)                                       \
  (field.is_repeated() ? reflection.Add##kind(&message, &field, value) \
                       : reflection.Set##kind(&message, &field, value))

absl::Status SetWhole(Message& message, const FieldDescriptor& field, bool negative,
                      uint64_t magnitude, std::string_view path) {
  const Reflection& reflection = *message.GetReflection();
  const uint64_t min_magnitude = uint64_t{1} << 63;
  const auto fits_signed = [&](uint64_t max) { return magnitude <= (negative ? max + 1 : max); };
  const auto as_signed = [&] {
    if (!negative) return static_cast<int64_t>(magnitude);
    return magnitude == min_magnitude ? std::numeric_limits<int64_t>::min()
                                      : -static_cast<int64_t>(magnitude);
  };
  const bool below_zero = negative && magnitude != 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      if (!fits_signed(std::numeric_limits<int32_t>::max())) return OutOfRange(path);
      PHOIHOP_SET(Int32, static_cast<int32_t>(as_signed()));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT64:
      if (!fits_signed(std::numeric_limits<int64_t>::max())) return OutOfRange(path);
      PHOIHOP_SET(Int64, as_signed());
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT32:
      if (below_zero || magnitude > std::numeric_limits<uint32_t>::max()) return OutOfRange(path);
      PHOIHOP_SET(UInt32, static_cast<uint32_t>(magnitude));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT64:
      if (below_zero) return OutOfRange(path);
      PHOIHOP_SET(UInt64, magnitude);
      return absl::OkStatus();
    default:
      return WrongType(path, &field);
  }
}

absl::Status SetReal(Message& message, const FieldDescriptor& field, double value,
                     std::string_view path) {
  const Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    if (!std::isfinite(value)) return OutOfRange(path);
    PHOIHOP_SET(Double, value);
    return absl::OkStatus();
  }
  if (!(std::abs(value) <= std::numeric_limits<float>::max())) return OutOfRange(path);
  PHOIHOP_SET(Float, static_cast<float>(value));
  return absl::OkStatus();
}

bool IsWhole(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return true;
    default:
      return false;
  }
}

// Decimal digits with an optional minus, and nothing else.
absl::Status SetWholeFromText(Message& message, const FieldDescriptor& field, std::string_view text,
                              std::string_view path) {
  const bool negative = !text.empty() && text[0] == '-';
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty()) return WrongType(path, &field);
  for (const char c : digits) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return WrongType(path, &field);
  }
  uint64_t magnitude = 0;
  if (!absl::SimpleAtoi(AbslView(digits), &magnitude)) return OutOfRange(path);
  return SetWhole(message, field, negative, magnitude, path);
}

absl::Status SetEnum(Message& message, const FieldDescriptor& field, int number) {
  const Reflection& reflection = *message.GetReflection();
  PHOIHOP_SET(EnumValue, number);
  return absl::OkStatus();
}

// Paths as clients write them, in JSON's camelCase or as the contract spells them.
absl::Status SetMask(Message& message, const FieldDescriptor& field, std::string_view text,
                     std::string_view path) {
  google::protobuf::FieldMask mask;
  if (!text.empty()) {
    for (const absl::string_view part : absl::StrSplit(AbslView(text), ',')) {
      if (part.empty() || static_cast<size_t>(mask.paths_size()) == kMaxMaskPaths) {
        return WrongType(path, &field);
      }
      if (part != "*" && !IsHarmlessPath(StdView(part))) return WrongType(path, &field);
      std::string& name = *mask.add_paths();
      for (const char c : part) {
        if (absl::ascii_isupper(static_cast<unsigned char>(c))) name += '_';
        name += absl::ascii_tolower(static_cast<unsigned char>(c));
      }
    }
  }
  MessageOf(message, field)->CopyFrom(mask);
  return absl::OkStatus();
}

absl::Status SetWellKnown(Message& message, const FieldDescriptor& field, std::string_view text,
                          std::string_view path) {
  switch (field.message_type()->well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP: {
      google::protobuf::Timestamp timestamp;
      if (!TimeUtil::FromString(std::string(text), &timestamp)) return WrongType(path, &field);
      MessageOf(message, field)->CopyFrom(timestamp);
      return absl::OkStatus();
    }
    case Descriptor::WELLKNOWNTYPE_DURATION: {
      google::protobuf::Duration duration;
      if (!TimeUtil::FromString(std::string(text), &duration)) return WrongType(path, &field);
      MessageOf(message, field)->CopyFrom(duration);
      return absl::OkStatus();
    }
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return SetMask(message, field, text, path);
    default:
      return WrongType(path, &field);
  }
}

}  // namespace

const FieldDescriptor* FindField(const Descriptor& descriptor, std::string_view name) {
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor* field = descriptor.field(i);
    if (field->json_name() == name || field->name() == name) return field;
  }
  return nullptr;
}

bool IsPlainMessage(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_UNSPECIFIED;
}

absl::Status SetFromText(Message& message, const FieldDescriptor& field, std::string_view text,
                         std::string_view path, bool from_query) {
  if (!IsUtf8(text)) return InvalidUtf8(path);
  if (text.find('\0') != std::string_view::npos) return NulCharacter(path);
  if (IsWrapperField(field)) {
    return ThroughWrapper(message, field, [&](Message& wrapper, const FieldDescriptor& value) {
      return SetFromText(wrapper, value, text, path, from_query);
    });
  }
  const Reflection& reflection = *message.GetReflection();
  if (IsWhole(field)) return SetWholeFromText(message, field, text, path);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      if (field.type() != FieldDescriptor::TYPE_BYTES) {
        PHOIHOP_SET(String, std::string(text));
        return absl::OkStatus();
      }
      std::string bytes;
      if (!absl::Base64Unescape(AbslView(text), &bytes) &&
          !absl::WebSafeBase64Unescape(AbslView(text), &bytes)) {
        return WrongType(path, &field);
      }
      PHOIHOP_SET(String, std::move(bytes));
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = field.enum_type()->FindValueByName(std::string(text));
      if (value == nullptr) return UnknownValue(path);
      return SetEnum(message, field, value->number());
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!from_query || (text != "true" && text != "false")) return WrongType(path, &field);
      PHOIHOP_SET(Bool, text == "true");
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT: {
      double value = 0;
      if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos ||
          !absl::SimpleAtod(AbslView(text), &value)) {
        return WrongType(path, &field);
      }
      return SetReal(message, field, value, path);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetWellKnown(message, field, text, path);
    default:
      return WrongType(path, &field);
  }
}

absl::Status SetFromNumber(Message& message, const FieldDescriptor& field, JsonNumber number,
                           std::string_view path) {
  if (IsWrapperField(field)) {
    return ThroughWrapper(message, field, [&](Message& wrapper, const FieldDescriptor& value) {
      return SetFromNumber(wrapper, value, number, path);
    });
  }
  if (IsWhole(field) || field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    if (!number.whole) {
      // "1e3" and "2.0" are whole; beyond 2^53 a double does not tell.
      const double magnitude = std::abs(number.number);
      if (!(magnitude <= 9007199254740992.0) || magnitude != std::floor(magnitude)) {
        return OutOfRange(path);
      }
      number = {true, number.number < 0, static_cast<uint64_t>(magnitude), 0};
    }
    if (IsWhole(field)) {
      return SetWhole(message, field, number.negative, number.integer, path);
    }
    if (number.negative || number.integer > std::numeric_limits<int>::max() ||
        field.enum_type()->FindValueByNumber(static_cast<int>(number.integer)) == nullptr) {
      return UnknownValue(path);
    }
    return SetEnum(message, field, static_cast<int>(number.integer));
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ||
      field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
    const double magnitude = static_cast<double>(number.integer);
    return SetReal(message, field,
                   number.whole ? (number.negative ? -magnitude : magnitude) : number.number, path);
  }
  return WrongType(path, &field);
}

absl::Status SetFromBool(Message& message, const FieldDescriptor& field, bool value,
                         std::string_view path) {
  if (IsWrapperField(field)) {
    return ThroughWrapper(message, field,
                          [&](Message& wrapper, const FieldDescriptor& value_field) {
                            return SetFromBool(wrapper, value_field, value, path);
                          });
  }
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_BOOL) return WrongType(path, &field);
  const Reflection& reflection = *message.GetReflection();
  PHOIHOP_SET(Bool, value);
  return absl::OkStatus();
}

#undef PHOIHOP_SET

}  // namespace phoihop::gateway
