#include "services/agreements/deadlines/obligation.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/agreements/deadlines/escalation.h"
#include "services/agreements/deadlines/testing_calendar.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The calendar of the tables with one more day off.
WorkCalendar WithHoliday(CivilDay day) {
  const WorkCalendar calendar = VietnamCalendar();
  std::vector<CalendarYear> years;
  for (auto [year, table] : calendar.years()) {
    if (year == day.year()) {
      table.holidays.push_back({day, "Quốc tang"});
      std::sort(table.holidays.begin(), table.holidays.end(),
                [](const Holiday& a, const Holiday& b) { return a.day < b.day; });
    }
    years.push_back(table);
  }
  return {std::move(years), calendar.revision() + 1};
}

Obligation Monthly(int working_day, CivilDay month) {
  const WorkCalendar calendar = VietnamCalendar();
  Obligation o;
  o.rhythm.emplace();
  o.rhythm->kind = RhythmKind::kMonthly;
  o.rhythm->working_day = working_day;
  const CivilDay last = CivilDay(absl::CivilMonth(month) + 1) - 1;
  o.due = DueDays(*o.rhythm, {month, last}, calendar).at(0);
  return o;
}

TEST(RecomputeTest, SameCalendarGivesTheSameDay) {
  const Obligation o = Monthly(5, CivilDay(2026, 2, 1));
  EXPECT_EQ(Recompute(o, VietnamCalendar()), o.due);
}

TEST(RecomputeTest, HolidayAddedLaterMovesTheOccurrenceOfItsPeriodAlone) {
  const Obligation february = Monthly(5, CivilDay(2026, 2, 1));
  EXPECT_EQ(february.due.day, CivilDay(2026, 2, 6));
  const WorkCalendar later = WithHoliday(CivilDay(2026, 2, 4));
  EXPECT_EQ(Recompute(february, later).day, CivilDay(2026, 2, 9));
  EXPECT_EQ(Recompute(february, later).period, february.due.period);
  EXPECT_THAT(Recompute(february, later).calculation_vi, HasSubstr("Quốc tang"));
  const Obligation march = Monthly(5, CivilDay(2026, 3, 1));
  EXPECT_EQ(Recompute(march, later).day, march.due.day);
}

TEST(RecomputeTest, WeeklyDayThatFallsBeforeItsWeekIsFound) {
  Obligation o;
  o.rhythm.emplace();
  o.rhythm->kind = RhythmKind::kWeekly;
  o.rhythm->weekday = 1;
  // The week of 2 March 2026, whose Monday is taken off later.
  o.due =
      DueDays(*o.rhythm, {CivilDay(2026, 2, 23), CivilDay(2026, 3, 8)}, VietnamCalendar()).at(1);
  ASSERT_EQ(o.due.day, CivilDay(2026, 3, 2));
  EXPECT_EQ(Recompute(o, WithHoliday(CivilDay(2026, 3, 2))).day, CivilDay(2026, 2, 27));
}

TEST(RecomputeTest, WorkingDaysAreCountedFromTheirBasisAndPausesAdded) {
  Obligation o;
  o.basis = CivilDay(2026, 3, 2);
  o.working_days = 5;
  o.due = DueAfter(o.basis, 5, VietnamCalendar());
  ASSERT_EQ(o.due.day, CivilDay(2026, 3, 9));
  EXPECT_EQ(Recompute(o, WithHoliday(CivilDay(2026, 3, 4))).day, CivilDay(2026, 3, 10));
  o.pauses = {{CivilDay(2026, 3, 4), CivilDay(2026, 3, 5)}};
  EXPECT_EQ(Recompute(o, VietnamCalendar()).day, CivilDay(2026, 3, 11));
}

TEST(RecomputeTest, FixedDayStaysUnderAnyCalendar) {
  Obligation o;
  o.due.day = CivilDay(2026, 3, 4);
  o.due.calculation_en = "As agreed.";
  EXPECT_EQ(Recompute(o, WithHoliday(CivilDay(2026, 3, 4))), o.due);
}

TEST(RecomputeTest, OneDayAgreedFallsToTheWorkingDayBefore) {
  Obligation o;
  o.rhythm.emplace();
  o.rhythm->day = CivilDay(2026, 3, 4);
  o.due = DueDay{o.rhythm->day, {CivilDay(2026, 1, 1), CivilDay(2026, 12, 31)}, "", ""};
  const DueDay moved = Recompute(o, WithHoliday(CivilDay(2026, 3, 4)));
  EXPECT_EQ(moved.day, CivilDay(2026, 3, 3));
  EXPECT_EQ(moved.period, o.due.period);
}

