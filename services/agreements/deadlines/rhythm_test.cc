#include "services/agreements/deadlines/rhythm.h"

#include <string>
#include <utility>
#include <vector>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/agreements/deadlines/testing_calendar.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::HasSubstr;

absl::CivilDay Day(const std::string& iso) { return ParseDay(iso).value(); }

DayInterval Year(int year) { return {absl::CivilDay(year, 1, 1), absl::CivilDay(year, 12, 31)}; }

Rhythm OfDay(RhythmKind kind, absl::CivilDay day) {
  Rhythm rhythm;
  rhythm.kind = kind;
  rhythm.day = day;
  return rhythm;
}
Rhythm OfEvent(RhythmKind kind, std::string event, int days) {
  Rhythm rhythm;
  rhythm.kind = kind;
  rhythm.event = std::move(event);
  rhythm.working_days = days;
  return rhythm;
}
Rhythm OfWorkingDay(RhythmKind kind, int n) {
  Rhythm rhythm;
  rhythm.kind = kind;
  rhythm.working_day = n;
  return rhythm;
}
Rhythm Once(const char* day) { return OfDay(RhythmKind::kOnce, Day(day)); }
Rhythm Yearly(const char* day) { return OfDay(RhythmKind::kYearly, Day(day)); }
Rhythm Monthly(int n) { return OfWorkingDay(RhythmKind::kMonthly, n); }
Rhythm Quarterly(int n) { return OfWorkingDay(RhythmKind::kQuarterly, n); }
Rhythm Before(int days) { return OfEvent(RhythmKind::kBeforeEvent, "COUNCIL_SESSION", days); }
Rhythm After(int days) { return OfEvent(RhythmKind::kAfterEvent, "COUNCIL_SESSION", days); }
Rhythm Weekly(int weekday) {
  Rhythm rhythm;
  rhythm.kind = RhythmKind::kWeekly;
  rhythm.weekday = weekday;
  return rhythm;
}

// The due day whose period holds `day`.
DueDay DueOf(const Rhythm& rhythm, const char* day, const WorkCalendar& calendar) {
  const int year = static_cast<int>(Day(day).year());
  // A week may reach into the years around it.
  const DayInterval term{absl::CivilDay(year - 1, 1, 1), absl::CivilDay(year + 1, 12, 31)};
  for (DueDay& due : DueDays(rhythm, term, calendar)) {
    if (due.period.Contains(Day(day))) return std::move(due);
  }
  ADD_FAILURE() << "nothing is due for " << day;
  return {};
}

struct DueCase {
  const char* what;
  Rhythm rhythm;
  // A day of the period.
  const char* of;
  const char* due;
  const char* calculation;
};

class DueDayTest : public ::testing::TestWithParam<DueCase> {};

TEST_P(DueDayTest, FollowsTheTables) {
  const DueCase& c = GetParam();
  const DueDay due = DueOf(c.rhythm, c.of, VietnamCalendar());
  EXPECT_EQ(FormatDay(due.day), c.due) << c.what;
  EXPECT_EQ(due.calculation_vi, c.calculation) << c.what;
  EXPECT_THAT(due.calculation_en, HasSubstr(c.due)) << c.what;
}

