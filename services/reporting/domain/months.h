// How an interval is counted without reading every record: whole months come from counters
// kept by month, the days left over at its edges from the records.
#ifndef PHOIHOP_SERVICES_REPORTING_DOMAIN_MONTHS_H_
#define PHOIHOP_SERVICES_REPORTING_DOMAIN_MONTHS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/time/civil.h"

namespace phoihop::reporting {

// A month as a number that orders and reads well: 202310.
int64_t MonthNumber(absl::CivilDay day);

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

// Which of the petitions received in whole months were resolved by a day.
struct ResolvedSplit {
  // Counters say it for months up to this number.
  int64_t through = 0;
  // Days of the end's own month when that month is not over by the end: there the records
  // have to be asked.
  std::optional<DayInterval> edge;
};
ResolvedSplit SplitResolved(absl::CivilDay end);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_DOMAIN_MONTHS_H_
