// Civil days. On the wire and in the database a day is ISO 8601 text or DATE, in
// code absl::CivilDay; a day begins at midnight in Asia/Ho_Chi_Minh.
#ifndef PHOIHOP_COMMON_TIME_CIVIL_H_
#define PHOIHOP_COMMON_TIME_CIVIL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace phoihop {

// An interval of days, both ends included. Empty when `last` is before `first`.
struct DayInterval {
  absl::CivilDay first;
  absl::CivilDay last;

  bool Contains(absl::CivilDay day) const { return first <= day && day <= last; }
  bool empty() const { return last < first; }
  friend bool operator==(const DayInterval&, const DayInterval&) = default;
};

// The first day that the system knows, 1900-01-01. As a lower bound it means
// "not known since when".
inline constexpr absl::CivilDay kFirstDay(1900, 1, 1);

// The day after the last one that the system knows, 2200-01-01. As an exclusive
// upper bound it means "still so".
inline constexpr absl::CivilDay kEndOfDays(2200, 1, 1);

// Vietnam's time zone: UTC+7 without summer time, so no zone data is needed.
absl::TimeZone VietnamTimeZone();

// The day that it is in Vietnam at `instant`.
absl::CivilDay VietnamDay(absl::Time instant);

// Midnight in Vietnam at which `day` begins.
absl::Time StartOfDay(absl::CivilDay day);

// Reads strict ISO 8601, for example "2023-10-24", years 1900 to 2199.
// INVALID_ARGUMENT for anything else, also for days that no calendar has.
absl::StatusOr<absl::CivilDay> ParseDay(std::string_view text);

// "2023-10-24".
std::string FormatDay(absl::CivilDay day);

// "24/10/2023", as Vietnamese documents write it.
std::string FormatDayVi(absl::CivilDay day);

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_TIME_CIVIL_H_