INSTANTIATE_TEST_SUITE_P(
    Tet, DueDayTest,
    ::testing::Values(
        // Off 8 to 14 February 2024; the 10th was the first day of the lunar year.
        DueCase{"2024, week", Weekly(5), "2024-02-09", "2024-02-07",
                "Thứ Sáu của tuần 05/02/2024 đến 11/02/2024 (09/02/2024) là ngày nghỉ (Tết Nguyên "
                "đán); lấy ngày làm việc liền trước: 07/02/2024."},
        DueCase{"2024, month", Monthly(6), "2024-02-01", "2024-02-15",
                "Ngày làm việc thứ 6 của tháng 02/2024: 15/02/2024. Không tính ngày nghỉ: "
                "08/02/2024 đến 14/02/2024 (Tết Nguyên đán)."},
        // Off 25 January to 2 February 2025.
        DueCase{"2025, week that is off", Weekly(3), "2025-01-29", "2025-01-24",
                "Thứ Tư của tuần 27/01/2025 đến 02/02/2025 (29/01/2025) là ngày nghỉ (Tết Nguyên "
                "đán); lấy ngày làm việc liền trước: 24/01/2025."},
        DueCase{"2025, month's end", Monthly(-1), "2025-01-31", "2025-01-24",
                "Ngày làm việc cuối cùng của tháng 01/2025: 24/01/2025. Không tính ngày nghỉ: "
                "27/01/2025 đến 31/01/2025 (Tết Nguyên đán)."},
        DueCase{"2025, month", Monthly(5), "2025-02-01", "2025-02-07",
                "Ngày làm việc thứ 5 của tháng 02/2025: 07/02/2025."},
        DueCase{"2025, once on the first day", Once("2025-01-29"), "2025-01-29", "2025-01-24",
                "Ngày đã thỏa thuận (29/01/2025) là ngày nghỉ (Tết Nguyên đán); lấy ngày làm việc "
                "liền trước: 24/01/2025."},
        // Off 14 to 22 February 2026.
        DueCase{"2026, week", Weekly(1), "2026-02-16", "2026-02-13",
                "Thứ Hai của tuần 16/02/2026 đến 22/02/2026 (16/02/2026) là ngày nghỉ (Tết Nguyên "
                "đán); lấy ngày làm việc liền trước: 13/02/2026."},
        DueCase{"2026, month before Tết", Monthly(5), "2026-02-01", "2026-02-06",
                "Ngày làm việc thứ 5 của tháng 02/2026: 06/02/2026."},
        DueCase{"2026, month after Tết", Monthly(11), "2026-02-01", "2026-02-23",
                "Ngày làm việc thứ 11 của tháng 02/2026: 23/02/2026. Không tính ngày nghỉ: "
                "16/02/2026 đến 20/02/2026 (Tết Nguyên đán)."},
        DueCase{"2026, fewer than asked", Monthly(20), "2026-02-01", "2026-02-27",
                "Ngày làm việc thứ 20 của tháng 02/2026; tháng này chỉ có 15 ngày làm việc nên lấy "
                "ngày làm việc cuối cùng: 27/02/2026. Không tính ngày nghỉ: 16/02/2026 đến "
                "20/02/2026 (Tết Nguyên đán)."},
        DueCase{"2026, fewer from the end", Monthly(-20), "2026-02-01", "2026-02-02",
                "Ngày làm việc thứ 20 tính từ cuối của tháng 02/2026; tháng này chỉ có 15 ngày làm "
                "việc nên lấy ngày làm việc đầu tiên: 02/02/2026. Không tính ngày nghỉ: 16/02/2026 "
                "đến 20/02/2026 (Tết Nguyên đán)."},
        // The first day is 6 February 2027 by Vietnamese time, not the 7th.
        DueCase{"2027, last day before", Weekly(5), "2027-02-05", "2027-02-04",
                "Thứ Sáu của tuần 01/02/2027 đến 07/02/2027 (05/02/2027) là ngày nghỉ (Tết Nguyên "
                "đán); lấy ngày làm việc liền trước: 04/02/2027."},
        DueCase{"2027, month", Monthly(5), "2027-02-01", "2027-02-11",
                "Ngày làm việc thứ 5 của tháng 02/2027: 11/02/2027. Không tính ngày nghỉ: "
                "05/02/2027 đến 10/02/2027 (Tết Nguyên đán)."}));

