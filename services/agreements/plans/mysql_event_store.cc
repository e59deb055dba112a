#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "services/agreements/plans/event_store.h"
#include "services/agreements/plans/rows.h"

namespace phoihop::agreements {
namespace {

// Locks the row, which it makes when there is none.
constexpr std::string_view kLockUnit =
    "INSERT INTO event_units (unit_id) VALUES (?) ON DUPLICATE KEY UPDATE unit_id = unit_id";

absl::StatusOr<std::vector<Event>> Load(mysql::Connection& db, std::string_view where,
                                        const std::vector<mysql::Value>& params) {
  std::vector<Event> events;
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", AbslView(plans::kEventColumns),
                                        " FROM events e WHERE ", AbslView(where)),
                           params, [&](const mysql::Row& row) {
                             events.push_back(plans::EventOf(row));
                             return absl::OkStatus();
                           }));
  return events;
}

std::optional<Event> First(std::vector<Event> events) {
  if (events.empty()) return std::nullopt;
  return std::move(events.front());
}

absl::Status LockUnit(ledger::Transaction& tx, int64_t unit) {
  return tx.db().Execute(kLockUnit, {unit}).status();
}

class MysqlEventStore : public EventStore {
 public:
  explicit MysqlEventStore(mysql::Pool* pool) : pool_(*pool) {}

  absl::StatusOr<std::vector<Event>> EventsOf(ledger::Transaction& tx, int64_t unit,
                                              const std::string& kind,
                                              const DayInterval& interval) override {
    RETURN_IF_ERROR(LockUnit(tx, unit));
    return Load(tx.db(),
                "e.unit_id = ? AND e.kind = ? AND e.event_date BETWEEN ? AND ? AND e.state = 1 "
                "ORDER BY e.event_date, e.id",
                {unit, kind, interval.first, interval.last});
  }

  absl::StatusOr<std::optional<Event>> Find(const std::string& id, absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) -> absl::StatusOr<std::optional<Event>> {
                         ASSIGN_OR_RETURN(auto found, Load(db, "e.id = ?", {id}));
                         return First(std::move(found));
                       });
  }

  absl::StatusOr<std::optional<Event>> Lock(ledger::Transaction& tx,
                                            const std::string& id) override {
    // An event never changes its unit, so that may be read before it is locked.
    ASSIGN_OR_RETURN(const auto seen, Load(tx.db(), "e.id = ?", {id}));
    if (seen.empty()) return std::optional<Event>();
    RETURN_IF_ERROR(LockUnit(tx, seen.front().unit));
    ASSIGN_OR_RETURN(auto found, Load(tx.db(), "e.id = ? FOR UPDATE", {id}));
    return First(std::move(found));
  }

  absl::Status Insert(ledger::Transaction& tx, const Event& event) override {
    RETURN_IF_ERROR(LockUnit(tx, event.unit));
    return tx.db()
        .Execute(
            "INSERT INTO events (id, unit_id, kind, event_date, title, title_fold, state, "
            "cancel_reason, create_time, update_time, revision) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            {event.id, event.unit, event.kind, event.date, event.title, Fold(event.title),
             static_cast<int64_t>(event.state), event.cancel_reason, event.create_time,
             event.update_time, event.revision})
        .status();
  }

  absl::Status Replace(ledger::Transaction& tx, const Event& before, const Event& after) override {
    ASSIGN_OR_RETURN(
        const int64_t found,
        tx.db().Execute(
            "UPDATE events SET event_date = ?, title = ?, title_fold = ?, state = ?, "
            "cancel_reason = ?, update_time = ?, revision = ? "
            "WHERE id = ? AND revision = ?",
            {after.date, after.title, Fold(after.title), static_cast<int64_t>(after.state),
             after.cancel_reason, after.update_time, after.revision, before.id, before.revision}));
    if (found != 1) return Internal("an event was changed without being locked");
    return absl::OkStatus();
  }

 private:
  mysql::Pool& pool_;
};

}  // namespace

std::unique_ptr<EventStore> NewMysqlEventStore(mysql::Pool* pool) {
  return std::make_unique<MysqlEventStore>(pool);
}

}  // namespace phoihop::agreements
