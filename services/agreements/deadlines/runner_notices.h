// What the worker tells bodies and leaders. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RUNNER_NOTICES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RUNNER_NOTICES_H_

#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "common/access/unit_tree.h"
#include "common/time/work_calendar.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/deadlines/stored_obligation.h"

namespace phoihop::agreements {

// To the owing body: another calendar, or a rule computed anew, moved its due day.
Notice MovedNotice(const StoredObligation& before, const StoredObligation& after);

// To whom the step tells it; nothing when there is nobody, above the country. `body_name` is that
// of the owing body, for leaders; empty when it is not known.
std::optional<Notice> StepNotice(const StoredObligation& stored, const EscalationStep& step,
                                 const std::string& body_name, absl::CivilDay today,
                                 const WorkCalendar& calendar, const access::UnitTree& tree);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RUNNER_NOTICES_H_