INSTANTIATE_TEST_SUITE_P(
    SwappedDays, DueDayTest,
    ::testing::Values(
        DueCase{"Monday off for a Saturday later", Weekly(1), "2024-04-29", "2024-04-26",
                "Thứ Hai của tuần 29/04/2024 đến 05/05/2024 (29/04/2024) là ngày nghỉ (Hoán đổi "
                "ngày làm việc); lấy ngày làm việc liền trước: 26/04/2024."},
        DueCase{"a Saturday that is worked", Weekly(6), "2024-05-04", "2024-05-04",
                "Thứ Bảy của tuần 29/04/2024 đến 05/05/2024: 04/05/2024."},
        DueCase{"a Saturday as usual", Weekly(6), "2024-05-11", "2024-05-10",
                "Thứ Bảy của tuần 06/05/2024 đến 12/05/2024 (11/05/2024) là Thứ Bảy; lấy ngày làm "
                "việc liền trước: 10/05/2024."},
        DueCase{"counted in a month", Monthly(3), "2024-05-01", "2024-05-04",
                "Ngày làm việc thứ 3 của tháng 05/2024: 04/05/2024. Không tính ngày nghỉ: "
                "01/05/2024 (Quốc tế Lao động). Có tính ngày làm bù: 04/05/2024."},
        DueCase{"counted from the end", Monthly(-3), "2025-04-01", "2025-04-26",
                "Ngày làm việc thứ 3 tính từ cuối của tháng 04/2025: 26/04/2025. Không tính ngày "
                "nghỉ: 30/04/2025 (Chiến thắng). Có tính ngày làm bù: 26/04/2025."},
        DueCase{"2 January 2026 off", Monthly(1), "2026-01-01", "2026-01-05",
                "Ngày làm việc đầu tiên của tháng 01/2026: 05/01/2026. Không tính ngày nghỉ: "
                "01/01/2026 (Tết Dương lịch), 02/01/2026 (Hoán đổi ngày làm việc)."},
        DueCase{"10 January 2026 worked", Weekly(7), "2026-01-11", "2026-01-10",
                "Chủ nhật của tuần 05/01/2026 đến 11/01/2026 (11/01/2026) là Chủ nhật; lấy ngày "
                "làm việc liền trước: 10/01/2026."},
        DueCase{"31 August 2026 off", Monthly(-1), "2026-08-01", "2026-08-28",
                "Ngày làm việc cuối cùng của tháng 08/2026: 28/08/2026. Không tính ngày nghỉ: "
                "31/08/2026 (Hoán đổi ngày làm việc)."}));

INSTANTIATE_TEST_SUITE_P(
    Rhythms, DueDayTest,
    ::testing::Values(
        DueCase{"once", Once("2025-12-15"), "2025-12-15", "2025-12-15",
                "Ngày đã thỏa thuận: 15/12/2025."},
        DueCase{"first quarter", Quarterly(5), "2026-02-10", "2026-04-07",
                "Ngày làm việc thứ 5 của tháng 04/2026, tháng đầu sau quý I/2026: 07/04/2026."},
        DueCase{"last quarter, in the next year", Quarterly(2), "2025-11-30", "2026-01-06",
                "Ngày làm việc thứ 2 của tháng 01/2026, tháng đầu sau quý IV/2025: 06/01/2026. "
                "Không tính ngày nghỉ: 01/01/2026 (Tết Dương lịch), 02/01/2026 (Hoán đổi ngày làm "
                "việc)."},
        DueCase{"year", Yearly("2021-11-15"), "2024-06-01", "2024-11-15",
                "Ngày 15/11 hằng năm: 15/11/2024."},
        DueCase{"year, on a Saturday", Yearly("2021-11-15"), "2025-06-01", "2025-11-14",
                "Ngày 15/11 hằng năm (15/11/2025) là Thứ Bảy; lấy ngày làm việc liền trước: "
                "14/11/2025."},
        DueCase{"leap day", Yearly("2024-02-29"), "2024-06-01", "2024-02-29",
                "Ngày 29/02 hằng năm: 29/02/2024."},
        DueCase{"leap day in another year", Yearly("2024-02-29"), "2025-06-01", "2025-02-28",
                "Ngày 29/02 hằng năm, năm 2025 lấy ngày cuối tháng: 28/02/2025."},
        DueCase{"leap day in another year, on a Sunday", Yearly("2024-02-29"), "2027-06-01",
                "2027-02-26",
                "Ngày 29/02 hằng năm, năm 2027 lấy ngày cuối tháng (28/02/2027) là Chủ nhật; lấy "
                "ngày làm việc liền trước: 26/02/2027."},
        DueCase{"month's end in a leap year", Monthly(-1), "2024-02-01", "2024-02-29",
                "Ngày làm việc cuối cùng của tháng 02/2024: 29/02/2024."},
        DueCase{"a year without a table", Monthly(1), "2028-01-01", "2028-01-03",
                "Ngày làm việc đầu tiên của tháng 01/2028: 03/01/2028. Chỉ trừ thứ Bảy, Chủ nhật "
                "vì chưa có bảng ngày nghỉ của năm: 2028."},
        DueCase{"once in a year without a table", Once("2028-01-01"), "2028-01-01", "2027-12-31",
                "Ngày đã thỏa thuận (01/01/2028) là Thứ Bảy; lấy ngày làm việc liền trước: "
                "31/12/2027. Chỉ trừ thứ Bảy, Chủ nhật vì chưa có bảng ngày nghỉ của năm: 2028."}));

