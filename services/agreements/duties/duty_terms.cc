#include "services/agreements/duties/duty_terms.h"

#include <optional>
#include <vector>

#include "common/ledger/command.h"
#include "common/status/macros.h"
#include "services/agreements/duties/methods.h"
#include "services/agreements/duties/obligations.h"
#include "services/agreements/plans/schedule.h"

namespace phoihop::agreements::duties {

absl::Status DutyTerms::TermExtended(ledger::Transaction& tx, const Agreement& before,
                                     const Agreement& after, const WorkCalendar& calendar) {
  const DayInterval due = {LastDay(before) + 1, LastDay(after)};
  ASSIGN_OR_RETURN(const std::vector<DutyKey> keys,
                   parts_.store->DutiesOf(tx, after.unit, after.id));
  for (const DutyKey& key : keys) {
    ASSIGN_OR_RETURN(const std::optional<Duty> duty, parts_.store->LockDuty(tx, key.duty));
    if (!duty.has_value()) continue;
    std::vector<Event> events;
    if (plans::CountsFromEvents(duty->content.rhythm)) {
      ASSIGN_OR_RETURN(
          events, parts_.events->EventsOf(tx, duty->unit, duty->content.rhythm.event, duty->days));
    }
    ASSIGN_OR_RETURN(const std::vector<Occurrence> known,
                     parts_.store->OccurrencesOf(tx, duty->id));
    const std::vector<Occurrence> more = AddLater(*duty, known, due, events, calendar);
    if (!more.empty()) RETURN_IF_ERROR(SaveSchedule(parts_, tx, *duty, more));
  }
  return absl::OkStatus();
}

absl::Status DutyTerms::TermShortened(ledger::Transaction& tx, const Agreement&,
                                      const Agreement& after) {
  const absl::CivilDay last = LastDay(after);
  ASSIGN_OR_RETURN(const std::vector<DutyKey> keys,
                   parts_.store->DutiesOf(tx, after.unit, after.id));
  for (const DutyKey& key : keys) {
    ASSIGN_OR_RETURN(const std::optional<Duty> duty, parts_.store->LockDuty(tx, key.duty));
    if (!duty.has_value()) continue;
    ASSIGN_OR_RETURN(const std::vector<Occurrence> known,
                     parts_.store->OccurrencesOf(tx, duty->id));
    std::vector<Occurrence> cancelled;
    std::vector<Notice> notices;
    for (const Occurrence& occurrence : known) {
      if (occurrence.state != OccurrenceState::kOpen) continue;
      // The book has the day as calendars and pauses have moved it.
      ASSIGN_OR_RETURN(const std::optional<Obligation> owed,
                       parts_.book->Lock(tx, DeliverKey(duty->id, occurrence.number)));
      if ((owed.has_value() ? owed->due.day : occurrence.due.day) <= last) continue;
      cancelled.push_back(CancelOccurrence(occurrence));
      notices.push_back(ShortenedNotice(*duty, cancelled.back(), last));
    }
    if (cancelled.empty()) continue;
    RETURN_IF_ERROR(parts_.book->Tell(tx, notices));
    RETURN_IF_ERROR(SaveSchedule(parts_, tx, *duty, cancelled));
  }
  return absl::OkStatus();
}

}  // namespace phoihop::agreements::duties
