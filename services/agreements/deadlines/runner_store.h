// What the worker reads and writes in the tables of obligations. On MariaDB.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RUNNER_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RUNNER_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/ledger/command.h"
#include "common/mysql/pool.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/deadlines/stored_obligation.h"

namespace phoihop::agreements {

// Thread safe. Lists are of what is committed; whoever acts on them locks and looks again.
class RunnerStore {
 public:
  // `pool` is for reads and outlives the store.
  explicit RunnerStore(mysql::Pool* pool) : pool_(*pool) {}

  // Ids of at most `limit` open obligations whose due day comes from an older calendar.
  absl::StatusOr<std::vector<std::string>> OlderThan(int64_t calendar_revision, int limit,
                                                     absl::Time deadline) const;

  // Ids of at most `limit` open obligations due until `last_due` whose last step is `escalated`.
  absl::StatusOr<std::vector<std::string>> AtStep(int escalated, absl::CivilDay last_due, int limit,
                                                  absl::Time deadline) const;

  // Body (or empty) and unit of a row of figures.
  using FigureKey = std::pair<std::string, int64_t>;
  // The first rows of figures, in order, that have not been moved on to `today`.
  absl::StatusOr<std::vector<FigureKey>> FiguresBehind(absl::CivilDay today, int limit,
                                                       absl::Time deadline) const;

  // Whether watchers were told of all that was due before `today`.
  absl::StatusOr<bool> ToldUntil(absl::CivilDay today, absl::Time deadline) const;

  // The calendar that due days follow; nothing before the first round.
  struct Calendar {
    int64_t revision = 0;
    std::string digest;

    friend bool operator==(const Calendar&, const Calendar&) = default;
  };
  absl::StatusOr<std::optional<Calendar>> ReadCalendar(absl::Time deadline) const;

  // How much is open and overdue by the figures.
  struct Totals {
    int64_t open = 0;
    int64_t overdue = 0;
  };
  absl::StatusOr<Totals> ReadTotals(absl::Time deadline) const;

  // The rest runs within a write.

  // The obligations of these ids that exist, locked, in order of id. Their agreements are locked
  // before them, as by every writer of the service: so no two wait for each other.
  static absl::StatusOr<std::vector<StoredObligation>> Lock(ledger::Transaction& tx,
                                                            const std::vector<std::string>& ids);
  static absl::Status Save(ledger::Transaction& tx, const StoredObligation& before,
                           StoredObligation& after);

  // Notes that these due days, computed anew, are those of the calendar's revision. The
  // obligations are locked; nobody is told, since nothing moved.
  static absl::Status Confirm(ledger::Transaction& tx, const std::vector<std::string>& ids,
                              int64_t calendar_revision);

  // A step that is taken. A second one of the obligation fails with ALREADY_EXISTS.
  struct Step {
    std::string obligation;
    int number = 0;
    absl::CivilDay due;
  };
  static absl::Status AddSteps(ledger::Transaction& tx, const std::vector<Step>& steps);

  static absl::Status Tell(ledger::Transaction& tx, const Notice& notice);

  // Name of the owing body as a party of the agreement; empty when the agreement has none of it.
  static absl::StatusOr<std::string> PartyName(ledger::Transaction& tx,
                                               const Obligation& obligation);

  // Moves those of these rows of figures, which are in order, on to `today` that are behind; how
  // many.
  static absl::StatusOr<int> RollFigures(ledger::Transaction& tx, absl::CivilDay today,
                                         const std::vector<FigureKey>& keys);

  // Has watchers see at most `limit` open obligations whose due day lies before `today`, each
  // once; how many. What was due before the first call is left out.
  static absl::StatusOr<int> TellPassed(ledger::Transaction& tx, absl::CivilDay today, int limit);

  // Has at most `limit` open obligations whose due days come from this revision or a later one
  // computed anew; `marked` is how many.
  static absl::Status Forget(ledger::Transaction& tx, int64_t revision, int limit, int& marked);

  // Notes the calendar that due days follow.
  static absl::Status Follow(ledger::Transaction& tx, const Calendar& calendar);

  // Removes at most `limit` figures of past days that are zero; how many.
  static absl::StatusOr<int> RemoveZeros(ledger::Transaction& tx, absl::CivilDay today, int limit);

  // Removes at most `limit` of the changes, or notices, from before `until`; how many.
  static absl::StatusOr<int> PruneChanges(ledger::Transaction& tx, absl::Time until, int limit);
  static absl::StatusOr<int> PruneNotices(ledger::Transaction& tx, absl::Time until, int limit);

 private:
  absl::StatusOr<std::vector<std::string>> Ids(std::string_view sql, mysql::Params params,
                                               absl::Time deadline) const;

  mysql::Pool& pool_;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RUNNER_STORE_H_
