#include "services/opinions/domain/count_plan.h"

#include <algorithm>
#include <map>
#include <utility>

namespace phoihop::opinions {
namespace {

absl::CivilDay LastDayOf(absl::CivilMonth month) { return absl::CivilDay(month + 1) - 1; }

}  // namespace

int64_t MonthNumber(absl::CivilMonth month) { return month.year() * 100 + month.month(); }

DayInterval MonthInterval::days() const { return {absl::CivilDay(first), LastDayOf(last)}; }

MonthSplit SplitByMonth(DayInterval days) {
  MonthSplit split;
  if (days.empty()) return split;
  absl::CivilMonth first(days.first);
  if (days.first != absl::CivilDay(first)) ++first;
  absl::CivilMonth last(days.last);
  if (days.last != LastDayOf(last)) --last;
  if (last < first) {
    split.edges.push_back(days);
    return split;
  }
  split.whole = MonthInterval{first, last};
  const DayInterval whole = split.whole->days();
  if (days.first < whole.first) split.edges.push_back({days.first, whole.first - 1});
  if (whole.last < days.last) split.edges.push_back({whole.last + 1, days.last});
  return split;
}

ResolvedSplit SplitResolved(absl::CivilDay end) {
  const absl::CivilMonth month(end);
  if (end == LastDayOf(month)) return {month, std::nullopt};
  return {month - 1, DayInterval{absl::CivilDay(month), end}};
}

std::vector<UnitGroup> GroupByDays(absl::Span<const UnitDays> where, int max_units) {
  std::map<std::pair<absl::CivilDay, absl::CivilDay>, std::vector<int64_t>> by_days;
  for (const UnitDays& days : where) {
    if (!days.days.empty()) by_days[{days.days.first, days.days.last}].push_back(days.unit);
  }
  std::vector<UnitGroup> groups;
  for (auto& [days, units] : by_days) {
    std::sort(units.begin(), units.end());
    for (size_t i = 0; i < units.size(); i += max_units) {
      const size_t n = std::min<size_t>(max_units, units.size() - i);
      groups.push_back({{days.first, days.second},
                        std::vector<int64_t>(units.begin() + i, units.begin() + i + n)});
    }
  }
  return groups;
}

}  // namespace phoihop::opinions