struct CountCase {
  const char* what;
  Rhythm rhythm;
  const char* event;
  const char* due;
  const char* calculation;
};

class EventTest : public ::testing::TestWithParam<CountCase> {};

TEST_P(EventTest, IsCountedInWorkingDays) {
  const CountCase& c = GetParam();
  const DueDay due = DueByEvent(c.rhythm, Day(c.event), VietnamCalendar());
  EXPECT_EQ(FormatDay(due.day), c.due) << c.what;
  EXPECT_EQ(due.period, (DayInterval{Day(c.event), Day(c.event)}));
  EXPECT_EQ(due.calculation_vi, c.calculation) << c.what;
  EXPECT_THAT(due.calculation_en, HasSubstr(c.due)) << c.what;
}

INSTANTIATE_TEST_SUITE_P(
    RhythmTest, EventTest,
    ::testing::Values(
        CountCase{"before", Before(5), "2025-12-09", "2025-12-02",
                  "5 ngày làm việc trước sự kiện ngày 09/12/2025: 02/12/2025."},
        CountCase{"before, over Tết", Before(3), "2026-02-24", "2026-02-12",
                  "3 ngày làm việc trước sự kiện ngày 24/02/2026: 12/02/2026. Không tính ngày "
                  "nghỉ: 16/02/2026 đến 20/02/2026 (Tết Nguyên đán)."},
        CountCase{"after, over Tết 2027", After(2), "2027-02-04", "2027-02-12",
                  "2 ngày làm việc sau sự kiện ngày 04/02/2027: 12/02/2027. Không tính ngày nghỉ: "
                  "05/02/2027 đến 10/02/2027 (Tết Nguyên đán)."},
        CountCase{"after, over a swapped Saturday", After(4), "2025-04-25", "2025-05-05",
                  "4 ngày làm việc sau sự kiện ngày 25/04/2025: 05/05/2025. Không tính ngày nghỉ: "
                  "30/04/2025 (Chiến thắng), 01/05/2025 (Quốc tế Lao động), 02/05/2025 (Hoán đổi "
                  "ngày làm việc). Có tính ngày làm bù: 26/04/2025."},
        CountCase{"the event's day", Before(0), "2025-12-09", "2025-12-09",
                  "Ngày diễn ra sự kiện: 09/12/2025."},
        CountCase{"before, the event on a Sunday", Before(0), "2025-12-14", "2025-12-12",
                  "Ngày diễn ra sự kiện (14/12/2025) là Chủ nhật; lấy ngày làm việc liền trước: "
                  "12/12/2025."},
        CountCase{"after, the event on a Sunday", After(0), "2025-12-14", "2025-12-15",
                  "Ngày diễn ra sự kiện 14/12/2025 hoặc ngày làm việc liền sau: 15/12/2025."}));

