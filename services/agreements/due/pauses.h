// Pauses of a deadline. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_PAUSES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_PAUSES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/time/civil.h"
#include "common/time/work_calendar.h"
#include "services/agreements/deadlines/stored_obligation.h"

namespace phoihop::agreements {

// Days of the longest pause.
inline constexpr int kMaxPauseDays = 366;

// The obligation with a pause more, its due day computed anew. Errors as the contract has them.
absl::StatusOr<StoredObligation> Paused(const StoredObligation& before, DayInterval days,
                                        const std::string& reason, absl::CivilDay today,
                                        const WorkCalendar& calendar);

// The obligation with the pause that has not ended cut off before `today`.
absl::StatusOr<StoredObligation> Resumed(const StoredObligation& before, const std::string& reason,
                                         absl::CivilDay today, const WorkCalendar& calendar);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_PAUSES_H_
