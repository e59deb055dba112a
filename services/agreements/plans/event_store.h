// Where events are kept, and who is told in the same transaction when one changes: the rooms
// whose due dates count from events.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_EVENT_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_EVENT_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/time/civil.h"
#include "common/time/work_calendar.h"
#include "services/agreements/plans/event.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger
namespace phoihop::mysql {
class Pool;
}  // namespace phoihop::mysql

namespace phoihop::agreements {

// An event was created (`before` is nothing), moved, renamed or cancelled.
struct EventChange {
  std::optional<Event> before;
  Event after;

  // Whether the event now is where due dates count from it, and before.
  bool holds() const { return after.state == EventState::kScheduled; }
  bool held() const { return before.has_value() && before->state == EventState::kScheduled; }
  // Whether due dates change at all.
  bool moves() const { return held() != holds() || (holds() && before->date != after.date); }
};

// A room whose due dates count from events: puts, moves or withdraws obligations of its
// resources that count from events of this kind at this unit, in the transaction that
// changes the event. What was met stays as it is.
//
// Two commands that miss each other's row are kept apart by the unit's events, which both
// lock: the event's command before it calls this, everybody else by EventsOf. The locks of
// agreements are taken after that here, and before it elsewhere; where two commands meet,
// the database reruns one of them.
class EventListener {
 public:
  virtual ~EventListener() = default;

  virtual absl::Status EventChanged(ledger::Transaction& tx, const EventChange& change,
                                    const WorkCalendar& calendar) = 0;
};

// Thread safe. Everything but Find runs in a command's transaction.
class EventStore {
 public:
  virtual ~EventStore() = default;

  // The scheduled events of a kind at a unit on days of the interval, in order of date. Locks
  // the unit's events until the transaction ends, so that none that comes up meanwhile is
  // missed.
  virtual absl::StatusOr<std::vector<Event>> EventsOf(ledger::Transaction& tx, int64_t unit,
                                                      const std::string& kind,
                                                      const DayInterval& interval) = 0;

  // The event, or nothing.
  virtual absl::StatusOr<std::optional<Event>> Find(const std::string& id, absl::Time deadline) = 0;

  // The event, locked together with all events of its unit; nothing when there is none.
  virtual absl::StatusOr<std::optional<Event>> Lock(ledger::Transaction& tx,
                                                    const std::string& id) = 0;

  // Stores a new event; locks the events of its unit.
  virtual absl::Status Insert(ledger::Transaction& tx, const Event& event) = 0;

  // Stores `after` in place of the locked `before`.
  virtual absl::Status Replace(ledger::Transaction& tx, const Event& before,
                               const Event& after) = 0;
};

// Kept in the tables of 0007_plans.sql; `pool` outlives it.
std::unique_ptr<EventStore> NewMysqlEventStore(mysql::Pool* pool);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_EVENT_STORE_H_
