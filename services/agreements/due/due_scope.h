// Who may see what is due. Pure functions of a snapshot of tree and grants.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_DUE_SCOPE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_DUE_SCOPE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/access/snapshot.h"
#include "services/agreements/due/due_store.h"

namespace phoihop::agreements {

inline constexpr std::string_view kDuePermission = "agreements.due.read";
inline constexpr std::string_view kPausePermission = "agreements.plan.write";
// Who holds it at a unit is one of its leaders.
inline constexpr std::string_view kLeadPermission = "agreements.plan.approve";

// For whom a caller acts: the bodies that grants name, and every body within the subtrees of the
// units of grants that name none. One who acts for a body by the token acts for that alone.
struct ActsFor {
  std::vector<std::string> bodies;
  // Ascending, each once, with what lay below them on `today` (or their last day).
  std::vector<int64_t> units;
  // The units of those grants themselves.
  std::vector<int64_t> own_units;
  // The units that the caller leads.
  std::vector<int64_t> led_units;
};
ActsFor WhoseDue(const access::Snapshot& snapshot, const access::Caller& caller,
                 absl::CivilDay today);

// Whether the caller acts for the body that owes this.
bool IsOwn(const access::Snapshot& snapshot, const access::Caller& caller, const DueRecord& record,
           absl::CivilDay today);

// Whether the caller holds the permission over the agreement's unit.
bool MayOn(const access::Snapshot& snapshot, const access::Caller& caller,
           std::string_view permission, const DueRecord& record, absl::CivilDay today);

// Whether the notice is for the caller: to a body for which it acts, or to leaders of whom it is
// one.
bool IsTold(const access::Snapshot& snapshot, const access::Caller& caller,
            const StoredNotice& notice, absl::CivilDay today);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_DUE_SCOPE_H_
