#include "services/agreements/plans/commitment_events.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/ledger/command.h"
#include "common/status/macros.h"
#include "services/agreements/plans/methods.h"
#include "services/agreements/plans/obligations.h"
#include "services/agreements/plans/schedule.h"

namespace phoihop::agreements::plans {

absl::Status CommitmentEvents::EventChanged(ledger::Transaction& tx, const EventChange& change,
                                            const WorkCalendar& calendar) {
  if (!change.moves()) return absl::OkStatus();
  // By agreement and commitment, the order in which they are locked.
  std::map<std::pair<std::string, std::string>, CommitmentKey> affected;
  const auto add = [&](const std::vector<CommitmentKey>& keys) {
    for (const CommitmentKey& key : keys) affected[{key.agreement, key.commitment}] = key;
  };
  ASSIGN_OR_RETURN(const std::vector<CommitmentKey> known,
                   parts_.store->CountedFrom(tx, change.after.id));
  add(known);
  if (change.holds()) {
    ASSIGN_OR_RETURN(const std::vector<CommitmentKey> counting,
                     parts_.store->CountingFrom(tx, change.after.unit, change.after.kind,
                                                static_cast<int>(change.after.date.year())));
    add(counting);
  }
  std::optional<Agreement> agreement;
  for (const auto& [order, key] : affected) {
    if (!agreement.has_value() || agreement->id != key.agreement) {
      ASSIGN_OR_RETURN(agreement, parts_.agreements->Lock(tx, key.agreement));
    }
    // Nothing new is owed under one that ended early.
    if (!agreement.has_value() ||
        (agreement->state != State::kInForce && agreement->state != State::kConcluded)) {
      continue;
    }
    RETURN_IF_ERROR(Follow(tx, key, LastDay(*agreement), change.after, calendar));
  }
  return absl::OkStatus();
}

absl::Status CommitmentEvents::Follow(ledger::Transaction& tx, const CommitmentKey& key,
                                      absl::CivilDay last, const Event& event,
                                      const WorkCalendar& calendar) {
  ASSIGN_OR_RETURN(const std::optional<Commitment> commitment,
                   parts_.store->LockCommitment(tx, key.commitment));
  if (!commitment.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<Occurrence> occurrences,
                   parts_.store->OccurrencesOf(tx, key.commitment));
  const Occurrence* live = nullptr;
  for (const Occurrence& occurrence : occurrences) {
    if (occurrence.event == event.id && occurrence.state != OccurrenceState::kCancelled) {
      live = &occurrence;
    }
  }
  // Nothing that falls due after the agreement's last day arises.
  const bool counts = CountsFrom(*commitment, event) &&
                      DueByEvent(commitment->content.rhythm, event.date, calendar).day <= last;
  std::optional<Scheduled> after;
  if (live == nullptr) {
    if (counts) after = AddOccurrence(*commitment, event, calendar, tx.now());
  } else if (FollowsEvent(*live, tx.now())) {
    after = counts ? MoveOccurrence(*commitment, *live, event, calendar, tx.now())
                   : CancelOccurrence(*commitment, *live, tx.now());
    const Occurrence& now = after->occurrences.front();
    if (now.state == OccurrenceState::kCancelled) {
      RETURN_IF_ERROR(parts_.book->Tell(tx, {CancelNotice(after->commitment, now)}));
    } else if (now.due.day != live->due.day) {
      RETURN_IF_ERROR(parts_.book->Tell(tx, {MoveNotice(after->commitment, now)}));
    }
  }
  if (!after.has_value()) return absl::OkStatus();
  return SaveSchedule(parts_, tx, *commitment, *after);
}

}  // namespace phoihop::agreements::plans
