// What is due, as the handlers of this room read and change it. Handlers and tests see this
// interface; only main.cc knows the database behind it.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_DUE_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_DUE_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/filter/filter.h"
#include "common/time/civil.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/deadlines/stored_obligation.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger

namespace phoihop::agreements {

// An obligation with what decides who may see it.
struct DueRecord {
  StoredObligation stored;
  // First day of its agreement's term; nothing when the agreement is not known.
  std::optional<absl::CivilDay> term_start;
};

// Where a list goes on: after this obligation, in order of due day and id.
struct DueCursor {
  absl::CivilDay due_day;
  std::string id;

  friend bool operator==(const DueCursor&, const DueCursor&) = default;
};

// Which open obligations are listed: those of any of the bodies or units.
struct DueQuery {
  std::vector<std::string> bodies = {};
  // Ascending, each once.
  std::vector<int64_t> units = {};
  std::optional<ObligationKind> kind = std::nullopt;
  // Due within these days.
  std::optional<DayInterval> due = std::nullopt;
  filter::Expr filter = {};
  std::optional<DueCursor> after = std::nullopt;
  // Obligations on a page, 1 to 500.
  int limit = 50;
  // Whether an obligation may be shown; empty for all.
  std::function<bool(const DueRecord&)> visible = {};
};

struct DuePage {
  std::vector<DueRecord> records;
  // Nothing on the last page. A page that is not full may have a next one.
  std::optional<DueCursor> next;
  // The position of the log of changes that this includes.
  int64_t position = 0;
};

// What is due at a unit or a body.
struct DueNumbers {
  int64_t open = 0;
  int64_t overdue = 0;
  int64_t upcoming = 0;
  int64_t on_time = 0;
  int64_t late = 0;

  DueNumbers& operator+=(const DueNumbers& other) {
    open += other.open;
    overdue += other.overdue;
    upcoming += other.upcoming;
    on_time += other.on_time;
    late += other.late;
    return *this;
  }
  friend bool operator==(const DueNumbers&, const DueNumbers&) = default;
};

struct SummaryQuery {
  int64_t unit = 0;
  // The unit's subtree, itself included.
  std::vector<int64_t> units = {};
  absl::CivilDay today = {};
  int upcoming_days = 7;
};

struct SummaryNumbers {
  absl::flat_hash_map<int64_t, DueNumbers> by_unit;
  // Of the unit's own bodies.
  std::map<std::string, DueNumbers> by_body;
};

struct StoredNotice {
  std::string id;
  Notice notice;
  absl::Time create_time;
  std::optional<absl::Time> acknowledge_time;
  std::string acknowledged_by;
};

// What changed after a position.
struct DueChanges {
  // Each obligation once, as it is now, in order of its last change.
  std::vector<DueRecord> records;
  // What was told, in order.
  std::vector<StoredNotice> notices;
  // Everything up to here is included.
  int64_t position = 0;
  // Changes after the position asked were removed already, or there never was such a one.
  bool expired = false;
};

// After this notice, in order of time and id, both descending.
struct NoticeCursor {
  absl::Time create_time;
  std::string id;

  friend bool operator==(const NoticeCursor&, const NoticeCursor&) = default;
};

// Which notices are listed.
struct NoticeQuery {
  // To these bodies.
  std::vector<std::string> bodies = {};
  // To any body of these units, and to the leaders of those.
  std::vector<int64_t> units = {};
  std::vector<int64_t> led_units = {};
  bool unread_only = false;
  std::optional<NoticeCursor> after = std::nullopt;
  int limit = 50;
};

struct NoticePage {
  std::vector<StoredNotice> notices;
  std::optional<NoticeCursor> next;
};

// Thread safe.
class DueStore {
 public:
  virtual ~DueStore() = default;

  // Reads see what is committed.
  virtual absl::StatusOr<DuePage> List(const DueQuery& query, absl::Time deadline) = 0;
  virtual absl::StatusOr<std::optional<DueRecord>> Find(const std::string& id,
                                                        absl::Time deadline) = 0;
  virtual absl::StatusOr<SummaryNumbers> Summarise(const SummaryQuery& query,
                                                   absl::Time deadline) = 0;
  // At most `limit` changes after a position; without one only where the log stands.
  virtual absl::StatusOr<DueChanges> Changes(std::optional<int64_t> after, int limit,
                                             absl::Time deadline) = 0;
  virtual absl::StatusOr<NoticePage> ListNotices(const NoticeQuery& query, absl::Time deadline) = 0;
  virtual absl::StatusOr<std::optional<StoredNotice>> FindNotice(const std::string& id,
                                                                 absl::Time deadline) = 0;

  // The rest belongs to a write and runs in its transaction.

  // Locks the agreement, as every writer of the service does first, then the obligation.
  virtual absl::StatusOr<std::optional<DueRecord>> Lock(ledger::Transaction& tx,
                                                        const std::string& agreement,
                                                        const std::string& id) = 0;
  // Stores `after` in place of the locked `before`; sets its time and revision.
  virtual absl::Status Save(ledger::Transaction& tx, const StoredObligation& before,
                            StoredObligation& after) = 0;
  // Marks a notice as read unless it is; gives it as it is then.
  virtual absl::StatusOr<std::optional<StoredNotice>> Acknowledge(ledger::Transaction& tx,
                                                                  const std::string& id,
                                                                  const std::string& member) = 0;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_DUE_STORE_H_
