// Who may write which body.
#ifndef PHOIHOP_SERVICES_DIRECTORY_RPC_BODY_SCOPE_H_
#define PHOIHOP_SERVICES_DIRECTORY_RPC_BODY_SCOPE_H_

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/access/snapshot.h"
#include "common/names/names.h"

namespace phoihop::directory {

inline constexpr std::string_view kBodyType = "phoihop.directory.v1.Body";
inline constexpr std::string_view kUnitType = "phoihop.directory.v1.AdministrativeUnit";
inline constexpr std::string_view kWriteBodies = "directory.body.write";

// The day on which scope over a unit is judged: today, or the last day of a unit
// that has ended, since bodies of the past are recorded too.
inline absl::CivilDay ScopeDay(const access::Unit* unit, absl::CivilDay today) {
  if (unit == nullptr || unit->versions.empty()) return today;
  const absl::CivilDay first = unit->versions.front().from;
  const absl::CivilDay last = unit->versions.back().until - 1;
  return std::max(first, std::min(today, last));
}

// OK when the caller may write bodies of this unit; otherwise NOT_FOUND for the resource.
inline absl::Status RequireBodyWriter(const access::Snapshot& snapshot,
                                      const access::Caller& caller, int64_t unit,
                                      absl::CivilDay today, std::string_view resource_type,
                                      std::string_view name) {
  return access::RequireUnit(snapshot, caller, kWriteBodies, unit,
                             ScopeDay(snapshot.tree->Find(unit), today), resource_type, name);
}

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_RPC_BODY_SCOPE_H_
