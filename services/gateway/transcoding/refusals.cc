#include "services/gateway/transcoding/refusals.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/views.h"
#include "google/protobuf/descriptor.h"

namespace phoihop::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::string_view OrBody(std::string_view path) { return path.empty() ? kWholeBody : path; }

// What one value of the field is, in both languages.
Text ValueKind(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return {"a whole number", "số nguyên"};
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return {"a number", "số"};
    case FieldDescriptor::CPPTYPE_BOOL:
      return {"true or false", "true hoặc false"};
    case FieldDescriptor::CPPTYPE_ENUM:
      return {"one of the names that the contract lists",
              "một trong các tên mà tài liệu API liệt kê"};
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES
                 ? Text{"bytes in base64", "dữ liệu nhị phân dạng base64"}
                 : Text{"a text", "văn bản"};
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  switch (field.message_type()->well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return {"an instant in RFC 3339", "thời điểm theo RFC 3339"};
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return {"a duration in seconds, such as 1.5s", "khoảng thời gian tính bằng giây, ví dụ 1.5s"};
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return {"field names separated by commas", "tên các trường cách nhau bằng dấu phẩy"};
    default:
      return {"an object", "đối tượng"};
  }
}

}  // namespace

bool IsHarmlessName(std::string_view name) {
  return IsHarmlessPath(name) && name.find('.') == std::string_view::npos;
}

bool IsHarmlessPath(std::string_view path) {
  if (path.empty() || path.size() > 64) return false;
  char before = '.';
  for (const char c : path) {
    const bool plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
    if (!plain && (c != '.' || before == '.')) return false;
    before = c;
  }
  return before != '.';
}

std::string JoinPath(std::string_view parent, std::string_view child) {
  if (parent.empty()) return std::string(child);
  if (child.empty()) return std::string(parent);
  return absl::StrCat(AbslView(parent), ".", AbslView(child));
}

absl::Status UnknownField(std::string_view parent, std::string_view name) {
  if (!IsHarmlessName(name)) {
    return InvalidField(OrBody(parent), "UNKNOWN_FIELD",
                        {"A field in it is not known.", "Có một trường bên trong không tồn tại."});
  }
  return InvalidField(JoinPath(parent, name), "UNKNOWN_FIELD",
                      {"This field is not known.", "Trường này không tồn tại."});
}

absl::Status UnknownFieldNumber(std::string_view parent, int number) {
  return InvalidField(OrBody(parent), "UNKNOWN_FIELD",
                      {absl::StrCat("The message has no field ", number, "."),
                       absl::StrCat("Thông điệp không có trường số ", number, ".")});
}

absl::Status UnknownParameter(std::string_view name) {
  return InvalidField(
      IsHarmlessPath(name) ? name : "query", "UNKNOWN_FIELD",
      {"The method has no such query parameter.", "Phương thức không có tham số truy vấn này."});
}

absl::Status DuplicateField(std::string_view path) {
  return InvalidField(path, "DUPLICATE_FIELD",
                      {"This field is given twice, or in both of its spellings.",
                       "Trường này được ghi hai lần, hoặc theo cả hai cách viết."});
}

absl::Status ConflictingField(std::string_view path) {
  return InvalidField(path, "CONFLICTING_FIELD",
                      {"This field excludes another one that is given too.",
                       "Trường này không được dùng cùng một trường khác đã có."});
}

absl::Status WrongType(std::string_view path, const FieldDescriptor* field) {
  Text kind{"an object", "đối tượng"};
  if (field != nullptr) {
    kind = ValueKind(*field);
    if (field->is_repeated()) {
      kind = {absl::StrCat("a list, each element ", kind.en),
              absl::StrCat("danh sách, mỗi phần tử là ", kind.vi)};
    }
  }
  return InvalidField(OrBody(path), "WRONG_TYPE",
                      {absl::StrCat("The value must be ", kind.en, "."),
                       absl::StrCat("Giá trị phải là ", kind.vi, ".")});
}

absl::Status OutOfRange(std::string_view path) {
  return InvalidField(path, "OUT_OF_RANGE",
                      {"The number does not fit the field, or is not whole.",
                       "Số vượt quá phạm vi của trường, hoặc không phải số nguyên."});
}

absl::Status UnknownValue(std::string_view path) {
  return InvalidField(path, "UNKNOWN_VALUE",
                      {"The value is not one of those that the contract lists.",
                       "Giá trị không nằm trong danh sách mà tài liệu API quy định."});
}

absl::Status InvalidUtf8(std::string_view path) {
  return InvalidField(OrBody(path), "INVALID_UTF8",
                      {"The text is not valid UTF-8.", "Văn bản không đúng mã UTF-8."});
}

absl::Status NulCharacter(std::string_view path) {
  return InvalidField(OrBody(path), "NUL_CHARACTER",
                      {"The text contains a NUL character.", "Văn bản có ký tự NUL."});
}

absl::Status TooDeep(std::string_view path) {
  return InvalidField(
      OrBody(path), "TOO_DEEP",
      {"Objects and lists are nested too deeply.", "Đối tượng và danh sách lồng nhau quá sâu."});
}

absl::Status MalformedJson(std::string_view path) {
  return InvalidField(OrBody(path), "MALFORMED_JSON",
                      {"This is not valid JSON.", "Nội dung không phải JSON hợp lệ."});
}

absl::Status MalformedMessage(std::string_view path) {
  return InvalidField(OrBody(path), "MALFORMED_MESSAGE",
                      {"This is not a valid protobuf message of the method.",
                       "Nội dung không phải thông điệp protobuf hợp lệ của phương thức."});
}

absl::Status BodyTooLarge(size_t limit) {
  return InvalidField(kWholeBody, "BODY_TOO_LARGE",
                      {absl::StrCat("The body is larger than ", limit, " bytes."),
                       absl::StrCat("Nội dung lớn hơn ", limit, " byte.")});
}

absl::Status InvalidEscape(std::string_view path) {
  return InvalidField(OrBody(path), "INVALID_ESCAPE",
                      {"A percent sign must be followed by two hexadecimal digits.",
                       "Sau dấu phần trăm phải là hai chữ số thập lục phân."});
}

absl::Status DisagreesWithPath(std::string_view path) {
  return InvalidField(path, "DISAGREES_WITH_PATH",
                      {"The body and the path name different resources.",
                       "Nội dung và đường dẫn chỉ đến hai tài nguyên khác nhau."});
}

absl::Status InvalidHeader(std::string_view name) {
  return InvalidField(name, "INVALID_HEADER",
                      {"This header has no valid value.", "Giá trị của tiêu đề này không hợp lệ."});
}

}  // namespace phoihop::gateway
