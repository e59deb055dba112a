#include <map>
#include <string_view>
#include <utility>

#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "services/agreements/plans/plan_figures.h"

namespace phoihop::agreements {
namespace {

// What is open is owed on the day that its obligation has, however far a calendar or a pause has
// moved it; what was reported has its day frozen. So each is one range of an index by day:
// by_agreement of obligations (kind 3 is a fulfilment) and of occurrences.
constexpr std::string_view kCount =
    "SELECT body_id, COUNT(*), 0, 0, 0 FROM obligations WHERE agreement_id = ? AND state = 1 AND "
    "due_day BETWEEN ? AND ? AND kind = 3 GROUP BY body_id "
    "UNION ALL "
    "SELECT lead_id, COUNT(*), SUM(state = 3), SUM(state = 3 AND late = 0), SUM(state = 2) "
    "FROM commitment_occurrences WHERE agreement_id = ? AND due_day BETWEEN ? AND ? AND "
    "state IN (2, 3) GROUP BY lead_id";

absl::StatusOr<std::vector<CommitmentCount>> Read(mysql::Connection& db,
                                                  const std::string& agreement,
                                                  const DayInterval& interval) {
  std::map<std::string, CommitmentCount> by_body;
  RETURN_IF_ERROR(db.Query(
      kCount, {agreement, interval.first, interval.last, agreement, interval.first, interval.last},
      [&](const mysql::Row& row) {
        CommitmentCount& count = by_body[row.Text(0)];
        count.body = row.Text(0);
        count.due += row.Int(1);
        count.kept += row.Int(2);
        count.on_time += row.Int(3);
        count.unconfirmed += row.Int(4);
        return absl::OkStatus();
      }));
  std::vector<CommitmentCount> counts;
  for (auto& [body, count] : by_body) counts.push_back(std::move(count));
  return counts;
}

class MysqlCommitmentFigures : public CommitmentFigures {
 public:
  explicit MysqlCommitmentFigures(mysql::Pool* pool) : pool_(*pool) {}

  absl::StatusOr<std::vector<CommitmentCount>> Count(const std::string& agreement,
                                                     const DayInterval& interval,
                                                     absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) { return Read(db, agreement, interval); });
  }

  absl::StatusOr<std::vector<CommitmentCount>> Count(ledger::Transaction& tx,
                                                     const std::string& agreement,
                                                     const DayInterval& interval) override {
    return Read(tx.db(), agreement, interval);
  }

 private:
  mysql::Pool& pool_;
};

}  // namespace

std::unique_ptr<CommitmentFigures> NewMysqlCommitmentFigures(mysql::Pool* pool) {
  return std::make_unique<MysqlCommitmentFigures>(pool);
}

}  // namespace phoihop::agreements
