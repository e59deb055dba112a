#include "services/reporting/domain/months.h"

namespace phoihop::reporting {
namespace {

absl::CivilDay LastDay(absl::CivilMonth month) { return absl::CivilDay(month + 1) - 1; }

}  // namespace

int64_t MonthNumber(absl::CivilDay day) { return day.year() * 100 + day.month(); }

DayInterval MonthInterval::days() const { return {absl::CivilDay(first), LastDay(last)}; }

MonthSplit SplitByMonth(DayInterval days) {
  MonthSplit split;
  if (days.empty()) return split;
  absl::CivilMonth first(days.first);
  absl::CivilMonth last(days.last);
  if (absl::CivilDay(first) < days.first) ++first;
  if (days.last < LastDay(last)) --last;
  if (last < first) {
    // No whole month: at most two parts of months that touch, one stretch of days.
    split.edges.push_back(days);
    return split;
  }
  split.whole = MonthInterval{first, last};
  if (days.first < absl::CivilDay(first)) {
    split.edges.push_back({days.first, absl::CivilDay(first) - 1});
  }
  if (LastDay(last) < days.last) split.edges.push_back({LastDay(last) + 1, days.last});
  return split;
}

ResolvedSplit SplitResolved(absl::CivilDay end) {
  const absl::CivilMonth month(end);
  if (end == LastDay(month)) return {MonthNumber(end), std::nullopt};
  return {MonthNumber(absl::CivilDay(month - 1)), DayInterval{absl::CivilDay(month), end}};
}

}  // namespace phoihop::reporting
