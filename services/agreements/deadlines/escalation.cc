#include "services/agreements/deadlines/escalation.h"

#include <algorithm>

namespace phoihop::agreements {

const std::vector<EscalationStep>& EscalationSteps() {
  using Target = EscalationStep::Target;
  static const auto* const steps = new std::vector<EscalationStep>{
      {1, -3, Target::kBody},
      {2, 1, Target::kBody},
      {3, 5, Target::kUnitLeaders},
      {4, 10, Target::kSuperiorLeaders},
  };
  return *steps;
}

absl::CivilDay DayOfStep(const EscalationStep& step, absl::CivilDay due,
                         const WorkCalendar& calendar) {
  return calendar.Add(due, step.working_days);
}

absl::CivilDay LatestDueDay(const EscalationStep& step, absl::CivilDay today,
                            const WorkCalendar& calendar) {
  // A later due day never has an earlier step, so a walk from today finds the border.
  absl::CivilDay due = today;
  while (DayOfStep(step, due, calendar) > today) --due;
  while (DayOfStep(step, due + 1, calendar) <= today) ++due;
  return due;
}

StepsToTake StepsDue(absl::CivilDay due, int handled, absl::CivilDay today,
                     const WorkCalendar& calendar) {
  StepsToTake result;
  result.handled = handled;
  for (const EscalationStep& step : EscalationSteps()) {
    if (step.number <= handled || DayOfStep(step, due, calendar) > today) continue;
    std::erase_if(result.fire,
                  [&](const EscalationStep& earlier) { return earlier.target == step.target; });
    result.fire.push_back(step);
    result.handled = std::max(result.handled, step.number);
  }
  return result;
}

}  // namespace phoihop::agreements
