#include <string_view>
#include <utility>

#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "services/agreements/plans/plan_figures.h"

namespace phoihop::agreements {
namespace {

// A calendar moves what is open by no more days than this away from the day as planned.
constexpr int kMargin = 60;

// One range of the index by_agreement; only open rows look at their obligation, which has
// the day as the calendar moved it.
constexpr std::string_view kCount =
    "SELECT o.lead_id, COUNT(*), SUM(o.state = 3), SUM(o.state = 3 AND o.late = 0) "
    "FROM commitment_occurrences o LEFT JOIN obligations b ON o.state = 1 AND "
    "b.obligation_key = CONCAT('fulfil:', o.commitment_id, ':', o.number) "
    "WHERE o.agreement_id = ? AND o.due_day BETWEEN ? AND ? AND o.state <> 4 AND "
    "COALESCE(b.due_day, o.due_day) BETWEEN ? AND ? GROUP BY o.lead_id ORDER BY o.lead_id";

absl::StatusOr<std::vector<CommitmentCount>> Read(mysql::Connection& db,
                                                  const std::string& agreement,
                                                  const DayInterval& interval) {
  std::vector<CommitmentCount> counts;
  RETURN_IF_ERROR(db.Query(
      kCount,
      {agreement, interval.first - kMargin, interval.last + kMargin, interval.first, interval.last},
      [&](const mysql::Row& row) {
        counts.push_back({row.Text(0), row.Int(1), row.Int(2), row.Int(3)});
        return absl::OkStatus();
      }));
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
