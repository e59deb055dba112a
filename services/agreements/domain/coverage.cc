#include "services/agreements/domain/coverage.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"

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

std::vector<ExpectedUnit> ExpectedUnits(const access::UnitTree& tree, int64_t asked,
                                        int64_t programme_unit, absl::CivilDay day) {
  std::vector<ExpectedUnit> expected;
  if (!tree.IsWithin(asked, programme_unit, day)) return expected;
  for (const int64_t id : tree.Subtree(asked, day)) {
    if (id == programme_unit) continue;
    const access::UnitVersion* version = tree.Find(id)->On(day);
    expected.push_back({id, version->code, version->name, version->level});
  }
  absl::flat_hash_map<std::string, int> depth;
  for (const std::string& level : tree.Levels()) {
    depth.emplace(level, static_cast<int>(depth.size()));
  }
  std::sort(expected.begin(), expected.end(), [&](const ExpectedUnit& a, const ExpectedUnit& b) {
    return std::tie(depth[a.level], a.code, a.id) < std::tie(depth[b.level], b.code, b.id);
  });
  return expected;
}

std::vector<LevelCoverage> CountCoverage(absl::Span<const ExpectedUnit> expected,
                                         absl::Span<const CascadeMember> members,
                                         absl::CivilDay day, int missing_limit) {
  // The day on which each unit first came under one of its agreements in force.
  absl::flat_hash_map<int64_t, absl::CivilDay> since;
  for (const CascadeMember& member : members) {
    if (day < member.in_force_from || member.in_force_until <= day) continue;
    const auto [it, is_new] = since.emplace(member.unit, member.in_force_from);
    if (!is_new) it->second = std::min(it->second, member.in_force_from);
  }
  std::vector<LevelCoverage> levels;
  for (const ExpectedUnit& unit : expected) {
    if (levels.empty() || levels.back().level != unit.level) {
      levels.emplace_back().level = unit.level;
    }
    LevelCoverage& level = levels.back();
    ++level.expected_count;
    const auto it = since.find(unit.id);
    if (it == since.end()) {
      if (static_cast<int>(level.missing.size()) < missing_limit) level.missing.push_back(unit);
      continue;
    }
    ++level.signed_count;
    level.first_in_force = std::min(level.first_in_force.value_or(it->second), it->second);
    level.last_in_force = std::max(level.last_in_force.value_or(it->second), it->second);
  }
  return levels;
}

}  // namespace phoihop::agreements
