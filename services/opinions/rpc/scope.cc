#include "services/opinions/rpc/scope.h"

#include <algorithm>
#include <optional>

#include "common/names/names.h"
#include "common/status/errors.h"

namespace phoihop::opinions {
namespace {

using access::Unit;
using access::UnitTree;
using access::UnitVersion;

// Longer chains of parents are rings, which no register has.
constexpr int kMaxDepth = 16;

// The last day after `day`, at most `last`, up to which the unit and all units
// above it stay as they are on `day`. The unit exists on `day`.
absl::CivilDay SameUntil(const UnitTree& tree, int64_t unit, absl::CivilDay day,
                         absl::CivilDay last) {
  std::optional<int64_t> at = unit;
  for (int depth = 0; at.has_value() && depth < kMaxDepth; ++depth) {
    const Unit* found = tree.Find(*at);
    const UnitVersion* version = found == nullptr ? nullptr : found->On(day);
    if (version == nullptr) {
      // Above there is a gap, which ends where a version begins.
      if (found != nullptr) {
        for (const UnitVersion& other : found->versions) {
          if (other.from > day) last = std::min(last, other.from - 1);
        }
      }
      break;
    }
    last = std::min(last, version->until - 1);
    at = tree.ParentOn(*at, day);
  }
  return last;
}

struct Scope {
  std::vector<DayInterval> allowed;
  bool exists = false;
  bool denied = false;
};

Scope ScopeOf(const access::Snapshot& snapshot, const access::Caller& caller,
              std::string_view permission, int64_t unit, DayInterval days) {
  Scope scope;
  const Unit* found = snapshot.tree->Find(unit);
  if (found == nullptr) return scope;
  for (const UnitVersion& version : found->versions) {
    const absl::CivilDay last = std::min(version.until - 1, days.last);
    absl::CivilDay day = std::max(version.from, days.first);
    while (day <= last) {
      const absl::CivilDay same = SameUntil(*snapshot.tree, unit, day, last);
      scope.exists = true;
      if (!snapshot.grants->Allows(caller, permission, unit, day, *snapshot.tree)) {
        scope.denied = true;
      } else if (!scope.allowed.empty() && scope.allowed.back().last + 1 == day) {
        scope.allowed.back().last = same;
      } else {
        scope.allowed.push_back({day, same});
      }
      day = same + 1;
    }
  }
  return scope;
}

// A day on which the unit existed, as near to `day` as can be.
std::optional<absl::CivilDay> NearestDay(const Unit& unit, absl::CivilDay day) {
  std::optional<absl::CivilDay> nearest;
  const auto distance = [&](absl::CivilDay other) {
    return other < day ? day - other : other - day;
  };
  for (const UnitVersion& version : unit.versions) {
    for (const absl::CivilDay edge : {version.from, version.until - 1}) {
      if (!nearest.has_value() || distance(edge) < distance(*nearest)) nearest = edge;
    }
  }
  return nearest;
}

}  // namespace

absl::Status UnitNotFound(int64_t unit) {
  return NotFound("phoihop.directory.v1.AdministrativeUnit", UnitName(unit));
}

UnitDay JudgeUnitDay(const access::Snapshot& snapshot, const access::Caller& caller,
                     std::string_view permission, int64_t unit, absl::CivilDay day) {
  const Unit* found = snapshot.tree->Find(unit);
  if (found == nullptr) return UnitDay::kDenied;
  const auto allows = [&](absl::CivilDay on) {
    return snapshot.grants->Allows(caller, permission, unit, on, *snapshot.tree);
  };
  if (found->On(day) != nullptr) return allows(day) ? UnitDay::kAllowed : UnitDay::kDenied;
  const std::optional<absl::CivilDay> nearest = NearestDay(*found, day);
  return nearest.has_value() && allows(*nearest) ? UnitDay::kNoSuchUnitThen : UnitDay::kDenied;
}

absl::StatusOr<std::vector<DayInterval>> DaysInScope(const access::Snapshot& snapshot,
                                                     const access::Caller& caller,
                                                     std::string_view permission, int64_t unit,
                                                     DayInterval days) {
  Scope scope = ScopeOf(snapshot, caller, permission, unit, days);
  if (scope.allowed.empty()) return UnitNotFound(unit);
  return std::move(scope.allowed);
}

absl::Status RequireThroughout(const access::Snapshot& snapshot, const access::Caller& caller,
                               std::string_view permission, int64_t unit, DayInterval days) {
  const Scope scope = ScopeOf(snapshot, caller, permission, unit, days);
  return scope.exists && !scope.denied ? absl::OkStatus() : UnitNotFound(unit);
}

std::vector<UnitDays> UnitDaysWithin(const access::Snapshot& snapshot, int64_t unit,
                                     DayInterval days) {
  std::vector<UnitDays> where;
  for (const access::Membership& m : snapshot.tree->MembershipsWithin(unit, days)) {
    where.push_back({m.unit, {m.from, m.until - 1}});
  }
  return where;
}

}  // namespace phoihop::opinions
