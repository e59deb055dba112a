#include "services/directory/domain/register_import.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/text/text.h"
#include "services/directory/domain/mapping.h"

namespace phoihop::directory {
namespace {

constexpr int kMaxDepth = 16;
constexpr int kMaxName = 200;
constexpr int kMaxKind = 50;

// Level and code; a code alone would do today, but levels are data.
using Key = std::pair<std::string, std::string>;

Key KeyOf(const SnapshotRow& row) { return {row.level, row.code}; }

bool IsCode(const std::string& code) {
  return code.size() >= 2 && code.size() <= 10 &&
         std::all_of(code.begin(), code.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); });
}

// Which levels there are is data; but the country is not in a snapshot.
bool IsLevel(const std::string& level) {
  return !level.empty() && level.size() <= 20 && level != access::kCountryLevel &&
         std::all_of(level.begin(), level.end(),
                     [](unsigned char c) { return absl::ascii_isupper(c); });
}

// A row that can be used, and its place in the snapshot.
struct Placed {
  const SnapshotRow* row = nullptr;
  // Null for a unit directly below the country.
  const SnapshotRow* parent = nullptr;
  int depth = 0;
};

// The snapshot's own tree.
struct SnapshotTree {
  std::map<Key, Placed> rows;
  // Keys of rows that were left out: their units are not closed for that.
  std::set<Key> mentioned;
  // Commune code -> full name of its province.
  std::map<std::string, std::string> commune_province;
};

SnapshotTree TreeOfRows(const RegisterSnapshot& snapshot, LeftOutList& left_out) {
  SnapshotTree tree;
  std::map<std::string, const SnapshotRow*> by_code;
  for (const SnapshotRow& row : snapshot.rows) {
    const bool valid = IsCode(row.code) && IsLevel(row.level) && !row.name.empty() &&
                       CharCount(row.name) <= kMaxName && CharCount(row.kind) <= kMaxKind &&
                       row.parent_code != row.code;
    if (!valid) {
      left_out.Add("INVALID_ROW", row.code, row.name);
    } else if (!by_code.emplace(row.code, &row).second) {
      left_out.Add("REPEATED_CODE", row.code, row.name);
    } else {
      tree.rows[KeyOf(row)] = {&row, nullptr, 0};
    }
    tree.mentioned.insert(KeyOf(row));
  }
  // Walk up from each row: every parent must be there, and the walk must end.
  std::vector<Key> orphans;
  for (auto& [key, placed] : tree.rows) {
    const SnapshotRow* at = placed.row;
    while (!at->parent_code.empty() && placed.depth < kMaxDepth) {
      const auto above = by_code.find(at->parent_code);
      if (above == by_code.end()) break;
      at = above->second;
      if (placed.parent == nullptr) placed.parent = at;
      ++placed.depth;
    }
    if (!at->parent_code.empty()) {
      orphans.push_back(key);
    } else if (key.first == access::kCommuneLevel) {
      tree.commune_province[key.second] = at->name;
    }
  }
  for (const Key& key : orphans) {
    left_out.Add("UNKNOWN_PARENT", key.second, tree.rows[key].row->name);
    tree.rows.erase(key);
  }
  return tree;
}

// The units of a day by level and code, without the country.
std::map<Key, int64_t> UnitsOn(const Register& reg, absl::CivilDay day) {
  std::map<Key, int64_t> units;
  for (const auto& [id, unit] : reg.units) {
    const UnitVersion* version = unit.On(day);
    if (version != nullptr && version->parent != 0) units[{version->level, version->code}] = id;
  }
  return units;
}

// Whether the register says on the snapshot's day exactly what the snapshot says.
bool SaysTheSame(const Register& reg, const SnapshotTree& tree, const std::map<Key, int64_t>& units,
                 absl::CivilDay day) {
  for (const auto& [key, placed] : tree.rows) {
    const auto found = units.find(key);
    if (found == units.end()) return false;
    const UnitVersion& version = *reg.units.at(found->second).On(day);
    int64_t parent = access::kCountryUnit;
    if (placed.parent != nullptr) {
      const auto above = units.find(KeyOf(*placed.parent));
      if (above == units.end()) return false;
      parent = above->second;
    }
    if (version.name != placed.row->name || version.kind != placed.row->kind ||
        version.parent != parent) {
      return false;
    }
  }
  return std::all_of(units.begin(), units.end(),
                     [&](const auto& unit) { return tree.mentioned.count(unit.first) > 0; });
}

// Plans one import; see PlanImport.
class Planner {
 public:
  Planner(const Register& reg, const RegisterSnapshot& snapshot, SnapshotTree tree)
      : reg_(reg), snapshot_(snapshot), tree_(std::move(tree)), first_(reg.units.size() <= 1) {
    plan_.next_id = reg.next_id;
    plan_.last_import = snapshot.date;
    before_ = UnitsOn(reg, snapshot.date - 1);
  }

