#include "services/agreements/domain/coverage.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "absl/algorithm/container.h"
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

std::vector<ExpectedUnit> OnDay(const access::UnitTree& tree, absl::Span<const int64_t> ids,
                                absl::CivilDay day) {
  absl::flat_hash_map<std::string, int> depths;
  for (const std::string& level : tree.Levels()) {
    depths.emplace(level, static_cast<int>(depths.size()));
  }
  std::vector<ExpectedUnit> units;
  units.reserve(ids.size());
  // Neighbours are mostly of one level.
  const std::string* last_level = nullptr;
  int last_depth = 0;
  for (const int64_t id : ids) {
    const access::Unit* unit = tree.Find(id);
    const access::UnitVersion* version = unit == nullptr ? nullptr : unit->On(day);
    if (version == nullptr) continue;
    if (last_level == nullptr || *last_level != version->level) {
      last_level = &version->level;
      last_depth = depths[version->level];
    }
    units.push_back({id, version, last_depth});
  }
  return units;
}

namespace {

bool ComesBefore(const ExpectedUnit& a, const ExpectedUnit& b) {
  return std::tie(a.level, a.version->code, a.id) < std::tie(b.level, b.version->code, b.id);
}

}  // namespace

void SortInOrder(std::vector<ExpectedUnit>& units) {
  std::sort(units.begin(), units.end(), ComesBefore);
}

namespace {

// Whether the level and the place of a unit on the day are those that a target names.
bool IsOfTarget(const access::UnitTree& tree, const ExpectedUnit& unit, const CascadeTarget& target,
                absl::CivilDay day) {
  if (!target.levels.empty() && !absl::c_linear_search(target.levels, unit.version->level)) {
    return false;
  }
  return target.subtree == 0 || tree.IsWithin(unit.id, target.subtree, day);
}

}  // namespace

std::vector<ExpectedUnit> ExpectedUnits(const access::UnitTree& tree, int64_t asked,
                                        absl::Span<const int64_t> subtree, int64_t programme_unit,
                                        absl::CivilDay day, const CascadeTarget& target) {
  if (!tree.IsWithin(asked, programme_unit, day)) return {};
  std::vector<int64_t> ids;
  if (target.units.empty()) {
    ids.assign(subtree.begin(), subtree.end());
  } else {
    const absl::flat_hash_set<int64_t> named(target.units.begin(), target.units.end());
    for (const int64_t id : named) {
      if (tree.IsWithin(id, asked, day)) ids.push_back(id);
    }
  }
  std::vector<ExpectedUnit> units = OnDay(tree, ids, day);
  units.erase(std::remove_if(units.begin(), units.end(),
                             [&](const ExpectedUnit& unit) {
                               return unit.id == programme_unit ||
                                      !IsOfTarget(tree, unit, target, day);
                             }),
              units.end());
  return units;
}

std::vector<ExpectedUnit> ExpectedUnits(const access::UnitTree& tree, int64_t asked,
                                        int64_t programme_unit, absl::CivilDay day,
                                        const CascadeTarget& target) {
  std::vector<ExpectedUnit> units =
      ExpectedUnits(tree, asked, tree.Subtree(asked, day), programme_unit, day, target);
  SortInOrder(units);
  return units;
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
    if (units_.empty() || units_.back().unit != member.unit) {
      Signed& added = units_.emplace_back();
      added.unit = member.unit;
      added.first = i;
    }
    Signed& unit = units_.back();
    ++unit.count;
    if (day < member.in_force_from || member.in_force_until <= day) continue;
    unit.from = unit.in_force ? std::min(unit.from, member.in_force_from) : member.in_force_from;
    unit.in_force = true;
  }
}

