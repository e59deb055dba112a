#include "common/access/grants.h"

#include <algorithm>
#include <utility>

#include "common/access/roles.h"

namespace phoihop::access {
namespace {

// Whether the grant says anything about this caller and permission.
bool Counts(const Grant& grant, const Caller& caller, std::string_view permission) {
  if (grant.revoked || !RoleHas(grant.role, permission)) return false;
  return grant.body.empty() || caller.body.empty() || grant.body == caller.body;
}

}  // namespace

Grants::Grants(std::vector<Grant> grants) : grants_(std::move(grants)) {
  for (size_t i = 0; i < grants_.size(); ++i) {
    by_member_[grants_[i].member].push_back(static_cast<int>(i));
  }
}

std::vector<int64_t> Grants::UnitsOf(const Caller& caller, std::string_view permission) const {
  std::vector<int64_t> units;
  if (caller.kind != Caller::kMember) return units;
  const auto held = by_member_.find(caller.name);
  if (held == by_member_.end()) return units;
  for (const int index : held->second) {
    if (Counts(grants_[index], caller, permission)) units.push_back(grants_[index].unit);
  }
  std::sort(units.begin(), units.end());
  units.erase(std::unique(units.begin(), units.end()), units.end());
  return units;
}

bool Grants::Has(const Caller& caller, std::string_view permission) const {
  return !UnitsOf(caller, permission).empty();
}

bool Grants::Allows(const Caller& caller, std::string_view permission, int64_t unit,
                    absl::CivilDay day, const UnitTree& tree) const {
  if (caller.kind == Caller::kService) return tree.ExistsOn(unit, day);
  for (const int64_t root : UnitsOf(caller, permission)) {
    if (tree.IsWithin(unit, root, day)) return true;
  }
  return false;
}

Grants Grants::With(Grant grant) const {
  std::vector<Grant> grants = grants_;
  const auto known = std::find_if(grants.begin(), grants.end(),
                                  [&](const Grant& other) { return other.id == grant.id; });
  if (known == grants.end()) {
    grants.push_back(std::move(grant));
  } else {
    *known = std::move(grant);
  }
  return Grants(std::move(grants));
}

}  // namespace phoihop::access