  ImportPlan Run(const PlacedMappings& mappings) {
    FindUnmergedProvinces(mappings);
    AssignIds(mappings);
    WriteVersions();
    CloseTheRest();
    Connect(mappings);
    for (auto& [id, unit] : changed_) plan_.changed.push_back(std::move(unit));
    return std::move(plan_);
  }

 private:
  bool strict() const { return !snapshot_.mappings.empty(); }

  // Which provinces gave communes to which (old id -> new codes, new code -> old ids).
  void FindUnmergedProvinces(const PlacedMappings& mappings) {
    for (const Edge& edge : mappings.edges) {
      const int64_t from = ProvinceBefore(edge.from_unit);
      const std::string to = ProvinceCodeOf(edge.to_code);
      if (from == 0 || to.empty()) continue;
      province_successors_[from].insert(to);
      province_predecessors_[to].insert(from);
    }
  }

  // The province of a commune on its last day before the snapshot.
  int64_t ProvinceBefore(int64_t commune) const {
    const UnitHistory& unit = reg_.units.at(commune);
    for (auto it = unit.versions.rbegin(); it != unit.versions.rend(); ++it) {
      if (it->from >= snapshot_.date) continue;
      return ProvinceOn(reg_, commune, std::min(it->until, snapshot_.date) - 1);
    }
    return 0;
  }

  // The code of the province of a commune of the snapshot.
  std::string ProvinceCodeOf(const std::string& commune_code) const {
    const auto found = tree_.rows.find({std::string(access::kCommuneLevel), commune_code});
    if (found == tree_.rows.end()) return "";
    const SnapshotRow* at = found->second.row;
    for (const SnapshotRow* above = found->second.parent; above != nullptr;) {
      at = above;
      above = tree_.rows.at(KeyOf(*above)).parent;
    }
    return at->code;
  }

  // Whether the old unit of this key is the same as the snapshot's.
  bool Same(int64_t id, const Placed& placed, const PlacedMappings& mappings) const {
    const UnitVersion& version = *reg_.units.at(id).On(snapshot_.date - 1);
    if (Fold(version.name) != Fold(placed.row->name)) return false;
    if (!strict()) return true;
    const std::string& code = placed.row->code;
    if (version.level == access::kCommuneLevel) {
      const auto successors = mappings.successors.find(id);
      const auto predecessors = mappings.predecessors.find(code);
      return successors != mappings.successors.end() &&
             successors->second == std::set<std::string>{code} &&
             predecessors != mappings.predecessors.end() &&
             predecessors->second == std::set<std::string>{absl::StrCat(id)};
    }
    if (placed.parent == nullptr) {
      const auto successors = province_successors_.find(id);
      const auto predecessors = province_predecessors_.find(code);
      return successors != province_successors_.end() &&
             successors->second == std::set<std::string>{code} &&
             predecessors != province_predecessors_.end() &&
             predecessors->second == std::set<int64_t>{id};
    }
    return true;
  }

  // Gives each row the id of its unit, parents first so that ids read well.
  void AssignIds(const PlacedMappings& mappings) {
    std::vector<const Placed*> ordered;
    for (const auto& [key, placed] : tree_.rows) ordered.push_back(&placed);
    std::stable_sort(ordered.begin(), ordered.end(), [](const Placed* a, const Placed* b) {
      return std::pair(a->depth, a->row->code) < std::pair(b->depth, b->row->code);
    });
    for (const Placed* placed : ordered) {
      const Key key = KeyOf(*placed->row);
      const auto old = before_.find(key);
      if (old != before_.end() && Same(old->second, *placed, mappings)) {
        ids_[key] = old->second;
      } else {
        ids_[key] = plan_.next_id++;
      }
    }
  }

  UnitHistory& Changing(int64_t id) {
    const auto [it, is_new] = changed_.try_emplace(id);
    if (is_new) {
      const auto known = reg_.units.find(id);
      if (known != reg_.units.end()) {
        it->second = known->second;
        ++it->second.revision;
      } else {
        it->second = {id, 1, {}};
      }
    }
    return it->second;
  }

  void Close(int64_t id) {
    UnitVersion& last = Changing(id).versions.back();
    last.until = snapshot_.date;
    last.until_precision = snapshot_.precision;
  }

