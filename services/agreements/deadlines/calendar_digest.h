// Tells working-day calendars apart by what they say.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_CALENDAR_DIGEST_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_CALENDAR_DIGEST_H_

#include <string>

#include "common/time/work_calendar.h"

namespace phoihop::agreements {

// SHA-256, in hex, of the tables of all years; the revision is not part of it.
std::string DigestOf(const WorkCalendar& calendar);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_CALENDAR_DIGEST_H_
