// The directory's messages as values for deciding access.
#ifndef PHOIHOP_COMMON_ACCESS_DIRECTORY_MESSAGES_H_
#define PHOIHOP_COMMON_ACCESS_DIRECTORY_MESSAGES_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/access/body_lineage.h"
#include "common/access/grants.h"
#include "common/access/unit_tree.h"
#include "common/time/work_calendar.h"

namespace phoihop::directory::v1 {
class Body;
class Grant;
class TreeSnapshot;
class WorkCalendar;
}  // namespace phoihop::directory::v1

namespace phoihop::access {

// INTERNAL for a day that cannot be read.
absl::StatusOr<std::shared_ptr<const UnitTree>> TreeFromMessage(
    const directory::v1::TreeSnapshot& message);

// INTERNAL for a day that cannot be read.
absl::StatusOr<std::shared_ptr<const WorkCalendar>> CalendarFromMessage(
    const directory::v1::WorkCalendar& message);

// INTERNAL for a day or a unit that cannot be read.
absl::StatusOr<BodyChanges> BodyFromMessage(const directory::v1::Body& message);

absl::StatusOr<Grant> GrantFromMessage(const directory::v1::Grant& message);

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_DIRECTORY_MESSAGES_H_
