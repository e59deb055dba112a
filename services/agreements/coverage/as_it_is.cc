#include "services/agreements/coverage/as_it_is.h"

#include <algorithm>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace phoihop::agreements {
namespace {

// Where the expected units live on, by unit.
using Heirs = absl::flat_hash_map<int64_t, std::vector<Relative>>;

std::set<int64_t> Roots(const access::UnitTree& tree, const Lineage& lineage, int64_t asked,
                        absl::CivilDay day, absl::CivilDay view_day,
                        absl::Span<const ExpectedUnit> expected, const Heirs& heirs) {
  if (tree.ExistsOn(asked, view_day)) return {asked};
  std::set<int64_t> roots;
  for (const Relative& heir : lineage.Descendants(tree, asked, day, view_day)) {
    roots.insert(heir.unit);
  }
  if (!roots.empty()) return roots;
  for (const ExpectedUnit& unit : expected) {
    for (const Relative& heir : heirs.at(unit.id)) roots.insert(heir.unit);
  }
  return roots;
}

CoverageState StateOf(absl::Span<const Predecessor> predecessors) {
  bool any_signed = false, all_signed = true, any_expected = false;
  for (const Predecessor& one : predecessors) {
    if (one.descent == Descent::kCodeKept) return CoverageState::kNotExplained;
    const bool is_signed = one.state == CoverageState::kSigned;
    any_signed |= is_signed;
    all_signed &= is_signed;
    any_expected |= one.state != CoverageState::kNotExpected;
  }
  if (predecessors.empty()) return CoverageState::kNotExplained;
  if (all_signed) return CoverageState::kSigned;
  if (any_signed) return CoverageState::kPartlySigned;
  return any_expected ? CoverageState::kMissing : CoverageState::kNotExpected;
}

void Count(CoverageState state, ViewLevel& level) {
  ++level.units;
  switch (state) {
    case CoverageState::kSigned:
      ++level.signed_units;
      return;
    case CoverageState::kPartlySigned:
      ++level.partly_signed;
      return;
    case CoverageState::kMissing:
      ++level.missing;
      return;
    case CoverageState::kNotExpected:
      ++level.not_expected;
      return;
    case CoverageState::kNotExplained:
      ++level.not_explained;
      return;
  }
}

void Count(absl::Span<const Relative> heirs, const absl::flat_hash_set<int64_t>& view, Fate& fate) {
  ++fate.units;
  if (heirs.empty()) {
    ++fate.ended;
    return;
  }
  bool within = false;
  Descent weakest = Descent::kContinued;
  for (const Relative& heir : heirs) {
    within |= view.contains(heir.unit);
    weakest = std::max(weakest, heir.descent);
  }
  if (!within) {
    ++fate.elsewhere;
    return;
  }
  switch (weakest) {
    case Descent::kContinued:
      ++fate.continued;
      return;
    case Descent::kMerged:
      ++fate.merged;
      return;
    case Descent::kSplit:
      ++fate.split;
      return;
    case Descent::kCodeKept:
      ++fate.not_explained;
      return;
  }
}

}  // namespace

AsItIs SeeAsItIs(const access::UnitTree& tree, const Lineage& lineage, int64_t asked,
                 int64_t programme_unit, absl::CivilDay day, absl::CivilDay view_day,
                 absl::Span<const ExpectedUnit> expected, const Standings& standings) {
  AsItIs result;
  Heirs heirs;
  absl::flat_hash_map<int64_t, CoverageState> states;
  for (const ExpectedUnit& unit : expected) {
    heirs[unit.id] = lineage.Descendants(tree, unit.id, day, view_day);
    states[unit.id] =
        standings.IsSigned(unit.id) ? CoverageState::kSigned : CoverageState::kMissing;
  }
  const std::set<int64_t> roots = Roots(tree, lineage, asked, day, view_day, expected, heirs);
  result.roots.assign(roots.begin(), roots.end());

  // The programme's unit is not expected, and no more is what became of it.
  absl::flat_hash_set<int64_t> excluded = {programme_unit};
  for (const Relative& heir : lineage.Descendants(tree, programme_unit, day, view_day)) {
    excluded.insert(heir.unit);
  }
  std::set<int64_t> ids;
  for (const int64_t root : roots) {
    for (const int64_t id : tree.Subtree(root, view_day)) {
      if (!excluded.contains(id)) ids.insert(id);
    }
  }
  const std::vector<int64_t> listed(ids.begin(), ids.end());
  const absl::flat_hash_set<int64_t> view(listed.begin(), listed.end());
  int last_level = -1;
  std::vector<ExpectedUnit> view_units = OnDay(tree, listed, view_day);
  SortInOrder(view_units);
  for (const ExpectedUnit& unit : view_units) {
    ViewUnit& seen = result.units.emplace_back();
    seen.unit = unit;
    for (const Relative& before : lineage.Ancestors(tree, unit.id, day, view_day)) {
      const auto state = states.find(before.unit);
      seen.predecessors.push_back(
          {before.unit, state == states.end() ? CoverageState::kNotExpected : state->second,
           before.descent});
    }
    seen.state = StateOf(seen.predecessors);
    if (unit.level != last_level) result.levels.emplace_back().level = unit.version->level;
    last_level = unit.level;
    Count(seen.state, result.levels.back());
  }

  last_level = -1;
  for (const ExpectedUnit& unit : expected) {
    if (unit.level != last_level) {
      for (const bool is_signed : {true, false}) {
        Fate& fate = result.fates.emplace_back();
        fate.level = unit.version->level;
        fate.is_signed = is_signed;
      }
    }
    last_level = unit.level;
    const bool is_signed = states.at(unit.id) == CoverageState::kSigned;
    Count(heirs.at(unit.id), view, result.fates[result.fates.size() - (is_signed ? 2 : 1)]);
  }
  return result;
}

}  // namespace phoihop::agreements
