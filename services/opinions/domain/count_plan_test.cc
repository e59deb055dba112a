#include "services/opinions/domain/count_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace phoihop::opinions {
namespace {

using absl::CivilDay;
using absl::CivilMonth;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CountPlanTest, MonthsAreNumbersThatOrder) {
  EXPECT_EQ(MonthNumber(CivilDay(2023, 10, 24)), 202310);
  EXPECT_LT(MonthNumber(CivilDay(2023, 12, 31)), MonthNumber(CivilDay(2024, 1, 1)));
}

TEST(CountPlanTest, IntervalOfWholeMonthsHasNoEdges) {
  const MonthSplit split = SplitByMonth({CivilDay(2024, 1, 1), CivilDay(2024, 2, 29)});
  EXPECT_EQ(split.whole, (MonthInterval{CivilMonth(2024, 1), CivilMonth(2024, 2)}));
  EXPECT_THAT(split.edges, IsEmpty());
}

TEST(CountPlanTest, EdgesAreTheDaysOutsideTheWholeMonths) {
  const MonthSplit split = SplitByMonth({CivilDay(2020, 9, 30), CivilDay(2023, 10, 24)});
  EXPECT_EQ(split.whole, (MonthInterval{CivilMonth(2020, 10), CivilMonth(2023, 9)}));
  EXPECT_THAT(split.edges, ElementsAre(DayInterval{CivilDay(2020, 9, 30), CivilDay(2020, 9, 30)},
                                       DayInterval{CivilDay(2023, 10, 1), CivilDay(2023, 10, 24)}));
}

TEST(CountPlanTest, IntervalWithoutAWholeMonthIsOneEdge) {
  const DayInterval days{CivilDay(2023, 1, 2), CivilDay(2023, 2, 27)};
  const MonthSplit split = SplitByMonth(days);
  EXPECT_EQ(split.whole, std::nullopt);
  EXPECT_THAT(split.edges, ElementsAre(days));
}

TEST(CountPlanTest, EmptyIntervalHasNothing) {
  const MonthSplit split = SplitByMonth({CivilDay(2023, 1, 2), CivilDay(2023, 1, 1)});
  EXPECT_EQ(split.whole, std::nullopt);
  EXPECT_THAT(split.edges, IsEmpty());
}

TEST(CountPlanTest, PartsCoverEveryIntervalOnceAndInOrder) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const CivilDay first = CivilDay(2019, 12, 1) + static_cast<int>(random() % 200);
    const DayInterval days{first, first + static_cast<int>(random() % 120)};
    const MonthSplit split = SplitByMonth(days);
    int64_t covered = 0;
    for (const DayInterval& edge : split.edges) {
      ASSERT_FALSE(edge.empty());
      ASSERT_TRUE(days.Contains(edge.first) && days.Contains(edge.last));
      covered += edge.last - edge.first + 1;
    }
    ASSERT_LE(split.edges.size(), 2);
    if (split.whole.has_value()) {
      const DayInterval whole = split.whole->days();
      ASSERT_TRUE(days.Contains(whole.first) && days.Contains(whole.last));
      for (const DayInterval& edge : split.edges) {
        ASSERT_TRUE(edge.last < whole.first || whole.last < edge.first);
      }
      covered += whole.last - whole.first + 1;
    }
    ASSERT_EQ(covered, days.last - days.first + 1);
  }
}

TEST(CountPlanTest, EndOfAMonthNeedsNoRecords) {
  const ResolvedSplit split = SplitResolved(CivilDay(2024, 2, 29));
  EXPECT_EQ(split.through, CivilMonth(2024, 2));
  EXPECT_EQ(split.edge, std::nullopt);
}

TEST(CountPlanTest, EndWithinAMonthAsksRecordsOfThatMonth) {
  const ResolvedSplit split = SplitResolved(CivilDay(2024, 1, 30));
  EXPECT_EQ(split.through, CivilMonth(2023, 12));
  EXPECT_EQ(split.edge, (DayInterval{CivilDay(2024, 1, 1), CivilDay(2024, 1, 30)}));
}

TEST(CountPlanTest, UnitsWithEqualDaysShareAGroupOfBoundedSize) {
  const DayInterval a{CivilDay(2023, 1, 1), CivilDay(2023, 2, 1)};
  const DayInterval b{CivilDay(2023, 1, 1), CivilDay(2023, 3, 1)};
  const std::vector<UnitGroup> groups =
      GroupByDays({UnitDays{5, a}, UnitDays{3, a}, UnitDays{4, b}, UnitDays{1, a},
                   UnitDays{9, {CivilDay(2023, 1, 2), CivilDay(2023, 1, 1)}}},
                  2);
  ASSERT_EQ(groups.size(), 3);
  EXPECT_EQ(groups[0].days, a);
  EXPECT_THAT(groups[0].units, ElementsAre(1, 3));
  EXPECT_THAT(groups[1].units, ElementsAre(5));
  EXPECT_EQ(groups[2].days, b);
  EXPECT_THAT(groups[2].units, ElementsAre(4));
}

}  // namespace
}  // namespace phoihop::opinions
