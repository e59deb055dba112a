#include "services/agreements/due/due_scope.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/access/roles.h"
#include "services/agreements/rpc/scope.h"
#include "services/agreements/rpc/tree_memory.h"

namespace phoihop::agreements {
namespace {

constexpr std::string_view kBodyPrefix = "bodies/";

// The caller's grants that give the permission and count for whom it acts.
std::vector<const access::Grant*> GrantsOf(const access::Snapshot& snapshot,
                                           const access::Caller& caller,
                                           std::string_view permission) {
  std::vector<const access::Grant*> found;
  for (const access::Grant& grant : snapshot.grants->all()) {
    if (grant.member != caller.name || grant.revoked) continue;
    if (!grant.body.empty() && !caller.body.empty() && grant.body != caller.body) continue;
    if (access::RoleHas(grant.role, permission)) found.push_back(&grant);
  }
  return found;
}

std::string IdOf(const std::string& body) {
  return body.starts_with(kBodyPrefix) ? body.substr(kBodyPrefix.size()) : body;
}

// The units that had ended by a day, by every unit above them on their last day.
using EndedUnits = absl::flat_hash_map<int64_t, std::vector<UnitBelow>>;

EndedUnits FindEnded(const access::UnitTree& tree, absl::CivilDay day) {
  EndedUnits ended;
  for (const int64_t id : tree.ids()) {
    const std::vector<access::UnitVersion>& versions = tree.Find(id)->versions;
    if (versions.empty() || versions.back().until > day) continue;
    const absl::CivilDay last = versions.back().until - 1;
    int64_t through = id;
    for (std::optional<int64_t> above = tree.ParentOn(id, last); above.has_value();
         above = tree.ParentOn(*above, last)) {
      ended[*above].push_back({id, through});
      through = *above;
    }
  }
  return ended;
}

// Days that are asked differ little: today, and the last days of units that have ended.
TreeMemory<absl::CivilDay, EndedUnits>& EndedMemory() {
  static auto* const memory = new TreeMemory<absl::CivilDay, EndedUnits>(8);
  return *memory;
}

template <class T>
std::vector<T> Sorted(const std::set<T>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

std::vector<UnitBelow> UnitsBelow(const std::shared_ptr<const access::UnitTree>& tree, int64_t root,
                                  absl::CivilDay day) {
  std::vector<UnitBelow> units;
  if (!tree->ExistsOn(root, day)) return units;
  units.push_back({root, root});
  for (const int64_t child : tree->Children(root, day)) {
    for (const int64_t unit : tree->Subtree(child, day)) units.push_back({unit, child});
  }
  const std::shared_ptr<const EndedUnits> ended =
      EndedMemory().Get(tree, day, [&] { return FindEnded(*tree, day); });
  if (const auto found = ended->find(root); found != ended->end()) {
    units.insert(units.end(), found->second.begin(), found->second.end());
  }
  std::sort(units.begin(), units.end(),
            [](const UnitBelow& a, const UnitBelow& b) { return a.unit < b.unit; });
  return units;
}

ActsFor WhoseDue(const access::Snapshot& snapshot, const access::Caller& caller,
                 absl::CivilDay today) {
  std::set<std::string> bodies;
  // Who acts for a body acts for those that it carries on, and for none that others carry on.
  const auto add = [&](const std::string& body) {
    if (snapshot.bodies->IsCarriedOn(body, snapshot.today)) return;
    bodies.insert(IdOf(body));
    for (const std::string& carried : snapshot.bodies->CarriedBy(body, snapshot.today)) {
      bodies.insert(IdOf(carried));
    }
  };
  std::set<int64_t> own;
  for (const access::Grant* grant : GrantsOf(snapshot, caller, kDuePermission)) {
    if (!caller.body.empty()) {
      add(caller.body);
    } else if (!grant->body.empty()) {
      add(grant->body);
    } else {
      own.insert(grant->unit);
    }
  }
  ActsFor result;
  std::vector<int64_t> units;
  for (const int64_t unit : own) {
    for (const UnitBelow& below :
         UnitsBelow(snapshot.tree, unit, DefaultDay(*snapshot.tree, unit, today))) {
      units.push_back(below.unit);
      for (const int64_t carried : snapshot.bodies->UnitsCarriedTo(below.unit, snapshot.today)) {
        units.push_back(carried);
      }
    }
  }
  std::sort(units.begin(), units.end());
  units.erase(std::unique(units.begin(), units.end()), units.end());
  result.units = std::move(units);
  result.bodies = Sorted(bodies);
  result.own_units = Sorted(own);
  std::set<int64_t> led;
  for (const access::Grant* grant : GrantsOf(snapshot, caller, kLeadPermission)) {
    led.insert(grant->unit);
  }
  result.led_units = Sorted(led);
  return result;
}

bool MayOn(const access::Snapshot& snapshot, const access::Caller& caller,
           std::string_view permission, const DueRecord& record, absl::CivilDay today) {
  return MayActOn(snapshot, caller, permission, record.stored.obligation.unit,
                  record.term_start.value_or(today));
}

bool IsOwn(const access::Snapshot& snapshot, const access::Caller& caller, const DueRecord& record,
           absl::CivilDay today) {
  const std::string body = absl::StrCat("bodies/", record.stored.obligation.body);
  const std::vector<std::string> owing = snapshot.bodies->CarriersOn(body, snapshot.today);
  if (!caller.body.empty() && !std::binary_search(owing.begin(), owing.end(), caller.body)) {
    return false;
  }
  return MayActFor(snapshot, caller, kDuePermission, record.stored.obligation.unit,
                   record.term_start.value_or(today), record.stored.obligation.body);
}

bool IsTold(const ActsFor& whose, const StoredNotice& notice) {
  const auto has = [](const auto& values, const auto& value) {
    return std::binary_search(values.begin(), values.end(), value);
  };
  if (notice.notice.body.empty()) return has(whose.led_units, notice.notice.unit);
  return has(whose.bodies, notice.notice.body) || has(whose.own_units, notice.notice.unit);
}

}  // namespace phoihop::agreements
