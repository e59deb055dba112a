#include "services/opinions/store/count_memory.h"

#include "absl/container/flat_hash_set.h"
#include "common/names/names.h"

namespace phoihop::opinions {
namespace {

void AppendNumber(int64_t number, std::string& key) {
  for (int shift = 0; shift < 64; shift += 8) {
    key.push_back(static_cast<char>(static_cast<uint64_t>(number) >> shift));
  }
}

int64_t NumberOf(absl::CivilDay day) { return day - absl::CivilDay(1970, 1, 1); }

}  // namespace

std::string CountKey(absl::Span<const UnitDays> where, absl::CivilDay end) {
  std::string key;
  key.reserve(24 * where.size() + 8);
  AppendNumber(NumberOf(end), key);
  for (const UnitDays& part : where) {
    AppendNumber(part.unit, key);
    AppendNumber(NumberOf(part.days.first), key);
    AppendNumber(NumberOf(part.days.last), key);
  }
  return key;
}

std::vector<size_t> ChangedParts(absl::Span<const UnitDays> where, const ledger::Changes& changes) {
  std::vector<size_t> changed;
  absl::flat_hash_set<int64_t> units;
  for (const std::string& name : changes.units) {
    // A record of no unit is of nothing that is counted.
    if (const absl::StatusOr<int64_t> unit = ParseUnitName(name, "unit"); unit.ok()) {
      units.insert(*unit);
    }
  }
  if (units.empty()) return changed;
  for (size_t i = 0; i < where.size(); ++i) {
    if (units.contains(where[i].unit)) changed.push_back(i);
  }
  return changed;
}

}  // namespace phoihop::opinions