TEST(RhythmTest, AnswersAreOwedWithinWorkingDays) {
  const WorkCalendar calendar = VietnamCalendar();
  const DueDay due = DueAfter(Day("2026-02-12"), 5, calendar);
  EXPECT_EQ(due.day, Day("2026-02-26"));
  EXPECT_EQ(due.calculation_vi,
            "5 ngày làm việc sau ngày 12/02/2026: 26/02/2026. Không tính ngày nghỉ: 16/02/2026 đến "
            "20/02/2026 (Tết Nguyên đán).");
  EXPECT_EQ(due.calculation_en,
            "5 working days after 2026-02-12: 2026-02-26. Days off not counted: 2026-02-16 to "
            "2026-02-20 (Tết Nguyên đán).");
  EXPECT_EQ(DueAfter(Day("2025-12-31"), 1, calendar).day, Day("2026-01-05"));
}

TEST(RhythmTest, HolidayThatComesLaterMovesWhatItTouchesOnly) {
  const WorkCalendar before = VietnamCalendar();
  std::vector<CalendarYear> years;
  for (const auto& [number, year] : before.years()) years.push_back(year);
  for (CalendarYear& year : years) {
    if (year.year == 2026) year.holidays.push_back({Day("2026-06-01"), "Nghỉ bổ sung"});
  }
  const WorkCalendar after(years, before.revision() + 1);
  EXPECT_EQ(DueOf(Monthly(5), "2026-06-01", before).day, Day("2026-06-05"));
  const DueDay moved = DueOf(Monthly(5), "2026-06-01", after);
  EXPECT_EQ(moved.day, Day("2026-06-08"));
  EXPECT_THAT(moved.calculation_vi, HasSubstr("Không tính ngày nghỉ: 01/06/2026 (Nghỉ bổ sung)."));
  EXPECT_EQ(DueOf(Weekly(1), "2026-06-01", after).day, Day("2026-05-29"));
  EXPECT_EQ(DueOf(Monthly(5), "2026-07-01", after), DueOf(Monthly(5), "2026-07-01", before));
  EXPECT_EQ(DueAfter(Day("2026-05-29"), 3, before).day, Day("2026-06-03"));
  EXPECT_EQ(DueAfter(Day("2026-05-29"), 3, after).day, Day("2026-06-04"));
}

struct TermCase {
  const char* what;
  Rhythm rhythm;
  DayInterval term;
  size_t count;
  const char* first;
  const char* last;
};

class TermTest : public ::testing::TestWithParam<TermCase> {};

TEST_P(TermTest, HasTheWholePeriodsWithinIt) {
  const TermCase& c = GetParam();
  const std::vector<DueDay> due = DueDays(c.rhythm, c.term, VietnamCalendar());
  ASSERT_EQ(due.size(), c.count) << c.what;
  for (size_t i = 0; i < due.size(); ++i) {
    EXPECT_GE(due[i].day, c.term.first);
    EXPECT_TRUE(c.term.Contains(due[i].period.first) && c.term.Contains(due[i].period.last));
    EXPECT_TRUE(i == 0 || due[i - 1].day <= due[i].day) << due[i].calculation_en;
    EXPECT_TRUE(VietnamCalendar().IsWorkingDay(due[i].day)) << due[i].calculation_en;
  }
  if (due.empty()) return;
  EXPECT_EQ(FormatDay(due.front().day), c.first) << c.what;
  EXPECT_EQ(FormatDay(due.back().day), c.last) << c.what;
}

