// Keeps the occurrences of commitments with the events that they count from.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_COMMITMENT_EVENTS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_COMMITMENT_EVENTS_H_

#include "services/agreements/plans/event_store.h"
#include "services/agreements/plans/handlers.h"

namespace phoihop::agreements::plans {

// Adds an occurrence to every commitment that counts from a new event, moves the open ones
// of one that moved, cancels those of one that does not take place, also not in the plan's
// time any more. What is overdue stays as it is. `parts` outlives it.
class CommitmentEvents : public EventListener {
 public:
  explicit CommitmentEvents(const PlanParts* parts) : parts_(*parts) {}

  absl::Status EventChanged(ledger::Transaction& tx, const EventChange& change,
                            const WorkCalendar& calendar) override;

 private:
  // `last` is the agreement's last day.
  absl::Status Follow(ledger::Transaction& tx, const CommitmentKey& key, absl::CivilDay last,
                      const Event& event, const WorkCalendar& calendar);

  const PlanParts& parts_;
};

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_COMMITMENT_EVENTS_H_
