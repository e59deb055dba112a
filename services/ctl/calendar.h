// `phoihopctl calendar ...`: the yearly tables of working days.
#ifndef PHOIHOP_SERVICES_CTL_CALENDAR_H_
#define PHOIHOP_SERVICES_CTL_CALENDAR_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/ctl/commands.h"

namespace phoihop::directory::v1 {
class CalendarYear;
}  // namespace phoihop::directory::v1

namespace phoihop::ctl {

// A table from the text of a JSON file. INVALID_ARGUMENT when it is none.
absl::StatusOr<directory::v1::CalendarYear> ReadCalendar(const std::string& text);

int ImportCalendars(Client& client, const Arguments& files);
int ListCalendars(Client& client, const Arguments& arguments);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_CALENDAR_H_
