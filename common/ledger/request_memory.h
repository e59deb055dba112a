#ifndef PHOIHOP_COMMON_LEDGER_REQUEST_MEMORY_H_
#define PHOIHOP_COMMON_LEDGER_REQUEST_MEMORY_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/mysql/connection.h"

// The table request_memory: which request of which caller was answered how. Private to
// common/ledger.
namespace phoihop::ledger {

// Caller and request id.
using RequestKey = std::pair<std::string, std::string>;

// The caller of commands without a request id, which get an id made here, so that an unknown
// outcome can be resolved all the same. No actor has this name.
inline constexpr std::string_view kInternalCaller = "#";

// An id for such a command; later ids are greater, so that old ones are a range.
std::string NewInternalId(absl::Time now);

// Hash of a request, keyed so that somebody who reads the table cannot guess bodies.
std::string RequestHash(std::string_view key32, std::string_view method, std::string_view body);

// What is kept of a request.
struct Remembered {
  std::string body_hash;
  int64_t position = 0;
  std::string response;
};

// A request about to be run, or with its answer.
struct RequestRow {
  const RequestKey* key;
  const std::string* body_hash;
  int64_t position = 0;
  const std::string* response = nullptr;  // nullptr: none yet
};

// Inserts the rows in order of their keys, so that transactions wait for each other but do
// not deadlock. Error 1062 when a request is there already; an insert of the same request that
// is not committed yet is waited for.
absl::Status RememberRequests(mysql::Connection& db, std::vector<RequestRow> rows, absl::Time now);

// Adds the answers to rows inserted in this transaction.
absl::Status StoreAnswers(mysql::Connection& db, const std::vector<RequestRow>& rows,
                          absl::Time now);

// Takes rows back.
absl::Status ForgetRequests(mysql::Connection& db, const std::vector<const RequestKey*>& keys);

// What is remembered of these requests, as of the latest commits.
absl::StatusOr<std::map<RequestKey, Remembered>> FindRequests(
    mysql::Connection& db, const std::vector<const RequestKey*>& keys);

// Deletes some rows that are older than `before`, or, for internal ids, `internal_before`;
// returns how many.
absl::StatusOr<int64_t> PurgeRequests(mysql::Connection& db, absl::Time before,
                                      absl::Time internal_before);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_REQUEST_MEMORY_H_