INSTANTIATE_TEST_SUITE_P(
    RhythmTest, TermTest,
    ::testing::Values(
        TermCase{"weeks of a year", Weekly(5), Year(2026), 51, "2026-01-09", "2026-12-25"},
        TermCase{"months of a year", Monthly(5), Year(2026), 12, "2026-01-09", "2026-12-07"},
        TermCase{"a term that begins within a month",
                 Monthly(1),
                 {Day("2026-01-02"), Day("2026-03-30")},
                 1,
                 "2026-02-02",
                 "2026-02-02"},
        TermCase{"quarters; the last falls due after the term", Quarterly(5), Year(2025), 4,
                 "2025-04-08", "2026-01-09"},
        TermCase{"a term that begins within a quarter",
                 Quarterly(1),
                 {Day("2025-02-01"), Day("2025-12-31")},
                 3,
                 "2025-07-01",
                 "2026-01-05"},
        TermCase{"years",
                 Yearly("2021-12-31"),
                 {Day("2024-01-01"), Day("2027-12-31")},
                 4,
                 "2024-12-31",
                 "2027-12-31"},
        TermCase{"once, on the last day", Once("2025-12-31"), Year(2025), 1, "2025-12-31",
                 "2025-12-31"},
        TermCase{"once, outside", Once("2026-01-05"), Year(2025), 0, "", ""},
        TermCase{"an event gives none by itself", Before(3), Year(2025), 0, "", ""},
        TermCase{"an empty term", Weekly(1), {Day("2025-02-01"), Day("2025-01-01")}, 0, "", ""},
        // The holiday on which the term begins has no working day before it in the term.
        TermCase{"never before the term", Once("2025-01-01"), Year(2025), 1, "2025-01-02",
                 "2025-01-02"},
        TermCase{"never before the term, week",
                 Weekly(3),
                 {Day("2026-02-16"), Day("2026-03-01")},
                 2,
                 "2026-02-23",
                 "2026-02-25"},
        TermCase{"at most 600",
                 Weekly(1),
                 {Day("2020-01-06"), Day("2040-12-31")},
                 600,
                 "2020-01-06",
                 "2031-06-30"}));

TEST(RhythmTest, DayBeforeTheTermIsExplained) {
  const std::vector<DueDay> due = DueDays(Once("2025-01-01"), Year(2025), VietnamCalendar());
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].calculation_vi,
            "Ngày đã thỏa thuận (01/01/2025) là ngày nghỉ (Tết Dương lịch); lấy ngày làm việc liền "
            "trước: 31/12/2024. Ngày này trước ngày bắt đầu thời hạn nên lấy ngày làm việc đầu "
            "tiên của thời hạn: 02/01/2025.");
}

struct PauseCase {
  const char* what;
  std::vector<DayInterval> pauses;
  const char* due;
};

class PauseTest : public ::testing::TestWithParam<PauseCase> {};

TEST_P(PauseTest, MovesByItsWorkingDays) {
  const WorkCalendar calendar = VietnamCalendar();
  // 5 February 2026.
  const DueDay due = DueAfter(Day("2026-01-29"), 5, calendar);
  ASSERT_EQ(due.day, Day("2026-02-05"));
  const DueDay moved = WithPauses(due, GetParam().pauses, calendar);
  EXPECT_EQ(FormatDay(moved.day), GetParam().due) << GetParam().what;
  EXPECT_EQ(moved.period, due.period);
}

INSTANTIATE_TEST_SUITE_P(
    RhythmTest, PauseTest,
    ::testing::Values(
        PauseCase{"none", {}, "2026-02-05"},
        PauseCase{"two days", {{Day("2026-02-02"), Day("2026-02-03")}}, "2026-02-09"},
        PauseCase{"a weekend", {{Day("2026-01-31"), Day("2026-02-01")}}, "2026-02-05"},
        PauseCase{"over the due day", {{Day("2026-02-04"), Day("2026-02-06")}}, "2026-02-10"},
        PauseCase{"Tết is no working day of a pause",
                  {{Day("2026-02-05"), Day("2026-02-23")}},
                  "2026-02-24"},
        PauseCase{"moved over Tết", {{Day("2026-02-02"), Day("2026-02-09")}}, "2026-02-13"},
        PauseCase{"two, given backwards",
                  {{Day("2026-02-04"), Day("2026-02-05")}, {Day("2026-02-02"), Day("2026-02-02")}},
                  "2026-02-10"},
        PauseCase{"the second within what the first gave",
                  {{Day("2026-02-02"), Day("2026-02-03")}, {Day("2026-02-09"), Day("2026-02-09")}},
                  "2026-02-10"},
        PauseCase{"after the due day: overdue it stays",
                  {{Day("2026-02-06"), Day("2026-02-27")}},
                  "2026-02-05"}));

