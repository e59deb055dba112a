#include "services/agreements/deadlines/obligation.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/civil.h"

namespace phoihop::agreements {
namespace {

// More than any run of days off by which a due day leaves its period.
constexpr int kMargin = 40;

// The due day by the rule alone; nothing when there is none that gives one.
std::optional<DueDay> ByRule(const Obligation& obligation, const WorkCalendar& calendar) {
  if (obligation.working_days.has_value()) {
    return DueAfter(obligation.basis, *obligation.working_days, calendar);
  }
  if (!obligation.rhythm.has_value()) {
    if (!obligation.fixed_day.has_value()) return std::nullopt;
    const absl::CivilDay day = *obligation.fixed_day;
    return DueDay{day, obligation.due.period,
                  absl::StrCat("Ngày đã ấn định: ", FormatDayVi(day), "."),
                  absl::StrCat("The day that was fixed: ", FormatDay(day), ".")};
  }
  const Rhythm& rhythm = *obligation.rhythm;
  if (rhythm.kind == RhythmKind::kBeforeEvent || rhythm.kind == RhythmKind::kAfterEvent) {
    return DueByEvent(rhythm, obligation.basis, calendar);
  }
  const bool once = rhythm.kind == RhythmKind::kOnce;
  const DayInterval period = once ? DayInterval{rhythm.day, rhythm.day} : obligation.due.period;
  // Wider than the period, since a due day may lie before or after it.
  for (DueDay& due : DueDays(rhythm, {period.first - kMargin, period.last + kMargin}, calendar)) {
    if (once || due.period == period) return std::move(due);
  }
  return std::nullopt;
}

}  // namespace

void KeepFixedDay(Obligation& obligation) {
  if (obligation.rhythm.has_value() || obligation.working_days.has_value()) return;
  if (!obligation.fixed_day.has_value()) obligation.fixed_day = obligation.due.day;
}

DueDay Recompute(const Obligation& obligation, const WorkCalendar& calendar) {
  std::optional<DueDay> due = ByRule(obligation, calendar);
  if (!due.has_value()) return obligation.due;
  due->period = obligation.due.period;
  due->not_before = obligation.due.not_before;
  if (due->not_before.has_value()) {
    const absl::CivilDay first = *due->not_before;
    due = NotBefore(*std::move(due), first, calendar);
  }
  return WithPauses(*due, obligation.pauses, calendar, obligation.due.day);
}

}  // namespace phoihop::agreements