  void WriteVersions() {
    for (const auto& [key, placed] : tree_.rows) {
      const int64_t id = ids_.at(key);
      UnitVersion version;
      version.from = first_ ? kFirstDay : snapshot_.date;
      version.from_precision = first_ ? Precision::kUnknown : snapshot_.precision;
      version.code = placed.row->code;
      version.name = placed.row->name;
      version.kind = placed.row->kind;
      version.level = placed.row->level;
      version.parent =
          placed.parent == nullptr ? access::kCountryUnit : ids_.at(KeyOf(*placed.parent));
      version.source = snapshot_.source;
      const auto known = reg_.units.find(id);
      if (known == reg_.units.end()) {
        ++plan_.units_created;
      } else {
        const UnitVersion& old = *known->second.On(snapshot_.date - 1);
        if (old.name == version.name && old.kind == version.kind && old.parent == version.parent) {
          ++plan_.units_unchanged;
          continue;
        }
        ++plan_.units_changed;
        Close(id);
      }
      Changing(id).versions.push_back(std::move(version));
    }
  }

  // What was there and is no more ends on the snapshot's day.
  void CloseTheRest() {
    for (const auto& [key, id] : before_) {
      const auto now = ids_.find(key);
      if (now != ids_.end() && now->second == id) continue;
      if (now == ids_.end() && tree_.mentioned.count(key) > 0) continue;
      Close(id);
      ++plan_.units_closed;
    }
  }

  Succession::Kind KindOf(size_t successors, size_t predecessors) const {
    if (successors > 1) return Succession::Kind::kSplit;
    if (predecessors > 1) return Succession::Kind::kMerger;
    return Succession::Kind::kContinuation;
  }

  void Add(int64_t from, int64_t to, Succession::Kind kind, bool derived) {
    if (from == to) return;
    plan_.successions.push_back({from, to, snapshot_.date, snapshot_.precision, kind,
                                 snapshot_.decree, derived, snapshot_.source});
    if (derived) ++plan_.successions_derived;
    connected_.insert(from);
  }

  void Connect(const PlacedMappings& mappings) {
    for (const Edge& edge : mappings.edges) {
      Add(edge.from_unit, ids_.at({std::string(access::kCommuneLevel), edge.to_code}),
          KindOf(mappings.successors.at(edge.from_unit).size(),
                 mappings.predecessors.at(edge.to_code).size()),
          edge.derived);
    }
    // Provinces follow from their communes.
    for (const auto& [from, codes] : province_successors_) {
      for (const std::string& code : codes) {
        Add(from, ids_.at({std::string(access::kProvinceLevel), code}),
            KindOf(codes.size(), province_predecessors_.at(code).size()), false);
      }
    }
    // A kept code with another name, about which no source says more.
    for (const auto& [key, id] : before_) {
      const auto now = ids_.find(key);
      if (now == ids_.end() || now->second == id || connected_.count(id) > 0) continue;
      Add(id, now->second, Succession::Kind::kCodeKept, false);
    }
  }

  const Register& reg_;
  const RegisterSnapshot& snapshot_;
  const SnapshotTree tree_;
  const bool first_;
  // The units of the day before.
  std::map<Key, int64_t> before_;
  // The units of the snapshot.
  std::map<Key, int64_t> ids_;
  std::map<int64_t, std::set<std::string>> province_successors_;
  std::map<std::string, std::set<int64_t>> province_predecessors_;
  std::map<int64_t, UnitHistory> changed_;
  // Predecessors that have an edge.
  std::set<int64_t> connected_;
  ImportPlan plan_;
};

}  // namespace

absl::StatusOr<ImportPlan> PlanImport(const Register& reg, const RegisterSnapshot& snapshot) {
  LeftOutList left_out;
  SnapshotTree tree = TreeOfRows(snapshot, left_out);
  const PlacedMappings mappings = PlaceMappings(reg, snapshot, tree.commune_province, left_out);
  ImportPlan plan;
  const std::map<Key, int64_t> now = UnitsOn(reg, snapshot.date);
  if (SaysTheSame(reg, tree, now, snapshot.date)) {
    plan.units_unchanged = static_cast<int>(tree.rows.size());
    plan.next_id = reg.next_id;
    plan.last_import = std::max(reg.last_import, snapshot.date);
  } else if (snapshot.date <= reg.last_import) {
    return Precondition("SNAPSHOT_OUT_OF_ORDER",
                        {"A snapshot of this day or a later one was imported before, and this one "
                         "differs from it.",
                         "Đã nhập dữ liệu của ngày này hoặc ngày sau đó, và dữ liệu này khác với "
                         "dữ liệu đã nhập."},
                        "units");
  } else {
    plan = Planner(reg, snapshot, std::move(tree)).Run(mappings);
  }
  plan.left_out = left_out.Take();
  plan.mapping_counts = mappings.counts;
  return plan;
}

Register Applied(Register reg, const ImportPlan& plan) {
  if (!plan.empty()) ++reg.version;
  for (const UnitHistory& unit : plan.changed) reg.units[unit.id] = unit;
  reg.successions.insert(reg.successions.end(), plan.successions.begin(), plan.successions.end());
  reg.next_id = plan.next_id;
  reg.last_import = plan.last_import;
  return reg;
}

}  // namespace phoihop::directory
