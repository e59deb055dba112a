#include "services/gateway/transcoding/json_writer.h"

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "common/status/macros.h"
#include "common/status/rpc_status.h"
#include "google/protobuf/message.h"
#include "google/rpc/status.pb.h"
#include "services/gateway/transcoding/json_printer.h"

namespace phoihop::gateway {
namespace {

const char* ConnectCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kCancelled:
      return "canceled";
    case absl::StatusCode::kInvalidArgument:
      return "invalid_argument";
    case absl::StatusCode::kDeadlineExceeded:
      return "deadline_exceeded";
    case absl::StatusCode::kNotFound:
      return "not_found";
    case absl::StatusCode::kAlreadyExists:
      return "already_exists";
    case absl::StatusCode::kPermissionDenied:
      return "permission_denied";
    case absl::StatusCode::kResourceExhausted:
      return "resource_exhausted";
    case absl::StatusCode::kFailedPrecondition:
      return "failed_precondition";
    case absl::StatusCode::kAborted:
      return "aborted";
    case absl::StatusCode::kOutOfRange:
      return "out_of_range";
    case absl::StatusCode::kUnimplemented:
      return "unimplemented";
    case absl::StatusCode::kInternal:
      return "internal";
    case absl::StatusCode::kUnavailable:
      return "unavailable";
    case absl::StatusCode::kDataLoss:
      return "data_loss";
    case absl::StatusCode::kUnauthenticated:
      return "unauthenticated";
    default:
      return "unknown";
  }
}

// Base64 without the padding, as Connect wants it.
std::string Unpadded(const std::string& bytes) {
  std::string text = absl::Base64Escape(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

}  // namespace

absl::StatusOr<std::string> WriteJson(const google::protobuf::Message& message) {
  std::string json;
  RETURN_IF_ERROR(PrintJson(message, json));
  return json;
}

std::string WriteRpcStatusJson(const absl::Status& status) {
  google::rpc::Status shown = ToRpcStatus(status);
  absl::StatusOr<std::string> json = WriteJson(shown);
  if (!json.ok()) {
    // A detail of a type that this binary does not know.
    shown.clear_details();
    json = WriteJson(shown);
  }
  return json.value_or("{}");
}

std::string WriteConnectErrorJson(const absl::Status& status) {
  const google::rpc::Status shown = ToRpcStatus(status);
  nlohmann::json json = {{"code", ConnectCode(status.code())}, {"message", shown.message()}};
  for (const auto& detail : shown.details()) {
    const std::string& url = detail.type_url();
    json["details"].push_back(
        {{"type", url.substr(url.rfind('/') + 1)}, {"value", Unpadded(detail.value())}});
  }
  return json.dump();
}

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

}  // namespace phoihop::gateway