const Standings::Signed* Standings::FindUnit(int64_t unit, size_t& at) const {
  // The next ones are the likely ones.
  for (int i = 0; i < 8 && at < units_.size() && units_[at].unit < unit; ++i) ++at;
  if (at >= units_.size() || units_[at].unit != unit) {
    const auto found =
        std::lower_bound(units_.begin(), units_.end(), unit,
                         [](const Signed& one, int64_t wanted) { return one.unit < wanted; });
    at = found - units_.begin();
  }
  return at < units_.size() && units_[at].unit == unit ? &units_[at] : nullptr;
}

absl::CivilDay Standings::ExpectedFrom(const access::UnitTree& tree, int64_t unit,
                                       absl::CivilDay programme_from) const {
  absl::CivilDay from = programme_from;
  for (size_t i = targets_.size(); i > 1; --i) {
    // Whether the version before had it, on its last day.
    const absl::CivilDay last = targets_[i - 1].from - 1;
    const CascadeTarget& target = targets_[i - 2].target;
    const std::vector<ExpectedUnit> found = OnDay(tree, {unit}, last);
    const bool named = target.units.empty() || absl::c_linear_search(target.units, unit);
    if (!found.empty() && named && tree.IsWithin(unit, programme_unit_, last) &&
        IsOfTarget(tree, found.front(), target, last)) {
      continue;
    }
    from = std::max(from, targets_[i - 1].from);
    break;
  }
  return from;
}

std::optional<absl::CivilDay> Standings::SignedFrom(int64_t unit, size_t& at) const {
  const Signed* found = FindUnit(unit, at);
  if (found == nullptr || !found->in_force) return std::nullopt;
  return found->from;
}

bool Standings::IsSigned(int64_t unit) const {
  size_t at = 0;
  return SignedFrom(unit, at).has_value();
}

Standing Standings::Of(const access::UnitTree& tree, int64_t unit) const {
  Standing standing;
  std::vector<const CascadeMember*> members;
  size_t at = 0;
  if (const Signed* found = FindUnit(unit, at); found != nullptr) {
    for (int i = 0; i < found->count; ++i) {
      members.push_back(&members_[order_[found->first + i]]);
    }
    if (found->in_force) standing.in_force_from = found->from;
  }
  for (const CascadeMember* member : members) {
    const absl::CivilDay from = member->in_force_from;
    if (from > day_) continue;
    standing.first_in_force = std::min(standing.first_in_force.value_or(from), from);
    standing.last_in_force = std::max(standing.last_in_force.value_or(from), from);
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
  absl::CivilDay since = ExpectedFrom(tree, unit, *programme_from_);
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
  std::vector<LevelCoverage> by_depth(tree.Levels().size());
  std::vector<std::vector<ExpectedUnit>> missing(by_depth.size());
  size_t at = 0;
  for (const ExpectedUnit& unit : expected) {
    LevelCoverage& level = by_depth[unit.level];
    ++level.expected_count;
    const std::optional<absl::CivilDay> from = standings.SignedFrom(unit.id, at);
    if (!from.has_value()) {
      missing[unit.level].push_back(unit);
      continue;
    }
    ++level.signed_count;
    if (!level.first_in_force.has_value() || *from < *level.first_in_force) {
      level.first_in_force = from;
    }
    if (!level.last_in_force.has_value() || *from > *level.last_in_force) {
      level.last_in_force = from;
    }
  }
  std::vector<LevelCoverage> levels;
  for (size_t depth = 0; depth < by_depth.size(); ++depth) {
    LevelCoverage& level = by_depth[depth];
    if (level.expected_count == 0) continue;
    level.level = tree.Levels()[depth];
    std::vector<ExpectedUnit>& absent = missing[depth];
    const size_t listed = std::min<size_t>(absent.size(), std::max(missing_limit, 0));
    std::partial_sort(absent.begin(), absent.begin() + listed, absent.end(), ComesBefore);
    for (size_t i = 0; i < listed; ++i) {
      level.missing.push_back({absent[i], standings.Of(tree, absent[i].id).since});
    }
    levels.push_back(std::move(level));
  }
  return levels;
}

}  // namespace phoihop::agreements
