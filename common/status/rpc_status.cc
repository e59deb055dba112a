#include "common/status/rpc_status.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/cord.h"
#include "common/status/errors.h"
#include "common/status/payload.h"
#include "common/status/views.h"
#include "google/rpc/error_details.pb.h"

namespace phoihop {
namespace status_internal {

void AttachBasics(absl::Status& status, std::string_view reason, std::string_view vi) {
  google::rpc::ErrorInfo info;
  info.set_reason(Capped(reason, 63));
  info.set_domain(std::string(kDomain));
  Attach(status, info);
  google::rpc::LocalizedMessage message;
  message.set_locale("vi-VN");
  message.set_message(std::string(vi));
  Attach(status, message);
}

namespace {

// Length of the character that starts at text[i], 0 when it is malformed.
size_t CharacterLength(std::string_view text, size_t i) {
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) return 0;
  for (size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(i + 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool not_a_character = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return overlong || not_a_character ? 0 : length;
}

}  // namespace

std::string Capped(std::string_view text, size_t limit) {
  size_t end = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t length = CharacterLength(text, i);
    if (length == 0) return "";
    i += length;
    if (i <= limit) end = i;
  }
  return std::string(text.substr(0, end));
}

}  // namespace status_internal

namespace {

using status_internal::Capped;
using status_internal::TypeUrl;

constexpr size_t kMaxStatusBytes = 6900;
constexpr size_t kMaxMessageBytes = 500;

// The details that leave the process, the most useful first.
std::vector<std::string> PublicDetails() {
  return {TypeUrl<google::rpc::ErrorInfo>(),    TypeUrl<google::rpc::LocalizedMessage>(),
          TypeUrl<google::rpc::RetryInfo>(),    TypeUrl<google::rpc::ResourceInfo>(),
          TypeUrl<google::rpc::BadRequest>(),   TypeUrl<google::rpc::PreconditionFailure>(),
          TypeUrl<google::rpc::QuotaFailure>(), TypeUrl<google::rpc::Help>()};
}

// Says what a code means when there is no message written for clients.
Text GeneralText(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return {"The request is not valid.", "Yêu cầu không hợp lệ."};
    case absl::StatusCode::kNotFound:
      return {"Not found, or outside the scope granted to you.",
              "Không tìm thấy dữ liệu, hoặc ngoài phạm vi được giao."};
    case absl::StatusCode::kAlreadyExists:
      return {"It exists already.", "Dữ liệu đã tồn tại."};
    case absl::StatusCode::kPermissionDenied:
      return {"You do not have the permission that this method needs.",
              "Bạn không có quyền thực hiện thao tác này."};
    case absl::StatusCode::kUnauthenticated:
      return {"Sign in first.", "Vui lòng đăng nhập."};
    case absl::StatusCode::kFailedPrecondition:
      return {"The present state does not allow this.", "Trạng thái hiện tại không cho phép."};
    case absl::StatusCode::kAborted:
      return {"The request met another change; try again.",
              "Yêu cầu xung đột với một thay đổi khác; vui lòng thử lại."};
    case absl::StatusCode::kResourceExhausted:
      return {"A limit was exceeded.", "Đã vượt quá giới hạn cho phép."};
    case absl::StatusCode::kUnavailable:
      return {"The service cannot be reached now; try again shortly.",
              "Dịch vụ tạm thời không sẵn sàng; vui lòng thử lại sau giây lát."};
    case absl::StatusCode::kDeadlineExceeded:
      return {"The time allowed for the request has passed.",
              "Đã hết thời gian cho phép của yêu cầu."};
    case absl::StatusCode::kCancelled:
      return {"The request was cancelled.", "Yêu cầu đã bị hủy."};
    case absl::StatusCode::kUnimplemented:
      return {"The method does not exist.", "Phương thức không tồn tại."};
    default:
      return {"An internal error occurred.", "Đã xảy ra lỗi nội bộ."};
  }
}

bool HidesMessage(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return true;
    default:
      return ErrorReason(status).empty();
  }
}

// The same status in words for clients, without what is for the log alone.
absl::Status ForClients(const absl::Status& status) {
  if (!HidesMessage(status)) return status;
  const Text text = GeneralText(status.code());
  const std::string reason = ErrorReason(status);
  absl::Status shown(status.code(), text.en);
  status_internal::AttachBasics(
      shown, reason.empty() ? absl::StatusCodeToString(status.code()) : reason, text.vi);
  return shown;
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status result;
  result.set_code(static_cast<int>(status.code()));
  if (status.ok()) return result;
  const absl::Status shown = ForClients(status);
  result.set_message(Capped(StdView(shown.message()), kMaxMessageBytes));
  // Payloads have no order of their own.
  for (const std::string& type_url : PublicDetails()) {
    const auto payload = shown.GetPayload(type_url);
    if (!payload.has_value()) continue;
    auto* detail = result.add_details();
    detail->set_type_url(type_url);
    detail->set_value(std::string(*payload));
    if (result.ByteSizeLong() > kMaxStatusBytes) result.mutable_details()->RemoveLast();
  }
  return result;
}

absl::Status FromRpcStatus(const google::rpc::Status& status) {
  absl::Status result(static_cast<absl::StatusCode>(status.code()), status.message());
  if (result.ok()) return result;
  for (const auto& detail : status.details()) {
    result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return result;
}

}  // namespace phoihop
