// Which steps of escalation have come for an obligation. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_ESCALATION_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_ESCALATION_H_

#include <vector>

#include "absl/time/civil_time.h"
#include "common/time/work_calendar.h"
#include "services/agreements/deadlines/obligation.h"

namespace phoihop::agreements {

// The day from which a step holds for what is due on `due`.
absl::CivilDay DayOfStep(const EscalationStep& step, absl::CivilDay due,
                         const WorkCalendar& calendar);

// The latest due day for which the step has come by `today`.
absl::CivilDay LatestDueDay(const EscalationStep& step, absl::CivilDay today,
                            const WorkCalendar& calendar);

// What is to be told now about an obligation whose steps up to the number `handled` are done.
struct StepsToTake {
  // In order; of several steps with one target only the latest, so that after an outage nobody
  // is told twice.
  std::vector<EscalationStep> fire;
  // Number of the last step that has come; `handled` when there is no further one.
  int handled = 0;
};
StepsToTake StepsDue(absl::CivilDay due, int handled, absl::CivilDay today,
                     const WorkCalendar& calendar);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_ESCALATION_H_
