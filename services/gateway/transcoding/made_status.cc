#include "services/gateway/transcoding/made_status.h"

#include <string>

#include "common/status/rpc_status.h"
#include "google/protobuf/util/time_util.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace phoihop::gateway {

absl::Status MakeStatus(absl::StatusCode code, std::string_view reason, const Text& message,
                        std::optional<absl::Duration> retry_after) {
  google::rpc::Status status;
  status.set_code(static_cast<int>(code));
  status.set_message(message.en);
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain("phoihop");
  status.add_details()->PackFrom(info);
  google::rpc::LocalizedMessage localized;
  localized.set_locale("vi-VN");
  localized.set_message(message.vi);
  status.add_details()->PackFrom(localized);
  if (retry_after.has_value()) {
    google::rpc::RetryInfo retry;
    *retry.mutable_retry_delay() = google::protobuf::util::TimeUtil::MillisecondsToDuration(
        absl::ToInt64Milliseconds(*retry_after));
    status.add_details()->PackFrom(retry);
  }
  return FromRpcStatus(status);
}

absl::Status NoSuchPath() {
  return MakeStatus(absl::StatusCode::kNotFound, "NO_SUCH_PATH",
                    {"No method has this path.", "Không có phương thức nào ở đường dẫn này."});
}

absl::Status NoSuchVerb() {
  return MakeStatus(absl::StatusCode::kUnimplemented, "NO_SUCH_VERB",
                    {"The path does not take this HTTP method; the header Allow lists those "
                     "that it takes.",
                     "Đường dẫn không nhận phương thức HTTP này; tiêu đề Allow liệt kê các "
                     "phương thức được nhận."});
}

}  // namespace phoihop::gateway
