#ifndef PHOIHOP_COMMON_MYSQL_ERROR_H_
#define PHOIHOP_COMMON_MYSQL_ERROR_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace phoihop::mysql {

// Numbers of the errors that code decides by. Never decide by an error's text.
inline constexpr int kDuplicateKey = 1062;
inline constexpr int kDeadlock = 1213;
inline constexpr int kLockWaitTimeout = 1205;
inline constexpr int kRecordChanged = 1020;
inline constexpr int kConnectionKilled = 1927;
inline constexpr int kServerGone = 2006;
inline constexpr int kServerLost = 2013;

// The reason (ErrorInfo) of a COMMIT whose answer was lost: the transaction is stored
// or not, nobody knows until somebody looks. Never rerun such work blindly.
inline constexpr std::string_view kCommitUnknown = "COMMIT_UNKNOWN";

// The status of a failed statement. What the server said stays out of the message, since
// it may quote stored values; it travels as a payload for logs (see ErrorText).
//   1062                        ALREADY_EXISTS
//   1213, 1205, 1020            ABORTED
//   lost or refused connection  UNAVAILABLE (STORAGE_FULL, DATABASE_LOGIN_REFUSED: see the details)
//   statement time limit        DEADLINE_EXCEEDED
//   foreign key, check          FAILED_PRECONDITION
//   anything else               INTERNAL
absl::Status MakeError(int number, std::string_view text);

// The status of a COMMIT with an unknown outcome: UNAVAILABLE, reason COMMIT_UNKNOWN.
absl::Status MakeCommitUnknown(const absl::Status& cause);

// The server's or client's error number that the status carries; 0 when there is none.
int ErrorNumber(const absl::Status& status);

// What the server said, for logs only; empty when the status carries no error number.
std::string ErrorText(const absl::Status& status);

// True when the whole transaction may be run again in a new one: a deadlock, a lock wait
// that timed out, a changed record, a connection lost before COMMIT, a server that does not
// take work for now. Never true for an unknown outcome.
bool IsTransient(const absl::Status& status);

// True when the connection cannot be used any more.
bool IsConnectionLost(int number);

// True for the status of a COMMIT whose outcome is unknown.
bool IsCommitUnknown(const absl::Status& status);

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_ERROR_H_
