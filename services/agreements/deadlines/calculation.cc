#include "services/agreements/deadlines/calculation.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace phoihop::agreements {
namespace {

// Days off of one name that no working day parts.
struct Stretch {
  DayInterval days;
  std::string name;
};

bool IsWeekend(absl::CivilDay day) {
  const absl::Weekday weekday = absl::GetWeekday(day);
  return weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
}

// The weekdays off within `days`; weekends between them join them.
std::vector<Stretch> DaysOff(DayInterval days, const WorkCalendar& calendar) {
  std::vector<Stretch> stretches;
  bool parted = true;
  for (absl::CivilDay day = days.first; day <= days.last; ++day) {
    if (calendar.IsWorkingDay(day)) {
      parted = true;
    } else if (!IsWeekend(day)) {
      std::string name = calendar.HolidayName(day);
      if (parted || stretches.back().name != name) {
        stretches.push_back({{day, day}, std::move(name)});
      } else {
        stretches.back().days.last = day;
      }
      parted = false;
    }
  }
  return stretches;
}

Text Named(const Stretch& stretch) {
  Text text = RangeText(stretch.days);
  if (!stretch.name.empty()) {
    absl::StrAppend(&text.vi, " (", stretch.name, ")");
    absl::StrAppend(&text.en, " (", stretch.name, ")");
  }
  return text;
}

// Adds one sentence of a lead and a list, unless the list is empty.
void AddList(Text& text, const Text& lead, const std::vector<Text>& list) {
  if (list.empty()) return;
  const auto vi = [](std::string* out, const Text& item) { out->append(item.vi); };
  const auto en = [](std::string* out, const Text& item) { out->append(item.en); };
  absl::StrAppend(&text.vi, " ", lead.vi, absl::StrJoin(list, ", ", vi), ".");
  absl::StrAppend(&text.en, " ", lead.en, absl::StrJoin(list, ", ", en), ".");
}

}  // namespace

Text WeekdayName(absl::CivilDay day) {
  switch (absl::GetWeekday(day)) {
    case absl::Weekday::monday:
      return {"Monday", "Thứ Hai"};
    case absl::Weekday::tuesday:
      return {"Tuesday", "Thứ Ba"};
    case absl::Weekday::wednesday:
      return {"Wednesday", "Thứ Tư"};
    case absl::Weekday::thursday:
      return {"Thursday", "Thứ Năm"};
    case absl::Weekday::friday:
      return {"Friday", "Thứ Sáu"};
    case absl::Weekday::saturday:
      return {"Saturday", "Thứ Bảy"};
    case absl::Weekday::sunday:
      break;
  }
  return {"Sunday", "Chủ nhật"};
}

Text RangeText(DayInterval days) {
  if (days.first == days.last) return {FormatDay(days.first), FormatDayVi(days.first)};
  return {absl::StrCat(FormatDay(days.first), " to ", FormatDay(days.last)),
          absl::StrCat(FormatDayVi(days.first), " đến ", FormatDayVi(days.last))};
}

Text WhyOff(absl::CivilDay day, const WorkCalendar& calendar) {
  const std::string name = calendar.HolidayName(day);
  if (name.empty()) return WeekdayName(day);
  return {absl::StrCat("a day off (", name, ")"), absl::StrCat("ngày nghỉ (", name, ")")};
}

Text Exceptions(DayInterval days, const WorkCalendar& calendar) {
  Text text;
  std::vector<Text> list;
  for (const Stretch& stretch : DaysOff(days, calendar)) list.push_back(Named(stretch));
  AddList(text, {"Days off not counted: ", "Không tính ngày nghỉ: "}, list);
  list.clear();
  for (absl::CivilDay day = days.first; day <= days.last; ++day) {
    if (IsWeekend(day) && calendar.IsWorkingDay(day)) list.push_back(RangeText({day, day}));
  }
  AddList(text, {"Worked in exchange and counted: ", "Có tính ngày làm bù: "}, list);
  list.clear();
  for (absl::CivilYear year(days.first); year <= absl::CivilYear(days.last); ++year) {
    const auto number = static_cast<int>(year.year());
    if (!calendar.Knows(number)) list.push_back({absl::StrCat(number), absl::StrCat(number)});
  }
  AddList(text,
          {"Only Saturdays and Sundays are taken as off, for want of a table of holidays: ",
           "Chỉ trừ thứ Bảy, Chủ nhật vì chưa có bảng ngày nghỉ của năm: "},
          list);
  return text;
}

}  // namespace phoihop::agreements
