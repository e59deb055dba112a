// Who may see what is due. Pure functions of a snapshot of tree and grants.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_DUE_SCOPE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_DUE_SCOPE_H_

#include <cstdint>
#include <memory>
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

// A unit, ascending all units whose due is seen there: those of its subtree on `day`, and those
// that had ended by then and lay below it on their last day, since nobody else above them would see
// what they still owe. Each with the unit directly below the root through which it belongs there;
// for the root itself the root.
struct UnitBelow {
  int64_t unit = 0;
  int64_t through = 0;

  friend bool operator==(const UnitBelow&, const UnitBelow&) = default;
};
std::vector<UnitBelow> UnitsBelow(const std::shared_ptr<const access::UnitTree>& tree, int64_t root,
                                  absl::CivilDay day);

// For whom a caller acts: the bodies that grants name, and every body within the subtrees of the
// units of grants that name none. One who acts for a body by the token acts for that alone.
struct ActsFor {
  std::vector<std::string> bodies;
  // Ascending, each once, with what lies below them; see UnitsBelow.
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
bool IsTold(const ActsFor& caller, const StoredNotice& notice);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_DUE_SCOPE_H_
