#include "common/time/work_calendar.h"

#include <algorithm>
#include <utility>

namespace phoihop {
namespace {

bool IsWeekend(absl::CivilDay day) {
  const absl::Weekday weekday = absl::GetWeekday(day);
  return weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
}

// The holiday of `year` on `day`; null when there is none.
const Holiday* FindHoliday(const CalendarYear& year, absl::CivilDay day) {
  const auto at = std::lower_bound(
      year.holidays.begin(), year.holidays.end(), day,
      [](const Holiday& holiday, absl::CivilDay wanted) { return holiday.day < wanted; });
  return at == year.holidays.end() || at->day != day ? nullptr : &*at;
}

}  // namespace

WorkCalendar::WorkCalendar(std::vector<CalendarYear> years, int64_t revision)
    : revision_(revision) {
  for (CalendarYear& year : years) {
    // The look-ups halve: they need the order, which is therefore not left to the caller.
    std::sort(year.holidays.begin(), year.holidays.end(),
              [](const Holiday& a, const Holiday& b) { return a.day < b.day; });
    std::sort(year.worked_days.begin(), year.worked_days.end());
    const int number = year.year;
    years_.insert_or_assign(number, std::move(year));
  }
}

bool WorkCalendar::IsWorkingDay(absl::CivilDay day) const {
  const auto year = years_.find(static_cast<int>(day.year()));
  if (year == years_.end()) return !IsWeekend(day);
  if (FindHoliday(year->second, day) != nullptr) return false;
  return !IsWeekend(day) ||
         std::binary_search(year->second.worked_days.begin(), year->second.worked_days.end(), day);
}

std::string WorkCalendar::HolidayName(absl::CivilDay day) const {
  const auto year = years_.find(static_cast<int>(day.year()));
  if (year == years_.end()) return "";
  const Holiday* holiday = FindHoliday(year->second, day);
  return holiday == nullptr ? "" : holiday->name;
}

absl::CivilDay WorkCalendar::OnOrAfter(absl::CivilDay day) const {
  while (!IsWorkingDay(day)) ++day;
  return day;
}

absl::CivilDay WorkCalendar::OnOrBefore(absl::CivilDay day) const {
  while (!IsWorkingDay(day)) --day;
  return day;
}

absl::CivilDay WorkCalendar::Add(absl::CivilDay day, int count) const {
  if (count == 0) return OnOrAfter(day);
  const int step = count > 0 ? 1 : -1;
  while (count != 0) {
    day += step;
    if (IsWorkingDay(day)) count -= step;
  }
  return day;
}

absl::CivilDay WorkCalendar::NthOfMonth(int year, int month, int n) const {
  const absl::CivilMonth wanted(year, month);
  const bool from_end = n < 0;
  const int step = from_end ? -1 : 1;
  // The last working day met so far; none in a month that is off altogether.
  absl::CivilDay found;
  int left = from_end ? -n : std::max(n, 1);
  bool any = false;
  for (absl::CivilDay day = from_end ? absl::CivilDay(wanted + 1) - 1 : absl::CivilDay(wanted);
       absl::CivilMonth(day) == wanted && left > 0; day += step) {
    if (!IsWorkingDay(day)) continue;
    found = day;
    any = true;
    --left;
  }
  return any ? found : OnOrBefore(absl::CivilDay(wanted));
}

int WorkCalendar::CountBetween(absl::CivilDay first, absl::CivilDay last) const {
  int count = 0;
  for (absl::CivilDay day = first; day <= last; ++day) {
    if (IsWorkingDay(day)) ++count;
  }
  return count;
}

}  // namespace phoihop
