#include "common/access/unit_tree.h"

#include <algorithm>
#include <utility>

namespace phoihop::access {
namespace {

// A chain of parents longer than this is a ring, which no register has.
constexpr int kMaxDepth = 16;

}  // namespace

const UnitVersion* Unit::On(absl::CivilDay day) const {
  // A unit has a handful of versions, and the newest are asked for most.
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    if (it->Holds(day)) return &*it;
  }
  return nullptr;
}

UnitTree::Builder& UnitTree::Builder::Add(Unit unit) {
  Unit& known = units_[unit.id];
  known.id = unit.id;
  for (UnitVersion& version : unit.versions) known.versions.push_back(std::move(version));
  return *this;
}

UnitTree::Builder& UnitTree::Builder::Add(int64_t id, UnitVersion version) {
  Unit& known = units_[id];
  known.id = id;
  known.versions.push_back(std::move(version));
  return *this;
}

std::shared_ptr<const UnitTree> UnitTree::Builder::Build(int64_t version) && {
  std::shared_ptr<UnitTree> tree(new UnitTree);
  tree->units_ = std::move(units_);
  tree->version_ = version;
  tree->Index();
  return tree;
}

void UnitTree::Index() {
  for (auto& [id, unit] : units_) {
    ids_.push_back(id);
    std::sort(unit.versions.begin(), unit.versions.end(),
              [](const UnitVersion& a, const UnitVersion& b) { return a.from < b.from; });
  }
  std::sort(ids_.begin(), ids_.end());

  absl::flat_hash_map<std::string, int> depth_of_level;
  for (const int64_t id : ids_) {
    for (const UnitVersion& version : units_.at(id).versions) {
      by_code_[version.code].push_back({version.from, version.until, id});
      // Versions that differ only in name or code keep one link, so that a walk
      // down meets each child once.
      std::vector<Link>& links = children_[version.parent];
      if (!links.empty() && links.back().child == id && links.back().until == version.from) {
        links.back().until = version.until;
      } else {
        links.push_back({id, version.from, version.until});
      }
      int depth = 0;
      for (std::optional<int64_t> at = id; depth < kMaxDepth; ++depth) {
        at = ParentOn(*at, version.from);
        if (!at.has_value()) break;
      }
      int& deepest = depth_of_level[version.level];
      deepest = std::max(deepest, depth);
      level_days_[version.level].push_back({version.from, version.until - 1});
    }
  }
  children_.erase(0);

  for (const auto& [level, depth] : depth_of_level) levels_.push_back(level);
  std::sort(levels_.begin(), levels_.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(depth_of_level[a], a) < std::pair(depth_of_level[b], b);
  });
  // Thousands of units share few intervals.
  for (auto& [level, days] : level_days_) {
    std::sort(days.begin(), days.end(), [](const DayInterval& a, const DayInterval& b) {
      return std::pair(a.first, a.last) < std::pair(b.first, b.last);
    });
    days.erase(std::unique(days.begin(), days.end()), days.end());
  }
}

const Unit* UnitTree::Find(int64_t id) const {
  const auto found = units_.find(id);
  return found == units_.end() ? nullptr : &found->second;
}

std::optional<int64_t> UnitTree::Resolve(std::string_view code, absl::CivilDay day) const {
  const auto found = by_code_.find(absl::string_view(code.data(), code.size()));
  if (found == by_code_.end()) return std::nullopt;
  for (const Coded& coded : found->second) {
    if (coded.from <= day && day < coded.until) return coded.unit;
  }
  return std::nullopt;
}

std::optional<int64_t> UnitTree::ParentOn(int64_t id, absl::CivilDay day) const {
  const Unit* unit = Find(id);
  const UnitVersion* version = unit == nullptr ? nullptr : unit->On(day);
  if (version == nullptr || version->parent == 0) return std::nullopt;
  return version->parent;
}

