#include "services/reporting/rpc/scope.h"

#include <algorithm>
#include <optional>

#include "absl/time/clock.h"
#include "common/status/errors.h"
#include "services/reporting/domain/layout.h"

namespace phoihop::reporting {

absl::Status RequireDays(const access::Snapshot& snapshot, const access::Caller& caller,
                         std::string_view permission, int64_t unit, DayInterval days,
                         std::string_view resource_type, std::string_view name) {
  const std::optional<absl::CivilDay> last = LastDayOf(*snapshot.tree, unit, days);
  if (!last.has_value()) return NotFound(resource_type, name);
  return access::RequireUnit(snapshot, caller, permission, unit, *last, resource_type, name);
}

absl::Time ReadDeadline(const rpc::RequestContext& ctx) {
  return std::min(ctx.deadline(), absl::Now() + absl::Seconds(30));
}

}  // namespace phoihop::reporting
