#include "common/time/work_calendar.h"

#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

absl::CivilDay Day(const char* iso) { return ParseDay(iso).value(); }

std::vector<Holiday> Off(const char* name, const char* first, const char* last) {
  std::vector<Holiday> days;
  for (absl::CivilDay day = Day(first); day <= Day(last); ++day) days.push_back({day, name});
  return days;
}

// 2025 as it was set: Tết on working days 27 to 31 January, 2 May off for 26 April worked.
CalendarYear Year2025() {
  CalendarYear year{2025, "Thông báo", Off("Tết Nguyên đán", "2025-01-27", "2025-01-31"), {}};
  year.holidays.push_back({Day("2025-01-01"), "Tết Dương lịch"});
  for (const Holiday& day : Off("Nghỉ lễ 30/4 và 1/5", "2025-04-30", "2025-05-02")) {
    year.holidays.push_back(day);
  }
  year.worked_days = {Day("2025-04-26")};
  return year;
}

WorkCalendar Calendar() { return {{Year2025()}, 7}; }

TEST(WorkCalendarTest, TablesAreKeptByYearInOrder) {
  const WorkCalendar calendar = Calendar();
  EXPECT_EQ(calendar.revision(), 7);
  EXPECT_TRUE(calendar.Knows(2025));
  EXPECT_FALSE(calendar.Knows(2026));
  EXPECT_EQ(calendar.years().at(2025).holidays.front().name, "Tết Dương lịch");
  EXPECT_EQ(WorkCalendar().revision(), 0);
  EXPECT_TRUE(WorkCalendar().years().empty());
}

struct DayCase {
  const char* day;
  bool worked;
  const char* holiday;
};

class WorkingDayTest : public ::testing::TestWithParam<DayCase> {};

TEST_P(WorkingDayTest, IsAsTheTableSays) {
  EXPECT_EQ(Calendar().IsWorkingDay(Day(GetParam().day)), GetParam().worked);
  EXPECT_EQ(Calendar().HolidayName(Day(GetParam().day)), GetParam().holiday);
}

INSTANTIATE_TEST_SUITE_P(
    WorkCalendarTest, WorkingDayTest,
    ::testing::Values(DayCase{"2025-01-01", false, "Tết Dương lịch"},
                      DayCase{"2025-01-24", true, ""}, DayCase{"2025-01-25", false, ""},
                      DayCase{"2025-01-27", false, "Tết Nguyên đán"},
                      DayCase{"2025-01-31", false, "Tết Nguyên đán"},
                      DayCase{"2025-02-01", false, ""}, DayCase{"2025-02-03", true, ""},
                      // Swapped: the Saturday is worked, the Friday off.
                      DayCase{"2025-04-26", true, ""}, DayCase{"2025-04-27", false, ""},
                      DayCase{"2025-05-02", false, "Nghỉ lễ 30/4 và 1/5"},
                      // No table: only weekends are off.
                      DayCase{"2026-01-01", true, ""}, DayCase{"2026-02-21", false, ""}));

struct AddCase {
  const char* from;
  int count;
  const char* result;
};

class AddTest : public ::testing::TestWithParam<AddCase> {};

TEST_P(AddTest, CountsWorkingDaysOnly) {
  EXPECT_EQ(Calendar().Add(Day(GetParam().from), GetParam().count), Day(GetParam().result));
}

INSTANTIATE_TEST_SUITE_P(
    WorkCalendarTest, AddTest,
    ::testing::Values(
        AddCase{"2025-01-24", 1, "2025-02-03"}, AddCase{"2025-01-28", 1, "2025-02-03"},
        AddCase{"2025-02-03", -1, "2025-01-24"}, AddCase{"2025-01-22", 3, "2025-02-03"},
        AddCase{"2025-01-28", 0, "2025-02-03"}, AddCase{"2025-02-04", 0, "2025-02-04"},
        // Over the swapped Saturday and the days off after it.
        AddCase{"2025-04-25", 1, "2025-04-26"}, AddCase{"2025-04-25", 4, "2025-05-05"},
        AddCase{"2025-05-05", -4, "2025-04-25"},
        // Over the turn of the year into a year without a table.
        AddCase{"2025-12-31", 1, "2026-01-01"}, AddCase{"2024-12-31", 1, "2025-01-02"},
        AddCase{"2025-01-02", -1, "2024-12-31"}, AddCase{"2026-06-01", 250, "2027-05-17"}));

