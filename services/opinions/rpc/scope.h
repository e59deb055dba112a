// Which days of a unit a caller may see or write. Each record is judged by the tree
// of its own day: who had the unit then, has its records of then.
#ifndef PHOIHOP_SERVICES_OPINIONS_RPC_SCOPE_H_
#define PHOIHOP_SERVICES_OPINIONS_RPC_SCOPE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/access/snapshot.h"
#include "common/time/civil.h"
#include "services/opinions/domain/counting.h"

namespace phoihop::opinions {

// Permissions of the contract's access rules.
inline constexpr std::string_view kEntryRead = "opinions.entry.read";
inline constexpr std::string_view kEntryWrite = "opinions.entry.write";
inline constexpr std::string_view kPetitionRead = "opinions.petition.read";
inline constexpr std::string_view kPetitionWrite = "opinions.petition.write";

// The one answer for a unit that does not exist and for one out of scope.
absl::Status UnitNotFound(int64_t unit);

// Whether a record of `day` may be written at a unit.
enum class UnitDay {
  kAllowed,
  // The caller has the unit, but there was no such unit on that day.
  kNoSuchUnitThen,
  // Answered by UnitNotFound.
  kDenied,
};
UnitDay JudgeUnitDay(const access::Snapshot& snapshot, const access::Caller& caller,
                     std::string_view permission, int64_t unit, absl::CivilDay day);

// The days within `days` on which the unit existed and the caller had it, in order
// of time, for lists. UnitNotFound when there are none.
absl::StatusOr<std::vector<DayInterval>> DaysInScope(const access::Snapshot& snapshot,
                                                     const access::Caller& caller,
                                                     std::string_view permission, int64_t unit,
                                                     DayInterval days);

// OK when the unit existed within `days` and the caller had it on all days on which
// it did: a count of only some of them would look like all. UnitNotFound otherwise.
absl::Status RequireThroughout(const access::Snapshot& snapshot, const access::Caller& caller,
                               std::string_view permission, int64_t unit, DayInterval days);

// The units that count for `unit` within `days`, each on the days on which the tree had
// it there.
std::vector<UnitDays> UnitDaysWithin(const access::Snapshot& snapshot, int64_t unit,
                                     DayInterval days);

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_RPC_SCOPE_H_
