#include "common/status/errors.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/details.h"
#include "common/status/payload.h"
#include "common/status/views.h"
#include "google/rpc/error_details.pb.h"

namespace phoihop {
namespace {

using status_internal::Attach;
using status_internal::AttachBasics;
using status_internal::Capped;
using status_internal::Extract;

constexpr char kOverloaded[] = "OVERLOADED";

constexpr size_t kMaxMessageBytes = 500;
constexpr size_t kMaxNameBytes = 200;
constexpr size_t kMaxReasonBytes = 63;
constexpr size_t kMaxViolations = 20;
constexpr size_t kMaxViolationBytes = 6000;
// BadRequest carries the Vietnamese text of a violation within its description,
// so one violation has to leave room for others.
constexpr size_t kMaxViolationTextBytes = 300;

absl::Status Make(absl::StatusCode code, std::string_view reason, const Text& message) {
  absl::Status status(code, Capped(message.en, kMaxMessageBytes));
  AttachBasics(status, reason, Capped(message.vi, kMaxMessageBytes));
  return status;
}

void AttachResource(absl::Status& status, std::string_view type, std::string_view name) {
  google::rpc::ResourceInfo info;
  info.set_resource_type(Capped(type, kMaxNameBytes));
  info.set_resource_name(Capped(name, kMaxNameBytes));
  Attach(status, info);
}

// What a resource is called in a sentence.
struct Noun {
  std::string_view type, en, vi;
};
constexpr Noun kNouns[] = {
    {"AdministrativeUnit", "Unit", "đơn vị"},
    {"Body", "Body", "cơ quan, tổ chức"},
    {"Member", "Member", "thành viên"},
    {"Grant", "Grant", "quyền được giao"},
    {"Agreement", "Agreement", "chương trình phối hợp"},
    {"OpinionEntry", "Opinion entry", "ý kiến dư luận"},
    {"Petition", "Petition", "đơn thư"},
    {"Report", "Report", "báo cáo"},
    {"ReportTemplate", "Report template", "mẫu báo cáo"},
    {"Checkpoint", "Checkpoint", "điểm đối chiếu"},
    {"Session", "Session", "phiên làm việc"},
};
constexpr Noun kOtherNoun = {"", "Resource", "dữ liệu"};

Noun NounOf(std::string_view resource_type) {
  const std::string_view short_name = resource_type.substr(resource_type.find_last_of("./") + 1);
  const auto* found = std::find_if(std::begin(kNouns), std::end(kNouns),
                                   [&](const Noun& noun) { return noun.type == short_name; });
  return found == std::end(kNouns) ? kOtherNoun : *found;
}

}  // namespace

absl::Status InvalidField(std::string_view field, std::string_view reason, Text message) {
  FieldErrors errors;
  errors.Add(field, reason, std::move(message));
  return errors.ToStatus();
}

void FieldErrors::Add(std::string_view field, std::string_view reason, Text message) {
  if (violations_.size() >= kMaxViolations) return;
  Violation violation{
      Capped(field, kMaxNameBytes),
      Capped(reason, kMaxReasonBytes),
      {Capped(message.en, kMaxViolationTextBytes), Capped(message.vi, kMaxViolationTextBytes)}};
  const size_t bytes =
      violation.field.size() + violation.message.en.size() + violation.message.vi.size() + 16;
  if (!violations_.empty() && bytes_ + bytes > kMaxViolationBytes) return;
  bytes_ += bytes;
  violations_.push_back(std::move(violation));
}

std::string JsonPath(std::string_view field) {
  std::string path;
  for (size_t i = 0; i < field.size(); ++i) {
    const bool joins = field[i] == '_' && i + 1 < field.size() && absl::ascii_isalnum(field[i + 1]);
    path += joins ? absl::ascii_toupper(field[++i]) : field[i];
  }
  return path;
}

absl::Status FieldErrors::ToStatus() const {
  if (violations_.empty()) return absl::OkStatus();
  const Violation& first = violations_.front();
  const bool single = violations_.size() == 1;
  absl::Status status =
      single ? Make(absl::StatusCode::kInvalidArgument, first.reason,
                    {absl::StrCat(first.field, ": ", first.message.en),
                     absl::StrCat(JsonPath(first.field), ": ", first.message.vi)})
             : Make(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS",
                    {absl::StrCat(violations_.size(), " fields are invalid."),
                     absl::StrCat("Có ", violations_.size(), " trường không hợp lệ.")});
  google::rpc::BadRequest bad_request;
  for (const Violation& violation : violations_) {
    auto* entry = bad_request.add_field_violations();
    entry->set_field(violation.field);
    entry->set_description(violation.message.vi.empty()
                               ? violation.message.en
                               : absl::StrCat(violation.message.en, " / ", violation.message.vi));
  }
  Attach(status, bad_request);
  return status;
}

absl::Status NotFound(std::string_view resource_type, std::string_view name) {
  const Noun noun = NounOf(resource_type);
  absl::Status status =
      Make(absl::StatusCode::kNotFound, "NOT_FOUND",
           {absl::StrCat(AbslView(noun.en), " not found, or outside the scope granted to you."),
            absl::StrCat("Không tìm thấy ", AbslView(noun.vi), ", hoặc ngoài phạm vi được giao.")});
  AttachResource(status, resource_type, name);
  return status;
}

absl::Status AlreadyExists(std::string_view resource_type, std::string_view name,
                           std::string_view reason, Text message) {
  absl::Status status = Make(absl::StatusCode::kAlreadyExists, reason, message);
  AttachResource(status, resource_type, name);
  return status;
}

absl::Status Precondition(std::string_view reason, Text message, std::string_view subject) {
  absl::Status status = Make(absl::StatusCode::kFailedPrecondition, reason, message);
  google::rpc::PreconditionFailure failure;
  auto* violation = failure.add_violations();
  violation->set_type(Capped(reason, kMaxReasonBytes));
  violation->set_subject(Capped(subject, kMaxNameBytes));
  violation->set_description(Capped(message.en, kMaxMessageBytes));
  Attach(status, failure);
  return status;
}

absl::Status EtagMismatch(std::string_view name) {
  absl::Status status =
      Make(absl::StatusCode::kAborted, "ETAG_MISMATCH",
           {"The resource was changed meanwhile; read it again and repeat the change.",
            "Dữ liệu đã được người khác thay đổi; hãy đọc lại rồi thực hiện lại thay đổi."});
  google::rpc::ResourceInfo info;
  info.set_resource_name(Capped(name, kMaxNameBytes));
  Attach(status, info);
  return status;
}

absl::Status RequestIdReused() {
  return InvalidField("request_id", "REQUEST_ID_REUSED",
                      {"This request id was used for another request before.",
                       "Mã yêu cầu này đã được dùng cho một yêu cầu khác."});
}

absl::Status PermissionDenied(std::string_view permission) {
  absl::Status status = Make(absl::StatusCode::kPermissionDenied, "PERMISSION_MISSING",
                             {"You do not have the permission that this method needs.",
                              "Bạn không có quyền thực hiện thao tác này."});
  if (!permission.empty()) {
    google::rpc::ErrorInfo info;
    Extract(status, info);
    (*info.mutable_metadata())["permission"] = Capped(permission, kMaxNameBytes);
    Attach(status, info);
  }
  return status;
}

absl::Status Denied(std::string_view reason, Text message) {
  return Make(absl::StatusCode::kPermissionDenied, reason, message);
}

absl::Status AboutField(absl::Status status, std::string_view field) {
  if (status.ok()) return status;
  google::rpc::LocalizedMessage localized;
  Extract(status, localized);
  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field(Capped(field, kMaxNameBytes));
  violation->set_description(absl::StrCat(Capped(StdView(status.message()), kMaxViolationTextBytes),
                                          " / ",
                                          Capped(localized.message(), kMaxViolationTextBytes)));
  Attach(status, bad_request);
  return status;
}

absl::Status Unauthenticated(std::string_view reason, Text message) {
  return Make(absl::StatusCode::kUnauthenticated, reason, message);
}

absl::Status Unavailable(std::string_view reason, Text message) {
  return Make(absl::StatusCode::kUnavailable, reason, message);
}

absl::Status AllTaken(std::string_view reason, Text message, absl::Duration retry_after) {
  absl::Status status = Make(absl::StatusCode::kResourceExhausted, reason, message);
  google::rpc::RetryInfo retry;
  const int64_t nanos = std::max<int64_t>(0, absl::ToInt64Nanoseconds(retry_after));
  retry.mutable_retry_delay()->set_seconds(nanos / 1'000'000'000);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  Attach(status, retry);
  return status;
}

absl::Status Overloaded(absl::Duration retry_after) {
  return AllTaken(kOverloaded,
                  {"The service has more work than it can do now; try again shortly.",
                   "Hệ thống đang quá tải; vui lòng thử lại sau giây lát."},
                  retry_after);
}

bool IsOverloaded(const absl::Status& status) {
  return absl::IsResourceExhausted(status) && ErrorReason(status) == kOverloaded;
}

absl::Status DeadlineExceeded() {
  return Make(
      absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
      {"The time allowed for the request has passed.", "Đã hết thời gian cho phép của yêu cầu."});
}

absl::Status Cancelled() {
  return Make(absl::StatusCode::kCancelled, "CANCELLED",
              {"The caller cancelled the request.", "Yêu cầu đã bị hủy."});
}

absl::Status Internal(std::string_view detail_for_log) {
  absl::Status status(absl::StatusCode::kInternal, AbslView(detail_for_log));
  AttachBasics(status, "INTERNAL", "Đã xảy ra lỗi nội bộ.");
  return status;
}

std::string ErrorReason(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  return Extract(status, info) ? info.reason() : "";
}

std::string VietnameseMessage(const absl::Status& status) {
  google::rpc::LocalizedMessage message;
  return Extract(status, message) ? message.message() : "";
}

std::vector<std::string> ViolatedFields(const absl::Status& status) {
  google::rpc::BadRequest bad_request;
  std::vector<std::string> fields;
  if (Extract(status, bad_request)) {
    for (const auto& violation : bad_request.field_violations()) {
      fields.push_back(violation.field());
    }
  }
  return fields;
}

std::optional<absl::Duration> RetryDelay(const absl::Status& status) {
  google::rpc::RetryInfo retry;
  if (!Extract(status, retry)) return std::nullopt;
  return absl::Seconds(retry.retry_delay().seconds()) +
         absl::Nanoseconds(retry.retry_delay().nanos());
}

}  // namespace phoihop
