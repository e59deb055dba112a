#include "services/reporting/domain/months.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::reporting {
namespace {

using absl::CivilDay;
using absl::CivilMonth;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

TEST(MonthsTest, IntervalIsTakenApartIntoMonthsAndEdges) {
  MonthSplit split = SplitByMonth({CivilDay(2020, 9, 30), CivilDay(2023, 10, 24)});
  EXPECT_THAT(split.whole, Optional(MonthInterval{CivilMonth(2020, 10), CivilMonth(2023, 9)}));
  EXPECT_THAT(split.edges, ElementsAre(DayInterval{CivilDay(2020, 9, 30), CivilDay(2020, 9, 30)},
                                       DayInterval{CivilDay(2023, 10, 1), CivilDay(2023, 10, 24)}));

  split = SplitByMonth({CivilDay(2024, 2, 1), CivilDay(2024, 2, 29)});
  EXPECT_THAT(split.whole, Optional(MonthInterval{CivilMonth(2024, 2), CivilMonth(2024, 2)}));
  EXPECT_THAT(split.edges, IsEmpty());

  split = SplitByMonth({CivilDay(2024, 2, 2), CivilDay(2024, 2, 28)});
  EXPECT_EQ(split.whole, std::nullopt);
  EXPECT_THAT(split.edges, ElementsAre(DayInterval{CivilDay(2024, 2, 2), CivilDay(2024, 2, 28)}));

  split = SplitByMonth({CivilDay(2023, 12, 31), CivilDay(2024, 1, 1)});
  EXPECT_EQ(split.whole, std::nullopt);
  EXPECT_THAT(split.edges, ElementsAre(DayInterval{CivilDay(2023, 12, 31), CivilDay(2024, 1, 1)}));

  split = SplitByMonth({CivilDay(2024, 1, 2), CivilDay(2024, 1, 1)});
  EXPECT_EQ(split.whole, std::nullopt);
  EXPECT_THAT(split.edges, IsEmpty());
}

TEST(MonthsTest, PartsCoverEachDayOnce) {
  const CivilDay start(2023, 11, 28);
  for (int from = 0; from < 40; ++from) {
    for (int length = 0; length < 100; length += 7) {
      const DayInterval days{start + from, start + from + length};
      const MonthSplit split = SplitByMonth(days);
      for (CivilDay day = days.first - 3; day <= days.last + 3; ++day) {
        int covered = split.whole.has_value() && split.whole->days().Contains(day);
        for (const DayInterval& edge : split.edges) covered += edge.Contains(day);
        ASSERT_EQ(covered, days.Contains(day)) << day << " of " << days.first;
      }
    }
  }
}

TEST(MonthsTest, ResolutionIsAskedDayByDayOnlyInTheEndsOwnMonth) {
  EXPECT_EQ(SplitResolved(CivilDay(2023, 10, 31)).through, 202310);
  EXPECT_EQ(SplitResolved(CivilDay(2023, 10, 31)).edge, std::nullopt);
  EXPECT_EQ(SplitResolved(CivilDay(2024, 1, 24)).through, 202312);
  EXPECT_THAT(SplitResolved(CivilDay(2024, 1, 24)).edge,
              Optional(DayInterval{CivilDay(2024, 1, 1), CivilDay(2024, 1, 24)}));
  EXPECT_EQ(MonthNumber(CivilDay(2023, 9, 5)), 202309);
}

}  // namespace
}  // namespace phoihop::reporting
