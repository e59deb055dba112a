// What the worker keeps up: figures by day, the calendar that it follows, old rows.
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "services/agreements/deadlines/calendar_digest.h"
#include "services/agreements/deadlines/runner.h"

namespace phoihop::agreements {
namespace {

// How long one read or write may take, in the machine's own time.
constexpr absl::Duration kLimit = absl::Seconds(30);

// Rows of one transaction.
constexpr int kRollBatch = 500;
constexpr int kPassedBatch = 1000;
constexpr int kForgetBatch = 1000;
constexpr int kRemoveBatch = 1000;

}  // namespace

absl::StatusOr<int> Runner::Roll(absl::CivilDay today) {
  ASSIGN_OR_RETURN(const std::vector<RunnerStore::FigureKey> behind,
                   options_.store->FiguresBehind(today, kRollBatch, absl::Now() + kLimit));
  if (behind.empty()) return 0;
  int rolled = 0;
  RETURN_IF_ERROR(Commit("RollFigures", [&](ledger::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(rolled, RunnerStore::RollFigures(tx, today, behind));
    return absl::OkStatus();
  }));
  // Those that another worker rolled meanwhile count as done, too: there may be more.
  return static_cast<int>(behind.size());
}

absl::StatusOr<int> Runner::TellPassed(absl::CivilDay today) {
  ASSIGN_OR_RETURN(const bool told, options_.store->ToldUntil(today, absl::Now() + kLimit));
  if (told) return 0;
  int passed = 0;
  RETURN_IF_ERROR(Commit("TellPassed", [&](ledger::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(passed, RunnerStore::TellPassed(tx, today, kPassedBatch));
    return absl::OkStatus();
  }));
  return passed;
}

absl::Status Runner::FollowCalendar(const WorkCalendar& calendar) {
  const RunnerStore::Calendar current{calendar.revision(), DigestOf(calendar)};
  ASSIGN_OR_RETURN(const std::optional<RunnerStore::Calendar> followed,
                   options_.store->ReadCalendar(absl::Now() + kLimit));
  if (followed == current) {
    unexpected_calendar_.clear();
    return absl::OkStatus();
  }
  const bool restored = followed.has_value() && current.revision <= followed->revision;
  if (restored) {
    const std::string seen = absl::StrCat(current.revision, " ", current.digest);
    const absl::Time now = absl::Now();
    if (unexpected_calendar_ != seen) {
      unexpected_calendar_ = seen;
      unexpected_since_ = now;
    }
    if (now - unexpected_since_ < options_.restore_patience) return absl::OkStatus();
    LogWarning("the working-day calendar went back; every open due day is computed anew",
               {{"revision", current.revision}, {"before", followed->revision}});
    ASSIGN_OR_RETURN(const bool done, Repeat([&]() -> absl::StatusOr<int> {
                       int marked = 0;
                       RETURN_IF_ERROR(Commit("Restore", [&](ledger::Transaction& tx) {
                         return RunnerStore::Forget(tx, current.revision, kForgetBatch, marked);
                       }));
                       return marked;
                     }));
    // The rest comes in the next round.
    if (!done) return absl::OkStatus();
  }
  unexpected_calendar_.clear();
  return Commit("FollowCalendar",
                [&](ledger::Transaction& tx) { return RunnerStore::Follow(tx, current); });
}

absl::Status Runner::CleanUp(absl::CivilDay today) {
  const absl::Time now = options_.clock->Now();
  const auto remove = [&](const std::function<absl::StatusOr<int>(ledger::Transaction&)>& some) {
    return Repeat([&]() -> absl::StatusOr<int> {
             int removed = 0;
             RETURN_IF_ERROR(Commit("CleanUp", [&](ledger::Transaction& tx) -> absl::Status {
               ASSIGN_OR_RETURN(removed, some(tx));
               return absl::OkStatus();
             }));
             return removed;
           })
        .status();
  };
  RETURN_IF_ERROR(remove(
      [&](ledger::Transaction& tx) { return RunnerStore::RemoveZeros(tx, today, kRemoveBatch); }));
  RETURN_IF_ERROR(remove([&](ledger::Transaction& tx) {
    return RunnerStore::PruneChanges(tx, now - options_.keep_changes, kRemoveBatch);
  }));
  return remove([&](ledger::Transaction& tx) {
    return RunnerStore::PruneNotices(tx, now - options_.keep_notices, kRemoveBatch);
  });
}

}  // namespace phoihop::agreements