// The Monday of the term's first week is taken off later: the Friday before it is not in the term.
TEST(RecomputeTest, AnotherCalendarMovesNothingBeforeTheTermBegins) {
  Obligation o;
  o.rhythm.emplace();
  o.rhythm->kind = RhythmKind::kWeekly;
  o.rhythm->weekday = 1;
  o.due = DueDays(*o.rhythm, {CivilDay(2026, 3, 2), CivilDay(2026, 3, 15)}, VietnamCalendar())[0];
  ASSERT_EQ(o.due.day, CivilDay(2026, 3, 2));
  const DueDay moved = Recompute(o, WithHoliday(CivilDay(2026, 3, 2)));
  EXPECT_EQ(moved.day, CivilDay(2026, 3, 3));
  EXPECT_THAT(moved.calculation_vi, HasSubstr("trước ngày bắt đầu thời hạn"));
  EXPECT_EQ(moved.not_before, CivilDay(2026, 3, 2));
}

// Agreed for Thursday, 5 March, and paused from that day on; then that day is taken off.
TEST(RecomputeTest, PauseThatCountsIsNotVoidedByALaterHoliday) {
  Obligation o;
  o.rhythm.emplace();
  o.rhythm->day = CivilDay(2026, 3, 5);
  o.due.day = CivilDay(2026, 3, 5);
  o.pauses = {{CivilDay(2026, 3, 5), CivilDay(2026, 3, 10)}};
  o.due = Recompute(o, VietnamCalendar());
  ASSERT_EQ(o.due.day, CivilDay(2026, 3, 11));
  // From Wednesday three working days on: the 6th, the 9th and the 10th were paused.
  EXPECT_EQ(Recompute(o, WithHoliday(CivilDay(2026, 3, 5))).day, CivilDay(2026, 3, 10));
}

TEST(RecomputeTest, DayThatWasFixedOnAWeekendStaysThereBesideItsPauses) {
  Obligation o;
  // Sunday.
  o.due.day = CivilDay(2026, 3, 8);
  KeepFixedDay(o);
  EXPECT_EQ(Recompute(o, VietnamCalendar()).day, CivilDay(2026, 3, 8));
  o.pauses = {{CivilDay(2026, 3, 6), CivilDay(2026, 3, 8)}};
  EXPECT_EQ(Recompute(o, VietnamCalendar()).day, CivilDay(2026, 3, 9));
}

std::vector<int> Fired(CivilDay due, int handled, CivilDay today) {
  std::vector<int> numbers;
  for (const EscalationStep& step : StepsDue(due, handled, today, VietnamCalendar()).fire) {
    numbers.push_back(step.number);
  }
  return numbers;
}

// Due on Friday, 6 February 2026; Tet takes the 16th to the 20th.
TEST(EscalationTest, StepsComeOnTheirWorkingDaysAcrossTet) {
  constexpr CivilDay kDue(2026, 2, 6);
  EXPECT_THAT(Fired(kDue, 0, CivilDay(2026, 2, 2)), IsEmpty());
  EXPECT_THAT(Fired(kDue, 0, CivilDay(2026, 2, 3)), ElementsAre(1));
  EXPECT_THAT(Fired(kDue, 1, CivilDay(2026, 2, 8)), IsEmpty());
  EXPECT_THAT(Fired(kDue, 1, CivilDay(2026, 2, 9)), ElementsAre(2));
  EXPECT_THAT(Fired(kDue, 2, CivilDay(2026, 2, 12)), IsEmpty());
  EXPECT_THAT(Fired(kDue, 2, CivilDay(2026, 2, 13)), ElementsAre(3));
  EXPECT_THAT(Fired(kDue, 3, CivilDay(2026, 2, 26)), IsEmpty());
  EXPECT_THAT(Fired(kDue, 3, CivilDay(2026, 2, 27)), ElementsAre(4));
  EXPECT_THAT(Fired(kDue, 4, CivilDay(2027, 2, 27)), IsEmpty());
}

TEST(EscalationTest, AfterAnOutageEachTargetIsToldTheLatestAlone) {
  constexpr CivilDay kDue(2026, 3, 4);
  EXPECT_THAT(Fired(kDue, 0, CivilDay(2026, 3, 5)), ElementsAre(2));
  EXPECT_THAT(Fired(kDue, 0, CivilDay(2026, 3, 11)), ElementsAre(2, 3));
  EXPECT_THAT(Fired(kDue, 1, CivilDay(2026, 4, 20)), ElementsAre(2, 3, 4));
  EXPECT_EQ(StepsDue(kDue, 0, CivilDay(2026, 3, 11), VietnamCalendar()).handled, 3);
  EXPECT_EQ(StepsDue(kDue, 2, CivilDay(2026, 3, 5), VietnamCalendar()).handled, 2);
}

TEST(EscalationTest, LatestDueDayIsTheBorderOfEachStepOnEveryDay) {
  const WorkCalendar calendar = VietnamCalendar();
  for (CivilDay today(2026, 1, 20); today < CivilDay(2026, 3, 10); ++today) {
    for (const EscalationStep& step : EscalationSteps()) {
      const CivilDay border = LatestDueDay(step, today, calendar);
      EXPECT_LE(DayOfStep(step, border, calendar), today);
      EXPECT_GT(DayOfStep(step, border + 1, calendar), today);
    }
  }
}

}  // namespace
}  // namespace phoihop::agreements
