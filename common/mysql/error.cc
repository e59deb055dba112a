#include "common/mysql/error.h"

#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/views.h"

namespace phoihop::mysql {
namespace {

// "1062 Duplicate entry ...". Not a type that leaves the process.
constexpr char kPayload[] = "phoihop/mysql-error";

// Errors that pass when somebody has done something, and not by running the same again at once.

bool IsStorageFull(int number) {
  return number == 1021 || number == 1114;  // the disk, or a table on it
}

bool IsLoginRefused(int number) {
  switch (number) {
    case 1045:  // a wrong password
    case 1129:  // the host is blocked
    case 1130:
    case 1698:
    case 1862:  // the password has expired
    case 4151:  // the account is locked
      return true;
    default:
      return false;
  }
}

absl::StatusCode CodeOf(int number) {
  if (IsStorageFull(number) || IsLoginRefused(number)) return absl::StatusCode::kUnavailable;
  switch (number) {
    case kDuplicateKey:
    case 1586:
      return absl::StatusCode::kAlreadyExists;
    case kDeadlock:
    case kLockWaitTimeout:
    case kRecordChanged:
      return absl::StatusCode::kAborted;
    case 1969:  // max_statement_time
    case 3024:
      return absl::StatusCode::kDeadlineExceeded;
    case 1047:  // a cluster node that does not take work
    case 1040:  // too many connections
    case 1203:
    case 1226:
    case 1290:  // read-only
    case 1836:
    case 1615:  // must be prepared anew
      return absl::StatusCode::kUnavailable;
    case 1451:
    case 1452:
    case 3819:
    case 4025:
      return absl::StatusCode::kFailedPrecondition;
    default:
      return IsConnectionLost(number) ? absl::StatusCode::kUnavailable
                                      : absl::StatusCode::kInternal;
  }
}

std::optional<std::pair<int, std::string>> Payload(const absl::Status& status) {
  const auto cord = status.GetPayload(kPayload);
  if (!cord.has_value()) return std::nullopt;
  const std::string text(*cord);
  const size_t space = text.find(' ');
  int number = 0;
  if (space == std::string::npos || !absl::SimpleAtoi(text.substr(0, space), &number)) {
    return std::nullopt;
  }
  return std::make_pair(number, text.substr(space + 1));
}

}  // namespace

bool IsConnectionLost(int number) {
  switch (number) {
    case kConnectionKilled:
    case kServerGone:
    case kServerLost:
    case 2002:  // cannot connect
    case 2003:
    case 2005:
    case 2012:
    case 2014:  // out of step with the server
    case 2026:  // TLS
    case 2027:  // malformed packet
    case 2055:
    case 1053:  // the server shuts down
    case 1079:
    case 1080:
    case 1152:
    case 1156:
    case 1157:
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1184:
      return true;
    default:
      return false;
  }
}

absl::Status MakeError(int number, std::string_view text) {
  const std::string payload = absl::StrCat(number, " ", AbslView(text));
  const auto told = [&](std::string_view reason, Text message) {
    absl::Status status = Unavailable(reason, std::move(message));
    status.SetPayload(kPayload, absl::Cord(payload));
    return status;
  };
  if (IsStorageFull(number)) {
    return told("STORAGE_FULL",
                {"Nothing was stored: the database's disk is full. Tell the administrator.",
                 "Chưa lưu được: đĩa của cơ sở dữ liệu đã đầy. Hãy báo người quản trị."});
  }
  if (IsLoginRefused(number)) {
    return told("DATABASE_LOGIN_REFUSED",
                {"The database does not let this service in. Tell the administrator.",
                 "Cơ sở dữ liệu từ chối dịch vụ này. Hãy báo người quản trị."});
  }
  const absl::StatusCode code = CodeOf(number);
  // What the server says about a constraint quotes values; other errors do not.
  const bool quotes_values =
      code == absl::StatusCode::kAlreadyExists || code == absl::StatusCode::kFailedPrecondition;
  absl::Status status(code, quotes_values
                                ? absl::StrCat("database error ", number)
                                : absl::StrCat("database error ", number, ": ", AbslView(text)));
  status.SetPayload(kPayload, absl::Cord(payload));
  return status;
}

absl::Status MakeCommitUnknown(const absl::Status& cause) {
  absl::Status status =
      Unavailable(kCommitUnknown, {"It is not known whether the change was stored.",
                                   "Chưa xác định được thay đổi đã được lưu hay chưa."});
  if (const auto cord = cause.GetPayload(kPayload)) status.SetPayload(kPayload, *cord);
  return status;
}

int ErrorNumber(const absl::Status& status) {
  const auto payload = Payload(status);
  return payload ? payload->first : 0;
}

std::string ErrorText(const absl::Status& status) {
  const auto payload = Payload(status);
  return payload ? payload->second : "";
}

bool IsTransient(const absl::Status& status) {
  const int number = ErrorNumber(status);
  if (number == 0 || IsCommitUnknown(status)) return false;
  if (IsStorageFull(number) || IsLoginRefused(number)) return false;
  const absl::StatusCode code = CodeOf(number);
  return code == absl::StatusCode::kAborted || code == absl::StatusCode::kUnavailable;
}

bool IsCommitUnknown(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable && ErrorReason(status) == kCommitUnknown;
}

}  // namespace phoihop::mysql