bool UnitTree::ExistsOn(int64_t id, absl::CivilDay day) const {
  const Unit* unit = Find(id);
  return unit != nullptr && unit->On(day) != nullptr;
}

bool UnitTree::IsWithin(int64_t unit, int64_t root, absl::CivilDay day) const {
  if (!ExistsOn(unit, day) || !ExistsOn(root, day)) return false;
  std::optional<int64_t> at = unit;
  for (int depth = 0; at.has_value() && depth < kMaxDepth; ++depth) {
    if (*at == root) return true;
    at = ParentOn(*at, day);
  }
  return false;
}

std::vector<int64_t> UnitTree::Children(int64_t root, absl::CivilDay day) const {
  std::vector<int64_t> result;
  const auto links = children_.find(root);
  if (links == children_.end() || !ExistsOn(root, day)) return result;
  for (const Link& link : links->second) {
    if (link.from <= day && day < link.until) result.push_back(link.child);
  }
  std::sort(result.begin(), result.end(), [&](int64_t a, int64_t b) {
    return units_.at(a).On(day)->code < units_.at(b).On(day)->code;
  });
  return result;
}

std::vector<int64_t> UnitTree::Subtree(int64_t root, absl::CivilDay day) const {
  std::vector<int64_t> result;
  if (!ExistsOn(root, day)) return result;
  result.push_back(root);
  for (size_t at = 0; at < result.size() && result.size() <= ids_.size(); ++at) {
    const auto links = children_.find(result[at]);
    if (links == children_.end()) continue;
    for (const Link& link : links->second) {
      if (link.from <= day && day < link.until) result.push_back(link.child);
    }
  }
  return result;
}

std::vector<int64_t> UnitTree::Descendants(int64_t root, absl::CivilDay day,
                                           std::string_view level) const {
  std::vector<int64_t> result;
  for (const int64_t id : Subtree(root, day)) {
    if (id != root && units_.at(id).On(day)->level == level) result.push_back(id);
  }
  return result;
}

std::vector<Membership> UnitTree::MembershipsWithin(int64_t root, DayInterval days) const {
  std::vector<Membership> result;
  const Unit* top = Find(root);
  if (top == nullptr || days.empty()) return result;
  // What lies below the root, narrowed to the days on which all links above held.
  for (const UnitVersion& version : top->versions) {
    const absl::CivilDay from = std::max(version.from, days.first);
    const absl::CivilDay until = std::min(version.until, days.last + 1);
    if (from < until) result.push_back({root, from, until});
  }
  const size_t limit = ids_.size() * kMaxDepth;
  for (size_t at = 0; at < result.size() && at < limit; ++at) {
    const Membership above = result[at];
    const auto links = children_.find(above.unit);
    if (links == children_.end()) continue;
    for (const Link& link : links->second) {
      const absl::CivilDay from = std::max(link.from, above.from);
      const absl::CivilDay until = std::min(link.until, above.until);
      if (from < until) result.push_back({link.child, from, until});
    }
  }
  std::sort(result.begin(), result.end(), [](const Membership& a, const Membership& b) {
    return std::pair(a.unit, a.from) < std::pair(b.unit, b.from);
  });
  size_t kept = 0;
  for (size_t at = 1; at < result.size(); ++at) {
    if (result[at].unit == result[kept].unit && result[at].from == result[kept].until) {
      result[kept].until = result[at].until;
    } else {
      result[++kept] = result[at];
    }
  }
  if (!result.empty()) result.resize(kept + 1);
  return result;
}

std::vector<std::string> UnitTree::LevelsOn(absl::CivilDay day) const {
  std::vector<std::string> result;
  for (const std::string& level : levels_) {
    const std::vector<DayInterval>& days = level_days_.at(level);
    if (std::any_of(days.begin(), days.end(),
                    [&](const DayInterval& interval) { return interval.Contains(day); })) {
      result.push_back(level);
    }
  }
  return result;
}

}  // namespace phoihop::access
