// When something falls due: once, in a rhythm, or counted from an event. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RHYTHM_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RHYTHM_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/time/civil.h"
#include "common/time/work_calendar.h"

namespace phoihop::agreements {

// How due days follow each other. The numbers are stored: never change one.
enum class RhythmKind {
  // One day, `day`, as it was agreed: never moved by the calendar unless it is not worked,
  // then to the working day before it.
  kOnce = 1,
  // Every week on `weekday`.
  kWeekly = 2,
  // On the `working_day`-th working day of every month.
  kMonthly = 3,
  // The same in the first month after each quarter.
  kQuarterly = 4,
  // Every year on the day and month of `day`, or the working day before it.
  kYearly = 5,
  // `working_days` working days before each event of kind `event`.
  kBeforeEvent = 6,
  // The same after it.
  kAfterEvent = 7,
};

// A rhythm as it was agreed.
struct Rhythm {
  RhythmKind kind = RhythmKind::kOnce;
  // kOnce, kYearly.
  absl::CivilDay day;
  // kWeekly: 1 Monday to 7 Sunday; a day off falls to the working day before it.
  int weekday = 0;
  // kMonthly, kQuarterly: from 1, or from the month's end when negative; -23 to 23, not 0.
  int working_day = 0;
  // kBeforeEvent, kAfterEvent: kind of the event, for example "COUNCIL_SESSION".
  std::string event;
  // kBeforeEvent, kAfterEvent: 0 to 250.
  int working_days = 0;

  friend bool operator==(const Rhythm&, const Rhythm&) = default;
};

// A due day with the way to it.
struct DueDay {
  absl::CivilDay day;
  // What it is for, both days included: the week, the month, the quarter, the year; the
  // event's day for an event; the day itself for kOnce.
  DayInterval period;
  // How the day was found, in one sentence for reading: "Ngày làm việc thứ 5 của tháng
  // 02/2026: 06/02/2026." and, where it differs from the plain day, why.
  std::string calculation_vi;
  std::string calculation_en;
  // First day of the term, before which no calendar moves the day; nothing when there is none. A
  // part of the rule, so it does not tell two days apart.
  std::optional<absl::CivilDay> not_before = std::nullopt;

  friend bool operator==(const DueDay& a, const DueDay& b) {
    return a.day == b.day && a.period == b.period && a.calculation_vi == b.calculation_vi &&
           a.calculation_en == b.calculation_en;
  }
};

// OK when the fields that `rhythm.kind` needs are right. INVALID_ARGUMENT naming
// `{field}.weekday` and so on.
absl::Status CheckRhythm(const Rhythm& rhythm, const std::string& field);

// The due days whose periods lie within `term` and that are not before its first day, ascending,
// at most 600. Where the calendar would move one before the term, it is the term's first working
// day; a quarter's due day may lie after the term. Events give none: each has DueByEvent.
std::vector<DueDay> DueDays(const Rhythm& rhythm, const DayInterval& term,
                            const WorkCalendar& calendar);

// The due day that an event on `event_day` gives a rhythm of events.
DueDay DueByEvent(const Rhythm& rhythm, absl::CivilDay event_day, const WorkCalendar& calendar);

// The `working_days`-th working day after `from`, with its calculation: for answers,
// confirmations and signatures that are owed within so many working days.
DueDay DueAfter(absl::CivilDay from, int working_days, const WorkCalendar& calendar);

// `due`, or the first working day from `first` on when it lies before that day: nothing falls due
// before its term begins. Keeps `first` as `not_before`.
DueDay NotBefore(DueDay due, absl::CivilDay first, const WorkCalendar& calendar);

// `due` moved later by the working days that lie in the pauses (both days included each,
// never overlapping), with the pauses named in the calculation. A pause that begins after the
// due day, as the ones before it have moved it, changes nothing: what was overdue stays so. One
// that begins on `counted` or before has counted under another calendar and goes on counting.
DueDay WithPauses(const DueDay& due, const std::vector<DayInterval>& pauses,
                  const WorkCalendar& calendar, absl::CivilDay counted = kFirstDay);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RHYTHM_H_
