#include "services/agreements/duties/duty_terms.h"

#include <optional>
#include <vector>

#include "common/ledger/command.h"
#include "common/status/macros.h"
#include "services/agreements/duties/methods.h"
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

}  // namespace phoihop::agreements::duties
