#include "services/agreements/deadlines/rhythm.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "common/status/errors.h"
#include "services/agreements/deadlines/calculation.h"

namespace phoihop::agreements {
namespace {

constexpr size_t kMostDueDays = 600;
constexpr int kMostWorkingDays = 250;
// No month has more weekdays.
constexpr int kMostOfMonth = 23;
constexpr size_t kLongestEvent = 50;

void Append(DueDay& due, const Text& text) {
  due.calculation_vi += text.vi;
  due.calculation_en += text.en;
}

// Ends the sentence with the day that it leads to.
void Conclude(DueDay& due) {
  Append(due, {absl::StrCat(": ", FormatDay(due.day), "."),
               absl::StrCat(": ", FormatDayVi(due.day), ".")});
}

// Due on `plain`, or on the working day before it. `what` begins the sentence.
DueDay OnOrBefore(absl::CivilDay plain, DayInterval period, const Text& what,
                  const WorkCalendar& calendar) {
  DueDay due{calendar.OnOrBefore(plain), period, what.vi, what.en};
  if (due.day != plain) {
    const Text why = WhyOff(plain, calendar);
    Append(due,
           {absl::StrCat(" (", FormatDay(plain), ") is ", why.en, "; the working day before it"),
            absl::StrCat(" (", FormatDayVi(plain), ") là ", why.vi,
                         "; lấy ngày làm việc liền trước")});
  }
  Conclude(due);
  // Only a year without a table has something to add for one day.
  if (!calendar.Knows(static_cast<int>(plain.year()))) {
    Append(due, Exceptions({plain, plain}, calendar));
  }
  return due;
}

DueDay Once(const Rhythm& rhythm, const WorkCalendar& calendar) {
  return OnOrBefore(rhythm.day, {rhythm.day, rhythm.day}, {"The day agreed", "Ngày đã thỏa thuận"},
                    calendar);
}

DueDay OfWeek(const Rhythm& rhythm, DayInterval week, const WorkCalendar& calendar) {
  const absl::CivilDay plain = week.first + (rhythm.weekday - 1);
  const Text name = WeekdayName(plain);
  const Text range = RangeText(week);
  return OnOrBefore(plain, week,
                    {absl::StrCat(name.en, " of the week ", range.en),
                     absl::StrCat(name.vi, " của tuần ", range.vi)},
                    calendar);
}

DueDay OfYear(const Rhythm& rhythm, int year, const WorkCalendar& calendar) {
  // 29 February is the month's last day in the other years.
  const absl::CivilDay last = absl::CivilDay(absl::CivilMonth(year, rhythm.day.month()) + 1) - 1;
  const absl::CivilDay plain =
      std::min(absl::CivilDay(last.year(), last.month(), 1) + (rhythm.day.day() - 1), last);
  Text what{absl::StrFormat("%02d-%02d of every year", rhythm.day.month(), rhythm.day.day()),
            absl::StrFormat("Ngày %02d/%02d hằng năm", rhythm.day.day(), rhythm.day.month())};
  if (plain.day() != rhythm.day.day()) {
    absl::StrAppend(&what.en, ", in ", year, " the last day of the month");
    absl::StrAppend(&what.vi, ", năm ", year, " lấy ngày cuối tháng");
  }
  return OnOrBefore(plain, {absl::CivilDay(year, 1, 1), absl::CivilDay(year, 12, 31)}, what,
                    calendar);
}

// "Ngày làm việc thứ 5", "Ngày làm việc cuối cùng".
Text OrdinalText(int n) {
  if (n == 1) return {"The first working day", "Ngày làm việc đầu tiên"};
  if (n == -1) return {"The last working day", "Ngày làm việc cuối cùng"};
  if (n > 0) {
    return {absl::StrCat("Working day ", n), absl::StrCat("Ngày làm việc thứ ", n)};
  }
  return {absl::StrCat("Working day ", -n, " from the end"),
          absl::StrCat("Ngày làm việc thứ ", -n, " tính từ cuối")};
}

// Due on the rhythm's working day of `month`, for `period`. `after` says what the month is.
DueDay OfMonth(const Rhythm& rhythm, absl::CivilMonth month, DayInterval period, const Text& after,
               const WorkCalendar& calendar) {
  const DayInterval days{absl::CivilDay(month), absl::CivilDay(month + 1) - 1};
  const int n = rhythm.working_day;
  const int there = calendar.CountBetween(days.first, days.last);
  const std::string name_vi = absl::StrFormat("%02d/%04d", month.month(), month.year());
  const std::string name_en = absl::StrFormat("%04d-%02d", month.year(), month.month());
  DueDay due{calendar.NthOfMonth(static_cast<int>(month.year()), month.month(), n), period, "", ""};
  const Text ordinal = OrdinalText(n);
  Append(due, {absl::StrCat(ordinal.en, " of ", name_en, after.en),
               absl::StrCat(ordinal.vi, " của tháng ", name_vi, after.vi)});
  if (there < std::abs(n)) {
    const Text taken = there == 0 ? Text{"the working day before it", "ngày làm việc liền trước"}
                                  : OrdinalText(n > 0 ? -1 : 1);
    Append(due, {absl::StrCat("; the month has only ", there, " of them, so ",
                              absl::AsciiStrToLower(taken.en)),
                 absl::StrCat("; tháng này chỉ có ", there, " ngày làm việc nên lấy ",
                              // Only the first letter can be a capital, and it is ASCII.
                              absl::AsciiStrToLower(taken.vi.substr(0, 1)), taken.vi.substr(1))});
  }
  Conclude(due);
  Append(due, n > 0 ? Exceptions({days.first, std::max(due.day, days.first)}, calendar)
                    : Exceptions({std::min(due.day, days.last), days.last}, calendar));
  return due;
}

DueDay OfQuarter(const Rhythm& rhythm, DayInterval quarter, const WorkCalendar& calendar) {
  constexpr absl::string_view kNumbers[] = {"I", "II", "III", "IV"};
  const int index = (quarter.first.month() - 1) / 3;
  const auto year = quarter.first.year();
  return OfMonth(rhythm, absl::CivilMonth(quarter.last) + 1, quarter,
                 {absl::StrCat(", the month after quarter ", index + 1, " of ", year),
                  absl::StrCat(", tháng đầu sau quý ", kNumbers[index], "/", year)},
                 calendar);
}

// So many working days after (before, when negative) `from`.
DueDay Counted(absl::CivilDay from, int count, const Text& what, const WorkCalendar& calendar) {
  DueDay due{calendar.Add(from, count), {from, from}, what.vi, what.en};
  Conclude(due);
  // The day from which the count goes is not counted itself.
  const DayInterval gone = count < 0 ? DayInterval{due.day, from - 1}
                                     : DayInterval{count == 0 ? from : from + 1, due.day};
  Append(due, Exceptions(gone, calendar));
  return due;
}

}  // namespace

absl::Status CheckRhythm(const Rhythm& rhythm, const std::string& field) {
  const auto invalid = [&](const char* name, const char* reason, Text text) {
    return InvalidField(absl::StrCat(field, ".", name), reason, std::move(text));
  };
  switch (rhythm.kind) {
    case RhythmKind::kOnce:
    case RhythmKind::kYearly:
      if (rhythm.day >= kFirstDay && rhythm.day < kEndOfDays) return absl::OkStatus();
      return invalid("date", "OUT_OF_RANGE",
                     {"The day must lie between 1900-01-01 and 2199-12-31.",
                      "Ngày phải nằm trong khoảng từ 01/01/1900 đến 31/12/2199."});
    case RhythmKind::kWeekly:
      if (rhythm.weekday >= 1 && rhythm.weekday <= 7) return absl::OkStatus();
      return invalid("weekday", "OUT_OF_RANGE",
                     {"A weekly rhythm needs a weekday from 1 (Monday) to 7 (Sunday).",
                      "Nhịp hằng tuần cần thứ trong tuần, từ 1 (thứ Hai) đến 7 (Chủ nhật)."});
    case RhythmKind::kMonthly:
    case RhythmKind::kQuarterly:
      if (rhythm.working_day != 0 && std::abs(rhythm.working_day) <= kMostOfMonth) {
        return absl::OkStatus();
      }
      return invalid("working_day", "OUT_OF_RANGE",
                     {"The working day of the month must be 1 to 23, or -1 (the last) to -23.",
                      "Ngày làm việc trong tháng phải từ 1 đến 23, hoặc từ -1 (ngày cuối) đến "
                      "-23."});
    case RhythmKind::kBeforeEvent:
    case RhythmKind::kAfterEvent:
      if (rhythm.event.empty() || rhythm.event.size() > kLongestEvent ||
          !std::all_of(rhythm.event.begin(), rhythm.event.end(), [](unsigned char c) {
            return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '_';
          })) {
        return invalid("event", "INVALID_EVENT",
                       {"The kind of event must have 1 to 50 upper-case letters, digits or '_', "
                        "for example COUNCIL_SESSION.",
                        "Loại sự kiện phải gồm 1 đến 50 chữ in hoa không dấu, chữ số hoặc '_', "
                        "ví dụ COUNCIL_SESSION."});
      }
      if (rhythm.working_days >= 0 && rhythm.working_days <= kMostWorkingDays) {
        return absl::OkStatus();
      }
      return invalid("working_days", "OUT_OF_RANGE",
                     {"The number of working days must lie between 0 and 250.",
                      "Số ngày làm việc phải từ 0 đến 250."});
  }
  return invalid(
      "kind", "REQUIRED",
      {"Choose a kind of rhythm: once, weekly, monthly, quarterly, yearly, before or after an "
       "event.",
       "Hãy chọn loại nhịp: một lần, hằng tuần, hằng tháng, hằng quý, hằng năm, trước "
       "hoặc sau sự kiện."});
}

std::vector<DueDay> DueDays(const Rhythm& rhythm, const DayInterval& term,
                            const WorkCalendar& calendar) {
  std::vector<DueDay> result;
  if (term.empty()) return result;
  const auto add = [&](DueDay due) {
    result.push_back(NotBefore(std::move(due), term.first, calendar));
    return result.size() < kMostDueDays;
  };
  switch (rhythm.kind) {
    case RhythmKind::kOnce:
      if (term.Contains(rhythm.day)) add(Once(rhythm, calendar));
      break;
    case RhythmKind::kWeekly: {
      absl::CivilDay monday = absl::NextWeekday(term.first - 1, absl::Weekday::monday);
      for (; monday + 6 <= term.last; monday += 7) {
        if (!add(OfWeek(rhythm, {monday, monday + 6}, calendar))) break;
      }
      break;
    }
    case RhythmKind::kMonthly: {
      absl::CivilMonth month(term.first - 1);
      for (++month; absl::CivilDay(month + 1) - 1 <= term.last; ++month) {
        const DayInterval period{absl::CivilDay(month), absl::CivilDay(month + 1) - 1};
        if (!add(OfMonth(rhythm, month, period, {}, calendar))) break;
      }
      break;
    }
    case RhythmKind::kQuarterly: {
      absl::CivilMonth month(term.first - 1);
      do ++month;
      while (month.month() % 3 != 1);
      for (; absl::CivilDay(month + 3) - 1 <= term.last; month += 3) {
        const DayInterval quarter{absl::CivilDay(month), absl::CivilDay(month + 3) - 1};
        if (!add(OfQuarter(rhythm, quarter, calendar))) break;
      }
      break;
    }
    case RhythmKind::kYearly: {
      absl::CivilYear year(term.first - 1);
      for (++year; absl::CivilDay(year + 1) - 1 <= term.last; ++year) {
        if (!add(OfYear(rhythm, static_cast<int>(year.year()), calendar))) break;
      }
      break;
    }
    case RhythmKind::kBeforeEvent:
    case RhythmKind::kAfterEvent:
      break;
  }
  return result;
}

DueDay DueByEvent(const Rhythm& rhythm, absl::CivilDay event_day, const WorkCalendar& calendar) {
  const int count = rhythm.working_days;
  if (rhythm.kind == RhythmKind::kBeforeEvent) {
    if (count == 0) {
      return OnOrBefore(event_day, {event_day, event_day},
                        {"The day of the event", "Ngày diễn ra sự kiện"}, calendar);
    }
    return Counted(
        event_day, -count,
        {absl::StrCat(count, " working days before the event of ", FormatDay(event_day)),
         absl::StrCat(count, " ngày làm việc trước sự kiện ngày ", FormatDayVi(event_day))},
        calendar);
  }
  return Counted(
      event_day, count,
      count == 0
          ? Text{absl::StrCat("The event's day ", FormatDay(event_day),
                              ", or the working day after it"),
                 absl::StrCat("Ngày diễn ra sự kiện ", FormatDayVi(event_day),
                              " hoặc ngày làm việc liền sau")}
          : Text{absl::StrCat(count, " working days after the event of ", FormatDay(event_day)),
                 absl::StrCat(count, " ngày làm việc sau sự kiện ngày ", FormatDayVi(event_day))},
      calendar);
}

DueDay DueAfter(absl::CivilDay from, int working_days, const WorkCalendar& calendar) {
  return Counted(from, working_days,
                 {absl::StrCat(working_days, " working days after ", FormatDay(from)),
                  absl::StrCat(working_days, " ngày làm việc sau ngày ", FormatDayVi(from))},
                 calendar);
}

DueDay NotBefore(DueDay due, absl::CivilDay first, const WorkCalendar& calendar) {
  due.not_before = first;
  if (due.day >= first) return due;
  due.day = calendar.OnOrAfter(first);
  Append(due, {absl::StrCat(" That is before the term begins, so its first working day"),
               absl::StrCat(" Ngày này trước ngày bắt đầu thời hạn nên lấy ngày làm việc đầu tiên "
                            "của thời hạn")});
  Conclude(due);
  return due;
}

DueDay WithPauses(const DueDay& due, const std::vector<DayInterval>& pauses,
                  const WorkCalendar& calendar, absl::CivilDay counted) {
  std::vector<DayInterval> in_order = pauses;
  std::sort(in_order.begin(), in_order.end(),
            [](const DayInterval& a, const DayInterval& b) { return a.first < b.first; });
  DueDay moved = due;
  for (const DayInterval& pause : in_order) {
    const int days = calendar.CountBetween(pause.first, pause.last);
    // What was overdue when a pause began stays overdue.
    if (days == 0 || pause.first > std::max(moved.day, counted)) continue;
    moved.day = calendar.Add(moved.day, days);
    const Text range = RangeText(pause);
    Append(moved, {absl::StrCat(" Paused ", range.en, " (", days, " working days)"),
                   absl::StrCat(" Tạm dừng ", range.vi, " (", days, " ngày làm việc)")});
    Append(moved, {", moved to", ", dời đến"});
    Conclude(moved);
  }
  return moved;
}

}  // namespace phoihop::agreements
