#include "common/fields/fields.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/names/names.h"
#include "common/status/details.h"
#include "common/status/views.h"
#include "common/text/text.h"

namespace phoihop {
namespace {

phoihop::Text RequiredText() { return {"The field is required.", "Trường này là bắt buộc."}; }

phoihop::Text DayText() {
  return {"The day must be written as 2023-10-24, in the years 1900 to 2199.",
          "Ngày phải viết theo dạng 2023-10-24, từ năm 1900 đến năm 2199."};
}

bool IsUuid(std::string_view value) {
  if (value.size() != 36) return false;
  for (size_t i = 0; i < value.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (value[i] != '-') return false;
    } else if (!absl::ascii_isxdigit(static_cast<unsigned char>(value[i]))) {
      return false;
    }
  }
  return true;
}

// The text of a violation without the name of its field before it, which a status
// with one violation has.
std::string WithoutField(const std::vector<std::string>& fields, const std::string& message) {
  if (fields.size() != 1) return message;
  for (const std::string& field : {fields.front(), JsonPath(fields.front())}) {
    absl::string_view rest = message;
    if (absl::ConsumePrefix(&rest, absl::StrCat(field, ": "))) return std::string(rest);
  }
  return message;
}

}  // namespace

std::string Checker::Text(std::string_view field, std::string_view value, int min, int max) {
  std::string text = Paragraphs(field, value, min, max);
  if (text.find_first_of("\n\t") == std::string::npos) return text;
  Add(field, "NOT_ONE_LINE",
      {"The text must be on one line, without tabs.",
       "Văn bản phải nằm trên một dòng, không có ký tự tab."});
  return "";
}

std::string Checker::Paragraphs(std::string_view field, std::string_view value, int min, int max) {
  absl::StatusOr<std::string> clean = Clean(value);
  if (!clean.ok()) {
    Add(field, "INVALID_TEXT",
        {"The text must be valid UTF-8 without control characters.",
         "Văn bản phải là UTF-8 hợp lệ, không có ký tự điều khiển."});
    return "";
  }
  const int count = CharCount(*clean);
  if (count == 0 && min > 0) {
    Add(field, "REQUIRED", RequiredText());
  } else if (count < min || count > max) {
    Add(field, "INVALID_LENGTH",
        {absl::StrCat("The text must have ", min, " to ", max, " characters."),
         absl::StrCat("Văn bản phải có từ ", min, " đến ", max, " ký tự.")});
  } else {
    return *std::move(clean);
  }
  return "";
}

absl::CivilDay Checker::Day(std::string_view field, std::string_view value) {
  if (value.empty()) {
    Add(field, "REQUIRED", RequiredText());
    return absl::CivilDay();
  }
  return OptionalDay(field, value).value_or(absl::CivilDay());
}

std::optional<absl::CivilDay> Checker::OptionalDay(std::string_view field, std::string_view value) {
  if (value.empty()) return std::nullopt;
  const absl::StatusOr<absl::CivilDay> day = ParseDay(value);
  if (day.ok()) return *day;
  Add(field, "INVALID_DAY", DayText());
  return std::nullopt;
}

DayInterval Checker::Interval(std::string_view first_field, std::string_view first,
                              std::string_view last_field, std::string_view last) {
  const bool ok_before = ok();
  const DayInterval days{Day(first_field, first), Day(last_field, last)};
  if (ok_before && ok() && days.empty()) {
    Add(last_field, "INVALID_INTERVAL",
        {"The last day must not be before the first.", "Ngày cuối không được trước ngày đầu."});
  }
  return days;
}

int64_t Checker::Count(std::string_view field, int64_t value, int64_t min, int64_t max) {
  if (min <= value && value <= max) return value;
  Add(field, "OUT_OF_RANGE",
      {absl::StrCat("The number must lie between ", min, " and ", max, "."),
       absl::StrCat("Số phải nằm trong khoảng từ ", min, " đến ", max, ".")});
  return min;
}

std::string Checker::Name(std::string_view field, std::string_view pattern,
                          std::string_view value) {
  if (value.empty()) {
    Add(field, "REQUIRED", RequiredText());
    return "";
  }
  absl::StatusOr<std::string> id = ParseName(pattern, value, field);
  if (id.ok()) return *std::move(id);
  Add(field, "INVALID_NAME",
      {absl::StrCat("The name must have the form '", AbslView(pattern), "'."),
       absl::StrCat("Tên phải có dạng '", AbslView(pattern), "'.")});
  return "";
}

int64_t Checker::Unit(std::string_view field, std::string_view value) {
  if (value.empty()) {
    Add(field, "REQUIRED", RequiredText());
    return 0;
  }
  const absl::StatusOr<int64_t> id = ParseUnitName(value, field);
  if (id.ok()) return *id;
  Add(field, "INVALID_NAME",
      {"The name must have the form 'units/*'.", "Tên phải có dạng 'units/*'."});
  return 0;
}

void Checker::Required(std::string_view field, bool present) {
  if (!present) Add(field, "REQUIRED", RequiredText());
}

void Checker::RequestId(std::string_view value) {
  if (value.empty() || IsUuid(value)) return;
  Add("request_id", "INVALID_REQUEST_ID",
      {"The request id must be a UUID.", "Mã yêu cầu phải là một UUID."});
}

void Checker::Add(std::string_view field, std::string_view reason, phoihop::Text message) {
  errors_.Add(field, reason, std::move(message));
}

void Checker::AddStatus(std::string_view field, const absl::Status& status) {
  if (status.ok()) return;
  const std::string reason = ErrorReason(status);
  const std::vector<std::string> named = ViolatedFields(status);
  const std::string vi = WithoutField(named, VietnameseMessage(status));
  Add(field, reason.empty() ? "INVALID" : reason,
      {WithoutField(named, std::string(status.message())),
       vi.empty() ? "Giá trị không hợp lệ." : vi});
}

std::string Etag(int64_t revision) { return absl::StrCat("\"", revision, "\""); }

absl::Status CheckEtag(std::string_view given, int64_t revision, std::string_view name) {
  if (given.empty() || given == "*" || given == Etag(revision)) return absl::OkStatus();
  return EtagMismatch(name);
}

absl::Status CheckRequestId(std::string_view value) {
  Checker checker;
  checker.RequestId(value);
  return checker.status();
}

}  // namespace phoihop
