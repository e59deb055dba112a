#ifndef PHOIHOP_COMMON_STATUS_ERRORS_H_
#define PHOIHOP_COMMON_STATUS_ERRORS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

// The errors that PhoiHop gives, one function for each. All carry an ErrorInfo
// {reason, domain "phoihop"} and a LocalizedMessage for vi-VN; what else a
// client needs to react (the field, the resource, when to retry) is a further
// detail. Details travel as payloads of absl::Status under the type URLs of
// google.rpc, so that code without protobuf can make and inspect errors;
// rpc_status.h turns them into google.rpc.Status.
//
// Rules for messages: they never repeat what a request body contained, and they
// are whole sentences that a user can be shown. Long texts are cut, so that no
// error grows beyond what gRPC carries.
namespace phoihop {

// A message in English and in Vietnamese (with its marks).
struct Text {
  std::string en;
  std::string vi;
};

// INVALID_ARGUMENT about one field, with a BadRequest. `field` is the path in
// the request as the contract spells it (`agreement.term_start`), `reason` is in
// UPPER_SNAKE_CASE and stable.
absl::Status InvalidField(std::string_view field, std::string_view reason, Text message);

// Collects what is wrong with a request, so that a client learns it at once.
// Keeps the first 20 violations and at most 6.000 bytes of them.
class FieldErrors {
 public:
  void Add(std::string_view field, std::string_view reason, Text message);
  bool empty() const { return violations_.empty(); }
  // OK when empty. The reason is INVALID_FIELDS, or the only violation's own.
  absl::Status ToStatus() const;

 private:
  struct Violation {
    std::string field;
    std::string reason;
    Text message;
  };
  std::vector<Violation> violations_;
  size_t bytes_ = 0;
};

// NOT_FOUND with a ResourceInfo. One text for what does not exist and for what
// lies outside the caller's scope, so that a denial tells nothing.
// `resource_type` is a protobuf message name, full or short (`Agreement`).
absl::Status NotFound(std::string_view resource_type, std::string_view name);

// ALREADY_EXISTS with a ResourceInfo.
absl::Status AlreadyExists(std::string_view resource_type, std::string_view name,
                           std::string_view reason, Text message);

// FAILED_PRECONDITION with a PreconditionFailure: the state of `subject` (a
// resource name) does not allow the command.
absl::Status Precondition(std::string_view reason, Text message, std::string_view subject);

// ABORTED, reason ETAG_MISMATCH: somebody else changed the resource meanwhile.
absl::Status EtagMismatch(std::string_view name);

// INVALID_ARGUMENT, reason REQUEST_ID_REUSED: the caller used this request id
// for another request before.
absl::Status RequestIdReused();

// PERMISSION_DENIED, reason PERMISSION_MISSING; `permission` is put into the
// metadata of the ErrorInfo. Empty when the method is not for this kind of caller.
absl::Status PermissionDenied(std::string_view permission);

// UNAUTHENTICATED: no token, or one that is not accepted.
absl::Status Unauthenticated(std::string_view reason, Text message);

// UNAVAILABLE: try again later; nothing has happened.
absl::Status Unavailable(std::string_view reason, Text message);

// RESOURCE_EXHAUSTED with a RetryInfo: one thing that the call needs is all taken. Says nothing
// about how much the server has to do otherwise.
absl::Status AllTaken(std::string_view reason, Text message, absl::Duration retry_after);

// RESOURCE_EXHAUSTED, reason OVERLOADED, with a RetryInfo: the server has more work than it can
// do, and refused the call before starting it.
absl::Status Overloaded(absl::Duration retry_after);
bool IsOverloaded(const absl::Status& status);

// DEADLINE_EXCEEDED, reason DEADLINE_EXCEEDED: noticed by the server itself.
absl::Status DeadlineExceeded();

// CANCELLED, reason CANCELLED: the caller has left.
absl::Status Cancelled();

// INTERNAL, reason INTERNAL. The detail is for the log alone: clients are told
// only that there was an error (see ToRpcStatus).
absl::Status Internal(std::string_view detail_for_log);

// The reason of the ErrorInfo; "" when there is none. For tests and metrics.
std::string ErrorReason(const absl::Status& status);

// The message in Vietnamese; "" when there is none.
std::string VietnameseMessage(const absl::Status& status);

// The fields named by the BadRequest, in order; empty when there is none.
std::vector<std::string> ViolatedFields(const absl::Status& status);

// The delay of the RetryInfo.
std::optional<absl::Duration> RetryDelay(const absl::Status& status);

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_STATUS_ERRORS_H_
