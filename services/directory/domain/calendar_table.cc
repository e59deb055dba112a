#include "services/directory/domain/calendar_table.h"

#include <algorithm>
#include <set>
#include <utility>

namespace phoihop::directory {
namespace {

bool IsWeekend(absl::CivilDay day) {
  const absl::Weekday weekday = absl::GetWeekday(day);
  return weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
}

Text TooMany() {
  return {"A table has at most 60 days off and 60 worked days.",
          "Một bảng có nhiều nhất 60 ngày nghỉ và 60 ngày làm bù."};
}

}  // namespace

const CalendarTable* CalendarTables::Find(int year) const {
  const auto at = std::find_if(tables.begin(), tables.end(),
                               [&](const CalendarTable& table) { return table.days.year == year; });
  return at == tables.end() ? nullptr : &*at;
}

std::vector<CalendarViolation> CheckDays(const CalendarYear& year) {
  std::vector<CalendarViolation> violations;
  const auto add = [&](bool worked, int index, const char* reason, Text message) {
    violations.push_back({worked, index, reason, std::move(message)});
  };
  if (year.holidays.empty()) {
    add(false, -1, "REQUIRED",
        {"A table needs its days off.", "Bảng phải có các ngày nghỉ của năm."});
  }
  if (year.holidays.size() > kMaxCalendarDays) add(false, -1, "TOO_MANY_DAYS", TooMany());
  if (year.worked_days.size() > kMaxCalendarDays) add(true, -1, "TOO_MANY_DAYS", TooMany());
  if (!violations.empty()) return violations;
  std::set<absl::CivilDay> off, worked;
  // False, with a violation, for a day that cannot stand in the list.
  const auto fits = [&](bool is_worked, int index, absl::CivilDay day,
                        std::set<absl::CivilDay>& seen) {
    if (day.year() != year.year) {
      add(is_worked, index, "DAY_OF_ANOTHER_YEAR",
          {"The day must lie within the table's year.", "Ngày phải thuộc năm của bảng."});
      return false;
    }
    if (!seen.insert(day).second) {
      add(is_worked, index, "DUPLICATE_DAY",
          {"The day is there twice; leave one of them out.",
           "Ngày này bị lặp; hãy bỏ bớt một dòng."});
      return false;
    }
    return true;
  };
  for (size_t i = 0; i < year.holidays.size(); ++i) {
    fits(false, static_cast<int>(i), year.holidays[i].day, off);
  }
  for (size_t i = 0; i < year.worked_days.size(); ++i) {
    const absl::CivilDay day = year.worked_days[i];
    const int index = static_cast<int>(i);
    if (!fits(true, index, day, worked)) continue;
    if (!IsWeekend(day)) {
      add(true, index, "NOT_A_WEEKEND_DAY",
          {"Only a Saturday or a Sunday can be worked in exchange.",
           "Ngày làm bù phải là thứ Bảy hoặc Chủ nhật."});
    } else if (off.contains(day)) {
      add(true, index, "DAY_IS_OFF",
          {"The day is a day off in the same table; leave it out of one of the lists.",
           "Ngày này cũng là ngày nghỉ trong bảng; hãy bỏ khỏi một trong hai danh sách."});
    }
  }
  return violations;
}

CalendarYear Sorted(CalendarYear year) {
  std::sort(year.holidays.begin(), year.holidays.end(),
            [](const Holiday& a, const Holiday& b) { return a.day < b.day; });
  std::sort(year.worked_days.begin(), year.worked_days.end());
  return year;
}

bool SameTable(const CalendarTable& a, const CalendarTable& b) {
  return a.days == b.days && a.note == b.note && a.provisional == b.provisional;
}

WorkCalendar CalendarOf(const CalendarTables& tables) {
  std::vector<CalendarYear> years;
  for (const CalendarTable& table : tables.tables) years.push_back(table.days);
  return {std::move(years), tables.revision};
}

}  // namespace phoihop::directory
