#include "services/directory/domain/mapping.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/text/text.h"

namespace phoihop::directory {
namespace {

constexpr size_t kMaxListed = 1000;
constexpr int kMaxDepth = 16;

// Name, district and province, as published.
using Names = std::tuple<std::string, std::string, std::string>;

// The communes of a day, by code and by names.
struct DayIndex {
  std::map<std::string, int64_t> by_code;
  std::map<Names, std::set<int64_t>> by_names;
};

DayIndex IndexOf(const Register& reg, absl::CivilDay day) {
  DayIndex index;
  for (const auto& [id, unit] : reg.units) {
    const UnitVersion* version = unit.On(day);
    if (version == nullptr || version->level != access::kCommuneLevel) continue;
    index.by_code[version->code] = id;
    const auto parent = reg.units.find(version->parent);
    const auto province = reg.units.find(ProvinceOn(reg, id, day));
    if (parent == reg.units.end() || province == reg.units.end()) continue;
    const UnitVersion* above = parent->second.On(day);
    const UnitVersion* top = province->second.On(day);
    if (above == nullptr || top == nullptr) continue;
    index.by_names[{version->name, above->name, top->name}].insert(id);
  }
  return index;
}

// The days before `date` on which the register is looked at, newest first: the day
// before, then each earlier day on which anything changed.
std::vector<absl::CivilDay> DaysBefore(const Register& reg, absl::CivilDay date) {
  std::set<absl::CivilDay> days;
  for (const auto& [id, unit] : reg.units) {
    for (const UnitVersion& version : unit.versions) {
      // The day before a change shows what the change ended.
      if (version.from > kFirstDay && version.from < date) days.insert(version.from - 1);
    }
  }
  std::vector<absl::CivilDay> result(days.rbegin(), days.rend());
  result.insert(result.begin(), date - 1);
  return result;
}

// A province's name without its kind, for comparing: one source writes "Sơn La" where
// another has "Tỉnh Sơn La".
std::string BareProvince(const std::string& name) {
  const std::string folded = Fold(name);
  for (const char* kind : {"thanh pho ", "tinh "}) {
    const std::string prefix = kind;
    if (folded.compare(0, prefix.size(), prefix) == 0) return folded.substr(prefix.size());
  }
  return folded;
}

std::string Described(const MappingRow& row) {
  return absl::StrCat(row.old_name, ", ", row.old_district_name, ", ", row.old_province_name,
                      " -> ", row.new_code, " ", row.new_name, ", ", row.new_province_name);
}

}  // namespace

void LeftOutList::Add(const std::string& reason, const std::string& code, const std::string& name) {
  auto found = std::find_if(list_.begin(), list_.end(),
                            [&](const LeftOut& other) { return other.reason == reason; });
  if (found == list_.end()) found = list_.insert(list_.end(), LeftOut{reason, 0, {}});
  ++found->count;
  if (found->rows.size() < kMaxListed) {
    found->rows.push_back(code.empty() ? name : absl::StrCat(code, " ", name));
  }
}

int64_t ProvinceOn(const Register& reg, int64_t id, absl::CivilDay day) {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    const auto unit = reg.units.find(id);
    const UnitVersion* version = unit == reg.units.end() ? nullptr : unit->second.On(day);
    if (version == nullptr) return 0;
    if (version->parent == access::kCountryUnit) return id;
    id = version->parent;
  }
  return 0;
}

PlacedMappings PlaceMappings(const Register& reg, const RegisterSnapshot& snapshot,
                             const std::map<std::string, std::string>& commune_province,
                             LeftOutList& left_out) {
  PlacedMappings placed;
  if (snapshot.mappings.empty()) return placed;
  std::vector<DayIndex> indexes;
  for (const absl::CivilDay day : DaysBefore(reg, snapshot.date)) {
    indexes.push_back(IndexOf(reg, day));
  }

  std::map<MappingRow, int> occurrences;
  std::set<std::string> unknown_codes;
  std::set<std::pair<int64_t, std::string>> known;
  for (const MappingRow& row : snapshot.mappings) {
    if (++occurrences[row] == 2) ++placed.counts.repeated_rows;

    // The predecessor, and the reason when there is none.
    int64_t from = 0;
    std::string reason;
    const bool by_name = row.old_code.empty();
    if (!by_name) {
      // A code means a unit only on the day before: later or earlier it may be another's.
      const auto found = indexes.front().by_code.find(row.old_code);
      if (found == indexes.front().by_code.end()) {
        reason = "UNKNOWN_OLD_CODE";
      } else {
        from = found->second;
      }
    } else {
      ++placed.counts.without_old_code;
      reason = row.old_name.empty() ? "NO_OLD_UNIT" : "UNKNOWN_OLD_NAME";
      // The newest register first: the source also lists communes that had ended
      // before the day, and those are found further back.
      const Names names(row.old_name, row.old_district_name, row.old_province_name);
      for (const DayIndex& index : indexes) {
        const auto found = index.by_names.find(names);
        if (found == index.by_names.end()) continue;
        if (found->second.size() == 1) {
          from = *found->second.begin();
          ++placed.counts.placed_by_name;
        } else {
          reason = "AMBIGUOUS_OLD_NAME";
        }
        break;
      }
    }

    const auto province = commune_province.find(row.new_code);
    if (from != 0) placed.successors[from].insert(row.new_code);
    if (province == commune_province.end()) {
      unknown_codes.insert(row.new_code);
      left_out.Add("UNKNOWN_NEW_CODE", row.old_code, Described(row));
      continue;
    }
    if (BareProvince(province->second) != BareProvince(row.new_province_name)) {
      left_out.Add("NEW_PROVINCE_MISMATCH", row.old_code, Described(row));
      continue;
    }
    if (reason != "NO_OLD_UNIT" || from != 0) {
      placed.predecessors[row.new_code].insert(from != 0 ? absl::StrCat(from) : Described(row));
    }
    if (from == 0) {
      left_out.Add(reason, row.old_code, Described(row));
      continue;
    }
    if (!known.insert({from, row.new_code}).second) {
      left_out.Add("REPEATED_SUCCESSION", row.old_code, Described(row));
      continue;
    }
    placed.edges.push_back({from, row.new_code, by_name});
  }
  placed.counts.unknown_new_codes = static_cast<int>(unknown_codes.size());
  return placed;
}

}  // namespace phoihop::directory
