#include "common/access/snapshot.h"

#include "common/status/errors.h"

namespace phoihop::access {

StaticSnapshot::StaticSnapshot(std::shared_ptr<const UnitTree> tree, std::vector<Grant> grants)
    : snapshot_{std::move(tree), std::make_shared<const Grants>(std::move(grants)),
                absl::InfiniteFuture(), 0} {}

Caller ActingToday(const Snapshot& snapshot, Caller caller) {
  if (!caller.body.empty() && snapshot.bodies->IsCarriedOn(caller.body, snapshot.today)) {
    caller.body.clear();
  }
  return caller;
}

absl::Status RequireUnit(const Snapshot& snapshot, const Caller& caller,
                         std::string_view permission, int64_t unit, absl::CivilDay day,
                         std::string_view resource_type, std::string_view name) {
  if (snapshot.grants->Allows(caller, permission, unit, day, *snapshot.tree)) {
    return absl::OkStatus();
  }
  return NotFound(resource_type, name);
}

}  // namespace phoihop::access
