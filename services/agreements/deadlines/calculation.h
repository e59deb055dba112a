// Pieces of the sentences that tell how a due day was found. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_CALCULATION_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_CALCULATION_H_

#include <string>

#include "absl/time/civil_time.h"
#include "common/status/errors.h"
#include "common/time/civil.h"
#include "common/time/work_calendar.h"

namespace phoihop::agreements {

// "Thứ Sáu", "Friday".
Text WeekdayName(absl::CivilDay day);

// "16/02/2026 đến 20/02/2026", "2026-02-16 to 2026-02-20"; one day alone when it is one.
Text RangeText(DayInterval days);

// Why `day` is not worked: "Chủ nhật", "ngày nghỉ (Tết Nguyên đán)".
Text WhyOff(absl::CivilDay day, const WorkCalendar& calendar);

// What makes counting through `days` differ from leaving out Saturdays and Sundays alone: the
// days off with their names, the weekend days that are worked, and the years without a table.
// Sentences, each with a space before it; empty when nothing differs.
Text Exceptions(DayInterval days, const WorkCalendar& calendar);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_CALCULATION_H_
