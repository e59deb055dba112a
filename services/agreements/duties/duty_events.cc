#include "services/agreements/duties/duty_events.h"

#include <optional>
#include <set>
#include <vector>

#include "common/ledger/command.h"
#include "common/status/macros.h"
#include "services/agreements/duties/methods.h"
#include "services/agreements/duties/obligations.h"

namespace phoihop::agreements::duties {

absl::Status DutyEvents::EventChanged(ledger::Transaction& tx, const EventChange& change,
                                      const WorkCalendar& calendar) {
  if (!change.moves()) return absl::OkStatus();
  // In the order in which they are locked.
  ASSIGN_OR_RETURN(const std::vector<DutyKey> known,
                   parts_.store->CountedFrom(tx, change.after.id));
  std::set<DutyKey> affected(known.begin(), known.end());
  if (change.holds()) {
    ASSIGN_OR_RETURN(
        const std::vector<DutyKey> counting,
        parts_.store->CountingFrom(tx, change.after.unit, change.after.kind, change.after.date));
    affected.insert(counting.begin(), counting.end());
  }
  std::optional<Agreement> agreement;
  for (const DutyKey& key : affected) {
    if (!agreement.has_value() || agreement->id != key.agreement) {
      ASSIGN_OR_RETURN(agreement, parts_.agreements->Lock(tx, key.agreement));
    }
    // Under an agreement that ended early nothing new is owed.
    const bool owed = agreement.has_value() && (agreement->state == State::kInForce ||
                                                agreement->state == State::kConcluded);
    std::optional<absl::CivilDay> last;
    if (owed) last = LastDay(*agreement);
    RETURN_IF_ERROR(Follow(tx, key.duty, last, change.after, calendar));
  }
  return absl::OkStatus();
}

absl::Status DutyEvents::Follow(ledger::Transaction& tx, const std::string& id,
                                std::optional<absl::CivilDay> last, const Event& event,
                                const WorkCalendar& calendar) {
  ASSIGN_OR_RETURN(const std::optional<Duty> duty, parts_.store->LockDuty(tx, id));
  if (!duty.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<Occurrence> occurrences, parts_.store->OccurrencesOf(tx, id));
  const Occurrence* live = nullptr;
  for (const Occurrence& occurrence : occurrences) {
    if (occurrence.event == event.id && occurrence.state != OccurrenceState::kCancelled) {
      live = &occurrence;
    }
  }
  if (live == nullptr) {
    if (!last.has_value() || !CountsFrom(*duty, event)) return absl::OkStatus();
    const int number = occurrences.empty() ? 1 : occurrences.back().number + 1;
    const std::optional<Occurrence> added = AddOccurrence(*duty, number, event, calendar);
    if (!added.has_value() || added->due.day > *last) return absl::OkStatus();
    return SaveSchedule(parts_, tx, *duty, {*added});
  }
  if (!FollowsEvent(*live, tx.now())) return absl::OkStatus();
  Occurrence moved = MoveOccurrence(*duty, *live, event, calendar);
  if (last.has_value() && moved.due.day != live->due.day && moved.due.day > *last) {
    moved = CancelOccurrence(*live);
  }
  RETURN_IF_ERROR(SaveSchedule(parts_, tx, *duty, {moved}));
  if (moved.state == live->state && moved.due.day == live->due.day) return absl::OkStatus();
  return parts_.book->Tell(tx, {MoveNotice(*duty, moved)});
}

}  // namespace phoihop::agreements::duties
