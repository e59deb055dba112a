// Keeps the occurrences of duties with the events that they count from.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_EVENTS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_EVENTS_H_

#include <optional>
#include <string>

#include "services/agreements/duties/handlers.h"
#include "services/agreements/plans/event_store.h"

namespace phoihop::agreements::duties {

// Adds an occurrence to every duty that counts from a new event, moves the open ones of one
// that moved, and cancels those of one that does not take place, also not in the duty's time any
// more. What was delivered stays. Thread safe; `parts` outlives it.
class DutyEvents : public EventListener {
 public:
  explicit DutyEvents(const DutyParts* parts) : parts_(*parts) {}

  absl::Status EventChanged(ledger::Transaction& tx, const EventChange& change,
                            const WorkCalendar& calendar) override;

 private:
  // `last` is the last day on which something new may fall due; nothing where nothing is owed anew.
  absl::Status Follow(ledger::Transaction& tx, const std::string& id,
                      std::optional<absl::CivilDay> last, const Event& event,
                      const WorkCalendar& calendar);

  const DutyParts& parts_;
};

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_EVENTS_H_
