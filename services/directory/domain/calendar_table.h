// The working-day table of a year, as the directory keeps it.
#ifndef PHOIHOP_SERVICES_DIRECTORY_DOMAIN_CALENDAR_TABLE_H_
#define PHOIHOP_SERVICES_DIRECTORY_DOMAIN_CALENDAR_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/status/errors.h"
#include "common/time/work_calendar.h"

namespace phoihop::directory {

// A table with what is known about it.
struct CalendarTable {
  CalendarYear days;
  // What a reader must know besides.
  std::string note;
  // A decision about the year is still to come.
  bool provisional = false;
  // The calendar's revision with which it came.
  int64_t calendar_revision = 0;
  absl::Time updated;
  int64_t revision = 0;
};

// All tables of one moment.
struct CalendarTables {
  // In order of year.
  std::vector<CalendarTable> tables;
  int64_t revision = 0;

  // Null when there is none for the year.
  const CalendarTable* Find(int year) const;
};

inline constexpr int kFirstCalendarYear = 2000;
inline constexpr int kLastCalendarYear = 2199;
// Days off in one table, and worked days.
inline constexpr int kMaxCalendarDays = 60;

// One thing that is wrong with a table's days.
struct CalendarViolation {
  // Whether it is about a holiday or a worked day, and which: its index as given, or -1 for the
  // list as a whole.
  bool worked = false;
  int index = -1;
  // UPPER_SNAKE.
  std::string reason;
  Text message;
};

// What is wrong with the days as given, in any order: days of another year, doubles, worked days
// that are no Saturday or Sunday or are off as well, no day off, too many days.
std::vector<CalendarViolation> CheckDays(const CalendarYear& year);

// The days in order.
CalendarYear Sorted(CalendarYear year);

// Whether two tables say the same; when they were set does not count.
bool SameTable(const CalendarTable& a, const CalendarTable& b);

// For counting working days.
WorkCalendar CalendarOf(const CalendarTables& tables);

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_DOMAIN_CALENDAR_TABLE_H_