TEST(WorkCalendarTest, NearestWorkingDayIsFoundOnBothSides) {
  const WorkCalendar calendar = Calendar();
  EXPECT_EQ(calendar.OnOrAfter(Day("2025-01-29")), Day("2025-02-03"));
  EXPECT_EQ(calendar.OnOrBefore(Day("2025-01-29")), Day("2025-01-24"));
  EXPECT_EQ(calendar.OnOrAfter(Day("2025-02-03")), Day("2025-02-03"));
  EXPECT_EQ(calendar.OnOrBefore(Day("2025-02-03")), Day("2025-02-03"));
  EXPECT_EQ(calendar.OnOrBefore(Day("2025-04-27")), Day("2025-04-26"));
}

struct MonthCase {
  int year;
  int month;
  int n;
  const char* result;
};

class NthOfMonthTest : public ::testing::TestWithParam<MonthCase> {};

TEST_P(NthOfMonthTest, CountsFromTheStartOrTheEnd) {
  const MonthCase& c = GetParam();
  EXPECT_EQ(Calendar().NthOfMonth(c.year, c.month, c.n), Day(c.result));
}

INSTANTIATE_TEST_SUITE_P(
    WorkCalendarTest, NthOfMonthTest,
    ::testing::Values(MonthCase{2025, 1, 1, "2025-01-02"}, MonthCase{2025, 2, 1, "2025-02-03"},
                      MonthCase{2025, 2, 5, "2025-02-07"}, MonthCase{2025, 1, -1, "2025-01-24"},
                      MonthCase{2025, 4, -1, "2025-04-29"}, MonthCase{2025, 4, -3, "2025-04-26"},
                      MonthCase{2025, 5, 1, "2025-05-05"},
                      // 17 working days in January 2025: the last, the first.
                      MonthCase{2025, 1, 17, "2025-01-24"}, MonthCase{2025, 1, 23, "2025-01-24"},
                      MonthCase{2025, 1, -17, "2025-01-02"}, MonthCase{2025, 1, -23, "2025-01-02"},
                      MonthCase{2024, 2, -1, "2024-02-29"}, MonthCase{2026, 12, -1, "2026-12-31"}));

TEST(WorkCalendarTest, MonthWithoutWorkingDaysFallsToTheDayBefore) {
  const WorkCalendar calendar({{2025, "", Off("Nghỉ", "2025-02-01", "2025-02-28"), {}}}, 1);
  EXPECT_EQ(calendar.NthOfMonth(2025, 2, 3), Day("2025-01-31"));
  EXPECT_EQ(calendar.NthOfMonth(2025, 2, -3), Day("2025-01-31"));
}

TEST(WorkCalendarTest, DaysBetweenIncludeBothEnds) {
  const WorkCalendar calendar = Calendar();
  EXPECT_EQ(calendar.CountBetween(Day("2025-01-01"), Day("2025-01-31")), 17);
  EXPECT_EQ(calendar.CountBetween(Day("2025-02-03"), Day("2025-02-03")), 1);
  EXPECT_EQ(calendar.CountBetween(Day("2025-02-01"), Day("2025-02-01")), 0);
  EXPECT_EQ(calendar.CountBetween(Day("2025-02-04"), Day("2025-02-03")), 0);
  EXPECT_EQ(calendar.CountBetween(Day("2025-04-21"), Day("2025-05-04")), 8);
}

}  // namespace
}  // namespace phoihop
