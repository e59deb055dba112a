#include "services/directory/domain/calendar_table.h"

#include "common/time/civil.h"
#include "gtest/gtest.h"

namespace phoihop::directory {
namespace {

CalendarYear Year(const std::vector<const char*>& off, const std::vector<const char*>& worked) {
  CalendarYear year;
  year.year = 2026;
  year.source = "Thông báo";
  for (const char* day : off) year.holidays.push_back({*ParseDay(day), "Nghỉ"});
  for (const char* day : worked) year.worked_days.push_back(*ParseDay(day));
  return year;
}

CalendarYear ManyDays(int off, int worked) {
  CalendarYear year = Year({}, {});
  for (int i = 0; i < off; ++i) {
    year.holidays.push_back({absl::CivilDay(2026, 2, 2) + i, "Nghỉ"});
  }
  for (int i = 0; i < worked; ++i) {
    const absl::CivilDay saturday = absl::CivilDay(2026, 1, 3) + (i / 2) * 7;
    year.worked_days.push_back(i % 2 == 0 ? saturday : saturday + 1);
  }
  return year;
}

struct Case {
  const char* what;
  CalendarYear year;
  // "holidays[1] REASON"; empty when it is right.
  const char* violation;
};

class CheckDaysTest : public ::testing::TestWithParam<Case> {};

TEST_P(CheckDaysTest, NamesTheDay) {
  const std::vector<CalendarViolation> violations = CheckDays(GetParam().year);
  std::string text;
  if (!violations.empty()) {
    text = violations[0].worked ? "worked" : "holidays";
    if (violations[0].index >= 0) text += "[" + std::to_string(violations[0].index) + "]";
    text += " " + violations[0].reason;
    EXPECT_FALSE(violations[0].message.vi.empty());
  }
  EXPECT_EQ(text, GetParam().violation) << GetParam().what;
  EXPECT_LE(violations.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    CalendarTableTest, CheckDaysTest,
    ::testing::Values(
        Case{"a table", Year({"2026-01-01", "2026-01-02"}, {"2026-01-10"}), ""},
        Case{"a holiday on a Sunday is a fact", Year({"2026-04-26", "2026-04-27"}, {}), ""},
        Case{"in any order", Year({"2026-09-02", "2026-01-01"}, {"2026-08-22", "2026-01-10"}), ""},
        Case{"nothing", Year({}, {}), "holidays REQUIRED"},
        Case{"another year", Year({"2026-01-01", "2025-12-31"}, {}),
             "holidays[1] DAY_OF_ANOTHER_YEAR"},
        Case{"worked in another year", Year({"2026-01-01"}, {"2027-01-02"}),
             "worked[0] DAY_OF_ANOTHER_YEAR"},
        Case{"twice", Year({"2026-01-01", "2026-01-02", "2026-01-01"}, {}),
             "holidays[2] DUPLICATE_DAY"},
        Case{"worked twice", Year({"2026-01-01"}, {"2026-01-10", "2026-01-10"}),
             "worked[1] DUPLICATE_DAY"},
        Case{"a Friday worked", Year({"2026-01-01"}, {"2026-01-09"}),
             "worked[0] NOT_A_WEEKEND_DAY"},
        Case{"off and worked", Year({"2026-01-01", "2026-01-10"}, {"2026-01-10"}),
             "worked[0] DAY_IS_OFF"},
        Case{"60 of each", ManyDays(1, 60), ""}, Case{"60 off", ManyDays(60, 0), ""},
        Case{"61 off", ManyDays(61, 0), "holidays TOO_MANY_DAYS"},
        Case{"61 worked", ManyDays(1, 61), "worked TOO_MANY_DAYS"}));

TEST(CalendarTableTest, EqualTablesAreTheSameWheneverTheyWereSet) {
  CalendarTable table{Sorted(Year({"2026-09-02", "2026-01-01"}, {"2026-08-22", "2026-01-10"})),
                      "",
                      false,
                      3,
                      absl::UnixEpoch(),
                      2};
  CalendarTable same{Year({"2026-01-01", "2026-09-02"}, {"2026-01-10", "2026-08-22"}),
                     "",
                     false,
                     0,
                     absl::InfiniteFuture(),
                     0};
  EXPECT_TRUE(SameTable(table, same));
  same.provisional = true;
  EXPECT_FALSE(SameTable(table, same));
  same = table;
  same.note = "Chưa có quyết định";
  EXPECT_FALSE(SameTable(table, same));
  same = table;
  same.days.holidays[0].name = "Tết Dương lịch";
  EXPECT_FALSE(SameTable(table, same));
}

TEST(CalendarTableTest, CalendarHasAllYears) {
  CalendarTables tables;
  tables.revision = 5;
  tables.tables.push_back({Year({"2026-01-01"}, {"2026-01-10"}), "", false, 5, {}, 1});
  const WorkCalendar calendar = CalendarOf(tables);
  EXPECT_EQ(calendar.revision(), 5);
  EXPECT_TRUE(calendar.Knows(2026));
  EXPECT_FALSE(calendar.IsWorkingDay(absl::CivilDay(2026, 1, 1)));
  EXPECT_TRUE(calendar.IsWorkingDay(absl::CivilDay(2026, 1, 10)));
  EXPECT_NE(tables.Find(2026), nullptr);
  EXPECT_EQ(tables.Find(2027), nullptr);
}

}  // namespace
}  // namespace phoihop::directory
