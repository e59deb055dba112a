// How an interval is counted without reading every record: whole months come from
// counters kept by month, the days left over at its edges from the records.
#ifndef PHOIHOP_SERVICES_OPINIONS_DOMAIN_COUNT_PLAN_H_
#define PHOIHOP_SERVICES_OPINIONS_DOMAIN_COUNT_PLAN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/time/civil.h"
#include "services/opinions/domain/counting.h"

namespace phoihop::opinions {

// A month as a number that orders and reads well: 202310.
int64_t MonthNumber(absl::CivilMonth month);
inline int64_t MonthNumber(absl::CivilDay day) { return MonthNumber(absl::CivilMonth(day)); }

// Months, both included.
struct MonthInterval {
  absl::CivilMonth first, last;

  // All days of these months.
  DayInterval days() const;
  friend bool operator==(const MonthInterval&, const MonthInterval&) = default;
};

// An interval of days, taken apart.
struct MonthSplit {
  // The months that lie in it whole, if any.
  std::optional<MonthInterval> whole;
  // The days outside those: none, one or two intervals, in order of time.
  std::vector<DayInterval> edges;
};
MonthSplit SplitByMonth(DayInterval days);

// Which petitions of the whole months were resolved by a day.
struct ResolvedSplit {
  // Counters say it for months up to this one.
  absl::CivilMonth through;
  // Days of the end's own month, when that month is not over by the end: there
  // the records must be asked.
  std::optional<DayInterval> edge;
};
ResolvedSplit SplitResolved(absl::CivilDay end);

// Units whose records count on the same days: one query for all of them.
struct UnitGroup {
  DayInterval days;
  std::vector<int64_t> units;
};

// Groups units by their days, at most `max_units` in a group, so that a query
// stays bounded. Units of a group ascend.
std::vector<UnitGroup> GroupByDays(absl::Span<const UnitDays> where, int max_units);

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_DOMAIN_COUNT_PLAN_H_
