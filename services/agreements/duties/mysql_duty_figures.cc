#include <string_view>
#include <utility>

#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "services/agreements/duties/duty_figures.h"

namespace phoihop::agreements {
namespace {

// The book of obligations is the record of what fell due when, moved days included: kind 5 is
// a delivery, state 2 done.
constexpr std::string_view kDeliveries =
    "SELECT body_id, COUNT(*), SUM(state = 2), SUM(state = 2 AND late = 0) FROM obligations "
    "WHERE agreement_id = ? AND state IN (1, 2) AND due_day BETWEEN ? AND ? AND kind = 5 "
    "GROUP BY body_id ORDER BY body_id";

// One range of the index by_agreement; only open ones look at their obligation, which has the day
// and says whether the answer is owed.
constexpr std::string_view kRequests =
    "SELECT r.to_id, COUNT(*), SUM(r.state = 2), SUM(r.state = 3), "
    "SUM(r.state IN (2, 3) AND r.late = 0), SUM(r.state = 1 AND COALESCE(b.due_day, r.due_day) >= "
    "?) FROM information_requests r LEFT JOIN obligations b ON r.state = 1 AND b.obligation_key = "
    "CONCAT('answer:', r.id) WHERE r.agreement_id = ? AND r.request_day BETWEEN ? AND ? AND "
    "r.state <> 4 AND COALESCE(b.state, 0) <> 3 GROUP BY r.to_id ORDER BY r.to_id";

absl::StatusOr<std::vector<DeliveryCount>> ReadDeliveries(mysql::Connection& db,
                                                          const std::string& agreement,
                                                          const DayInterval& interval) {
  std::vector<DeliveryCount> counts;
  RETURN_IF_ERROR(
      db.Query(kDeliveries, {agreement, interval.first, interval.last}, [&](const mysql::Row& row) {
        counts.push_back({row.Text(0), row.Int(1), row.Int(2), row.Int(3)});
        return absl::OkStatus();
      }));
  return counts;
}

absl::StatusOr<std::vector<RequestCount>> ReadRequests(mysql::Connection& db,
                                                       const std::string& agreement,
                                                       const DayInterval& interval,
                                                       absl::CivilDay today) {
  std::vector<RequestCount> counts;
  RETURN_IF_ERROR(db.Query(
      kRequests, {today, agreement, interval.first, interval.last}, [&](const mysql::Row& row) {
        counts.push_back({row.Text(0), row.Int(1), row.Int(2), row.Int(3), row.Int(4), row.Int(5)});
        return absl::OkStatus();
      }));
  return counts;
}

class MysqlDutyFigures : public DutyFigures {
 public:
  explicit MysqlDutyFigures(mysql::Pool* pool) : pool_(*pool) {}

  absl::StatusOr<std::vector<DeliveryCount>> Deliveries(const std::string& agreement,
                                                        const DayInterval& interval,
                                                        absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) {
      return ReadDeliveries(db, agreement, interval);
    });
  }

  absl::StatusOr<std::vector<RequestCount>> Requests(const std::string& agreement,
                                                     const DayInterval& interval,
                                                     absl::CivilDay today,
                                                     absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) {
      return ReadRequests(db, agreement, interval, today);
    });
  }

  absl::StatusOr<std::vector<DeliveryCount>> Deliveries(ledger::Transaction& tx,
                                                        const std::string& agreement,
                                                        const DayInterval& interval) override {
    return ReadDeliveries(tx.db(), agreement, interval);
  }

  absl::StatusOr<std::vector<RequestCount>> Requests(ledger::Transaction& tx,
                                                     const std::string& agreement,
                                                     const DayInterval& interval) override {
    return ReadRequests(tx.db(), agreement, interval, VietnamDay(tx.now()));
  }

 private:
  mysql::Pool& pool_;
};

}  // namespace

std::unique_ptr<DutyFigures> NewMysqlDutyFigures(mysql::Pool* pool) {
  return std::make_unique<MysqlDutyFigures>(pool);
}

}  // namespace phoihop::agreements
