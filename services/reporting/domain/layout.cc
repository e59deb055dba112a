#include "services/reporting/domain/layout.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace phoihop::reporting {
namespace {

using access::Membership;
using access::Unit;
using access::UnitTree;
using access::UnitVersion;

// How a unit hung below the root from a day on.
struct Chain {
  // First day on which it may be different; exclusive end.
  absl::CivilDay until;
  // The unit directly below the root; 0 for the root itself.
  int64_t child = 0;
  std::string own_level;
  // Levels from the unit itself up to that directly below the root.
  std::vector<std::string> levels;
  // False when the chain does not reach the root.
  bool complete = false;
};

Chain Follow(const UnitTree& tree, int64_t unit, int64_t root, absl::CivilDay day,
             absl::CivilDay until) {
  Chain chain;
  chain.until = until;
  // A tree has few levels; the bound keeps a circle in bad data from hanging the report.
  for (int step = 0; step < 32; ++step) {
    const Unit* found = tree.Find(unit);
    const UnitVersion* version = found == nullptr ? nullptr : found->On(day);
    if (version == nullptr) return chain;
    chain.until = std::min(chain.until, version->until);
    if (unit == root) {
      chain.complete = true;
      return chain;
    }
    if (step == 0) chain.own_level = version->level;
    chain.levels.push_back(version->level);
    chain.child = unit;
    unit = version->parent;
  }
  return chain;
}

UnitLabel LabelOn(const UnitTree& tree, int64_t unit, absl::CivilDay day) {
  UnitLabel label;
  label.unit = unit;
  const Unit* found = tree.Find(unit);
  const UnitVersion* version = found == nullptr ? nullptr : found->On(day);
  if (version != nullptr) {
    label.code = version->code;
    label.name = version->name;
    label.level = version->level;
  }
  return label;
}

// Collects what is directly below, and numbers it by code at the end.
class Children {
 public:
  // Notes that `unit` was directly below up to `last`.
  void Note(int64_t unit, absl::CivilDay last) {
    auto [entry, added] = last_.try_emplace(unit, last);
    if (!added) entry->second = std::max(entry->second, last);
  }

  std::vector<UnitLabel> Labels(const UnitTree& tree) const {
    std::vector<UnitLabel> labels;
    for (const auto& [unit, last] : last_) labels.push_back(LabelOn(tree, unit, last));
    std::sort(labels.begin(), labels.end(), [](const UnitLabel& a, const UnitLabel& b) {
      return a.code != b.code ? a.code < b.code : a.unit < b.unit;
    });
    return labels;
  }

 private:
  std::map<int64_t, absl::CivilDay> last_;
};

}  // namespace

std::optional<absl::CivilDay> LastDayOf(const UnitTree& tree, int64_t unit, DayInterval days) {
  const Unit* found = tree.Find(unit);
  if (found == nullptr) return std::nullopt;
  std::optional<absl::CivilDay> last;
  for (const UnitVersion& version : found->versions) {
    const absl::CivilDay first = std::max(version.from, days.first);
    const absl::CivilDay end = std::min(version.until - 1, days.last);
    if (first <= end && (!last.has_value() || *last < end)) last = end;
  }
  return last;
}

std::optional<Layout> MakeLayout(const UnitTree& tree, int64_t root, DayInterval days) {
  const std::optional<absl::CivilDay> last = LastDayOf(tree, root, days);
  if (!last.has_value()) return std::nullopt;
  Layout layout;
  layout.root = LabelOn(tree, root, *last);
  layout.days = {days.first, *last};

  struct Draft {
    Segment segment;
    int64_t child = 0;
    std::vector<std::string> levels;
  };
  std::vector<Draft> drafts;
  Children children;
  std::map<std::string, std::set<int64_t>> units_by_level;
  for (const Membership& membership : tree.MembershipsWithin(root, layout.days)) {
    absl::CivilDay day = membership.from;
    while (day < membership.until) {
      Chain chain = Follow(tree, membership.unit, root, day, membership.until);
      if (chain.until <= day) break;
      if (chain.complete) {
        if (chain.child != 0) {
          children.Note(chain.child, chain.until - 1);
          units_by_level[chain.own_level].insert(membership.unit);
        }
        Draft* before = drafts.empty() ? nullptr : &drafts.back();
        if (before != nullptr && before->segment.unit == membership.unit &&
            before->segment.days.last + 1 == day && before->child == chain.child &&
            before->levels == chain.levels) {
          before->segment.days.last = chain.until - 1;
        } else {
          Draft draft;
          draft.segment.unit = membership.unit;
          draft.segment.days = {day, chain.until - 1};
          draft.child = chain.child;
          draft.levels = std::move(chain.levels);
          drafts.push_back(std::move(draft));
        }
      }
      day = chain.until;
    }
  }

  layout.children = children.Labels(tree);
  absl::flat_hash_map<int64_t, int> child_index;
  for (size_t i = 0; i < layout.children.size(); ++i) {
    child_index[layout.children[i].unit] = static_cast<int>(i);
  }
  absl::flat_hash_map<std::string, int> level_index;
  for (const std::string& level : tree.Levels()) {
    const auto found = units_by_level.find(level);
    if (found == units_by_level.end()) continue;
    level_index[level] = static_cast<int>(layout.levels.size());
    layout.levels.push_back(level);
    layout.unit_counts.push_back(static_cast<int>(found->second.size()));
  }
  for (Draft& draft : drafts) {
    if (draft.child != 0) {
      draft.segment.child = child_index[draft.child];
      for (const std::string& level : draft.levels) {
        draft.segment.levels.push_back(level_index[level]);
      }
      std::sort(draft.segment.levels.begin(), draft.segment.levels.end());
    }
    layout.segments.push_back(std::move(draft.segment));
  }
  return layout;
}

}  // namespace phoihop::reporting
