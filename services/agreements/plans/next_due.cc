#include "services/agreements/plans/next_due.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "common/mysql/connection.h"
#include "common/status/macros.h"

namespace phoihop::agreements::plans {
namespace {

// The open occurrence that falls due first, as it is when a commitment is changed.
struct Next {
  int64_t number = 0;
  absl::CivilDay day;
};

absl::StatusOr<std::optional<Next>> FindNext(mysql::Connection& db, const std::string& id) {
  std::optional<Next> next;
  RETURN_IF_ERROR(
      db.Query("SELECT o.number, COALESCE(b.due_day, o.due_day) AS day FROM "
               "commitment_occurrences o LEFT JOIN obligations b ON b.obligation_key = "
               "CONCAT('fulfil:', o.commitment_id, ':', o.number) WHERE o.commitment_id = ? AND "
               "o.state = 1 ORDER BY day, o.number LIMIT 1",
               {id}, [&](const mysql::Row& row) {
                 next = Next{row.Int(0), row.Day(1)};
                 return absl::OkStatus();
               }));
  return next;
}

}  // namespace

absl::Status SetNextDue(ledger::Transaction& tx, const std::vector<StoredObligation>& moved) {
  std::set<std::string> commitments;
  for (const StoredObligation& one : moved) {
    // "commitments/{id}/occurrences/{number}"; confirmations have no place in the lists.
    const std::vector<std::string> parts = absl::StrSplit(one.obligation.resource, '/');
    if (one.obligation.kind == ObligationKind::kFulfil && parts.size() == 4 &&
        parts[0] == "commitments") {
      commitments.insert(parts[1]);
    }
  }
  for (const std::string& id : commitments) {
    ASSIGN_OR_RETURN(const std::optional<Next> next, FindNext(tx.db(), id));
    if (!next.has_value()) continue;
    RETURN_IF_ERROR(tx.db()
                        .Execute("UPDATE commitments SET next_number = ?, next_due = ? WHERE id = "
                                 "? AND next_number > 0",
                                 {next->number, next->day, id})
                        .status());
  }
  return absl::OkStatus();
}

}  // namespace phoihop::agreements::plans
