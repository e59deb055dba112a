#ifndef PHOIHOP_COMMON_LEDGER_BATCH_H_
#define PHOIHOP_COMMON_LEDGER_BATCH_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/ledger/record.h"
#include "common/ledger/work.h"
#include "common/mysql/connection.h"

// One attempt to store some commands in one transaction. Private to common/ledger.
namespace phoihop::ledger {

// How an attempt ended. After anything but kStored nothing of it is stored, except that after
// kUnknown nobody knows.
enum class Attempt {
  kStored,      // each work has either `error` (a domain error) or its response and position
  kRefused,     // a single work: `error` is its answer
  kRemembered,  // one of the requests is remembered already
  kApart,       // run the works one by one: one of them failed in a way that touches the others
  kTransient,   // the same may go well when tried again
  kUnknown,     // the answer to COMMIT was lost
};

// Runs the works in their order in one transaction and commits. `head` becomes the head after
// it. `cause` says why for kTransient, kApart and kUnknown; `held` of a work that it waited for.
// With `usual_wait`, the session's time to wait for a lock in seconds, the commands themselves wait
// for none: somebody has waited already.
Attempt TryBatch(mysql::Connection& db, const std::vector<WorkPtr>& works, absl::Time now,
                 Head& head, absl::Status& cause, std::optional<int64_t> usual_wait = std::nullopt);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_BATCH_H_
