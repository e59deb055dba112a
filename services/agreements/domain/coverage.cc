#include "services/agreements/domain/coverage.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace phoihop::agreements {

const ProgrammeCandidate* ChooseProgramme(absl::Span<const ProgrammeCandidate> candidates,
                                          absl::Span<const int64_t> units) {
  const ProgrammeCandidate* chosen = nullptr;
  const auto rank = [&](const ProgrammeCandidate& c) {
    const auto height = std::find(units.begin(), units.end(), c.unit) - units.begin();
    return std::make_tuple(!c.has_cascade, c.term_start, -height, c.id);
  };
  for (const ProgrammeCandidate& candidate : candidates) {
    if (!candidate.has_cascade && candidate.has_parent) continue;
    if (chosen == nullptr || rank(candidate) < rank(*chosen)) chosen = &candidate;
  }
  return chosen;
}

std::vector<ExpectedUnit> InOrder(const access::UnitTree& tree, absl::Span<const int64_t> ids,
                                  absl::CivilDay day) {
  absl::flat_hash_map<std::string, int> depths;
  for (const std::string& level : tree.Levels()) {
    depths.emplace(level, static_cast<int>(depths.size()));
  }
  // Codes have up to eight bytes, so most comparisons are of one number.
  struct Keyed {
    uint64_t code = 0;
    ExpectedUnit unit;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(ids.size());
  const std::string* last_level = nullptr;
  int last_depth = 0;
  for (const int64_t id : ids) {
    const access::Unit* unit = tree.Find(id);
    const access::UnitVersion* version = unit == nullptr ? nullptr : unit->On(day);
    if (version == nullptr) continue;
    // Neighbours are mostly of one level.
    if (last_level == nullptr || *last_level != version->level) {
      last_level = &version->level;
      last_depth = depths[version->level];
    }
    uint64_t code = 0;
    for (size_t i = 0; i < 8; ++i) {
      const uint64_t byte = i < version->code.size() ? static_cast<uint8_t>(version->code[i]) : 0;
      code = code << 8 | byte;
    }
    keyed.push_back({code, {id, version, last_depth}});
  }
  std::sort(keyed.begin(), keyed.end(), [](const Keyed& a, const Keyed& b) {
    if (a.unit.level != b.unit.level) return a.unit.level < b.unit.level;
    if (a.code != b.code) return a.code < b.code;
    return std::tie(a.unit.version->code, a.unit.id) < std::tie(b.unit.version->code, b.unit.id);
  });
  std::vector<ExpectedUnit> result;
  result.reserve(keyed.size());
  for (const Keyed& one : keyed) result.push_back(one.unit);
  return result;
}

std::vector<ExpectedUnit> ExpectedUnits(const access::UnitTree& tree, int64_t asked,
                                        int64_t programme_unit, absl::CivilDay day,
                                        const CascadeTarget& target) {
  if (!tree.IsWithin(asked, programme_unit, day)) return {};
  const auto is_named = [&](int64_t id) {
    if (id == programme_unit) return false;
    if (!target.levels.empty()) {
      const std::string& level = tree.Find(id)->On(day)->level;
      if (std::find(target.levels.begin(), target.levels.end(), level) == target.levels.end()) {
        return false;
      }
    }
    return target.subtree == 0 || tree.IsWithin(id, target.subtree, day);
  };
  std::vector<int64_t> ids;
  if (target.units.empty()) {
    for (const int64_t id : tree.Subtree(asked, day)) {
      if (is_named(id)) ids.push_back(id);
    }
  } else {
    const absl::flat_hash_set<int64_t> named(target.units.begin(), target.units.end());
    for (const int64_t id : named) {
      if (is_named(id) && tree.IsWithin(id, asked, day)) ids.push_back(id);
    }
  }
  return InOrder(tree, ids, day);
}

Standings::Standings(absl::Span<const CascadeMember> members, absl::CivilDay day,
                     std::optional<absl::CivilDay> programme_from)
    : members_(members), day_(day), programme_from_(programme_from) {
  order_.resize(members.size());
  std::iota(order_.begin(), order_.end(), 0);
  const auto by_unit = [&](int a, int b) { return members[a].unit < members[b].unit; };
  // The store reads them by unit.
  if (!std::is_sorted(order_.begin(), order_.end(), by_unit)) {
    std::stable_sort(order_.begin(), order_.end(), by_unit);
  }
  units_.reserve(members.size());
  for (int i = 0; i < static_cast<int>(order_.size()); ++i) {
    const CascadeMember& member = members[order_[i]];
    const auto [it, is_new] = units_.try_emplace(member.unit);
    Signed& unit = it->second;
    if (is_new) unit.first = i;
    ++unit.count;
    if (day < member.in_force_from || member.in_force_until <= day) continue;
    unit.from = unit.in_force ? std::min(unit.from, member.in_force_from) : member.in_force_from;
    unit.in_force = true;
  }
}

bool Standings::IsSigned(int64_t unit) const {
  const auto it = units_.find(unit);
  return it != units_.end() && it->second.in_force;
}

absl::CivilDay Standings::InForceFrom(int64_t unit) const { return units_.at(unit).from; }

Standing Standings::Of(const access::UnitTree& tree, int64_t unit) const {
  Standing standing;
  std::vector<const CascadeMember*> members;
  if (const auto it = units_.find(unit); it != units_.end()) {
    for (int i = 0; i < it->second.count; ++i) {
      members.push_back(&members_[order_[it->second.first + i]]);
    }
    if (it->second.in_force) standing.in_force_from = it->second.from;
  }
  for (const CascadeMember* member : members) {
    if (day_ < member->in_force_from || member->in_force_until <= day_) continue;
    if (standing.member == nullptr || standing.member->in_force_until < member->in_force_until) {
      standing.member = member;
    }
  }
  if (standing.member != nullptr) {
    // Back through agreements that follow each other without a gap.
    absl::CivilDay since = *standing.in_force_from;
    for (bool longer = true; longer;) {
      longer = false;
      for (const CascadeMember* member : members) {
        if (member->in_force_from < since && since <= member->in_force_until) {
          since = member->in_force_from;
          longer = true;
        }
      }
    }
    standing.since = since;
    return standing;
  }
  if (!programme_from_.has_value()) return standing;
  absl::CivilDay since = *programme_from_;
  // The unbroken existence up to the day.
  const std::vector<access::UnitVersion>& versions = tree.Find(unit)->versions;
  absl::CivilDay exists_from = day_ + 1;
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    if (it->from <= day_ && it->until >= exists_from) exists_from = it->from;
  }
  since = std::max(since, exists_from);
  for (const CascadeMember* member : members) {
    if (member->in_force_until <= day_) since = std::max(since, member->in_force_until);
  }
  standing.since = since;
  return standing;
}

std::vector<LevelCoverage> CountCoverage(const access::UnitTree& tree,
                                         absl::Span<const ExpectedUnit> expected,
                                         const Standings& standings, int missing_limit) {
  std::vector<LevelCoverage> levels;
  int last_level = -1;
  for (const ExpectedUnit& unit : expected) {
    if (levels.empty() || last_level != unit.level) {
      levels.emplace_back().level = unit.version->level;
      last_level = unit.level;
    }
    LevelCoverage& level = levels.back();
    ++level.expected_count;
    if (!standings.IsSigned(unit.id)) {
      if (static_cast<int>(level.missing.size()) < missing_limit) {
        level.missing.push_back({unit, standings.Of(tree, unit.id).since});
      }
      continue;
    }
    ++level.signed_count;
    const absl::CivilDay from = standings.InForceFrom(unit.id);
    level.first_in_force = std::min(level.first_in_force.value_or(from), from);
    level.last_in_force = std::max(level.last_in_force.value_or(from), from);
  }
  return levels;
}

}  // namespace phoihop::agreements