TEST(RhythmTest, PausesAreNamed) {
  const WorkCalendar calendar = VietnamCalendar();
  const DueDay due = WithPauses(DueAfter(Day("2026-01-29"), 5, calendar),
                                {{Day("2026-02-02"), Day("2026-02-03")}}, calendar);
  EXPECT_EQ(due.calculation_vi,
            "5 ngày làm việc sau ngày 29/01/2026: 05/02/2026. Tạm dừng 02/02/2026 đến 03/02/2026 "
            "(2 ngày làm việc), dời đến: 09/02/2026.");
  EXPECT_EQ(due.calculation_en,
            "5 working days after 2026-01-29: 2026-02-05. Paused 2026-02-02 to 2026-02-03 "
            "(2 working days), moved to: 2026-02-09.");
}

struct CheckCase {
  Rhythm rhythm;
  // Empty when it is right.
  std::string field;
  const char* reason;
};

class CheckRhythmTest : public ::testing::TestWithParam<CheckCase> {};

TEST_P(CheckRhythmTest, NamesTheField) {
  const absl::Status status = CheckRhythm(GetParam().rhythm, "duty.rhythm");
  if (GetParam().field.empty()) {
    EXPECT_THAT(status, IsOk());
    return;
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, GetParam().reason));
  EXPECT_THAT(std::string(status.message()), HasSubstr("duty.rhythm." + GetParam().field));
}

INSTANTIATE_TEST_SUITE_P(
    RhythmTest, CheckRhythmTest,
    ::testing::Values(CheckCase{Once("2025-01-01"), "", ""}, CheckCase{Weekly(1), "", ""},
                      CheckCase{Weekly(7), "", ""}, CheckCase{Weekly(0), "weekday", "OUT_OF_RANGE"},
                      CheckCase{Weekly(8), "weekday", "OUT_OF_RANGE"},
                      CheckCase{Monthly(23), "", ""}, CheckCase{Monthly(-23), "", ""},
                      CheckCase{Monthly(0), "working_day", "OUT_OF_RANGE"},
                      CheckCase{Monthly(24), "working_day", "OUT_OF_RANGE"},
                      CheckCase{Quarterly(-24), "working_day", "OUT_OF_RANGE"},
                      CheckCase{Yearly("2024-02-29"), "", ""},
                      CheckCase{OfDay(RhythmKind::kYearly, kEndOfDays), "date", "OUT_OF_RANGE"},
                      CheckCase{Before(0), "", ""}, CheckCase{After(250), "", ""},
                      CheckCase{Before(-1), "working_days", "OUT_OF_RANGE"},
                      CheckCase{After(251), "working_days", "OUT_OF_RANGE"},
                      CheckCase{OfEvent(RhythmKind::kAfterEvent, "", 1), "event", "INVALID_EVENT"},
                      CheckCase{OfEvent(RhythmKind::kAfterEvent, "Kỳ họp", 1), "event",
                                "INVALID_EVENT"},
                      CheckCase{OfEvent(RhythmKind::kAfterEvent, std::string(51, 'A'), 1), "event",
                                "INVALID_EVENT"},
                      CheckCase{OfWorkingDay(static_cast<RhythmKind>(0), 1), "kind", "REQUIRED"},
                      CheckCase{OfWorkingDay(static_cast<RhythmKind>(9), 1), "kind", "REQUIRED"}));

}  // namespace
}  // namespace phoihop::agreements
