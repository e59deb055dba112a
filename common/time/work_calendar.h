// Working days, by the yearly tables that the Prime Minister's decisions set. Nothing here
// is computed from the moon: a table is imported, and one that comes later moves what is
// still open (never what has happened).
#ifndef PHOIHOP_COMMON_TIME_WORK_CALENDAR_H_
#define PHOIHOP_COMMON_TIME_WORK_CALENDAR_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"

namespace phoihop {

// A day off that a table names.
struct Holiday {
  absl::CivilDay day;
  // For reading, for example "Tết Nguyên đán"; a compensatory day says so here.
  std::string name;

  friend bool operator==(const Holiday&, const Holiday&) = default;
};

// The table of one year.
struct CalendarYear {
  int year = 0;
  // The document that sets it, for example "Thông báo 6150/TB-BLĐTBXH".
  std::string source;
  // Days off besides Saturdays and Sundays, ascending; all within `year`.
  std::vector<Holiday> holidays;
  // Saturdays and Sundays that are worked in exchange for a day off, ascending.
  std::vector<absl::CivilDay> worked_days;

  friend bool operator==(const CalendarYear&, const CalendarYear&) = default;
};

// Which days are worked. A year without a table has Saturdays and Sundays off and no
// holidays, and Knows() says so. Immutable, thread safe.
class WorkCalendar {
 public:
  // The calendar without any table.
  WorkCalendar() = default;
  // `revision` ascends with every table that is imported.
  WorkCalendar(std::vector<CalendarYear> years, int64_t revision);

  int64_t revision() const { return revision_; }
  const std::map<int, CalendarYear>& years() const { return years_; }
  // Whether there is a table for the year.
  bool Knows(int year) const { return years_.contains(year); }

  bool IsWorkingDay(absl::CivilDay day) const;
  // Name of the holiday on `day`; empty when a table names none.
  std::string HolidayName(absl::CivilDay day) const;

  // `day` itself when it is worked, otherwise the next (previous) one that is.
  absl::CivilDay OnOrAfter(absl::CivilDay day) const;
  absl::CivilDay OnOrBefore(absl::CivilDay day) const;

  // The `count`-th working day after `day` (the day itself is not counted); before it when
  // negative; OnOrAfter(day) when 0.
  absl::CivilDay Add(absl::CivilDay day, int count) const;

  // The `n`-th working day of a month from 1; from its end when negative (-1 is the last).
  // When the month has fewer, the last (first) of it.
  absl::CivilDay NthOfMonth(int year, int month, int n) const;

  // Working days from `first` to `last`, both included.
  int CountBetween(absl::CivilDay first, absl::CivilDay last) const;

 private:
  std::map<int, CalendarYear> years_;
  int64_t revision_ = 0;
};

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_TIME_WORK_CALENDAR_H_
