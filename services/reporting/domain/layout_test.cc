#include "services/reporting/domain/layout.h"

#include <map>

#include "common/access/testing_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::reporting {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;
using ::testing::SizeIs;

std::vector<int64_t> Units(const std::vector<UnitLabel>& labels) {
  std::vector<int64_t> units;
  for (const UnitLabel& label : labels) units.push_back(label.unit);
  return units;
}

TEST(LayoutTest, CityHasDistrictsAsChildrenAndTwoLevels) {
  const auto tree = access::TestTree();
  const auto layout =
      MakeLayout(*tree, access::kOldCanTho, {CivilDay(2020, 9, 30), CivilDay(2023, 10, 24)});
  ASSERT_TRUE(layout.has_value());
  EXPECT_EQ(layout->root, (UnitLabel{access::kOldCanTho, "92", "Thành phố Cần Thơ", "PROVINCE"}));
  EXPECT_THAT(Units(layout->children), ElementsAre(access::kNinhKieu, access::kBinhThuy));
  EXPECT_THAT(layout->levels, ElementsAre("DISTRICT", "COMMUNE"));
  EXPECT_THAT(layout->unit_counts, ElementsAre(2, 3));
  EXPECT_THAT(layout->segments, SizeIs(6));
  for (const Segment& segment : layout->segments) {
    EXPECT_EQ(segment.days, layout->days);
    EXPECT_EQ(segment.child < 0, segment.unit == access::kOldCanTho);
  }
}

TEST(LayoutTest, UnitThatMovedCountsWhereItWas) {
  const auto tree = access::TestTree();
  const auto layout =
      MakeLayout(*tree, access::kOldCanTho, {CivilDay(2024, 1, 1), CivilDay(2024, 12, 31)});
  ASSERT_TRUE(layout.has_value());
  std::vector<Segment> moved;
  for (const Segment& segment : layout->segments) {
    if (segment.unit == access::kMoved) moved.push_back(segment);
  }
  EXPECT_THAT(
      moved,
      ElementsAre(Segment{access::kMoved, {CivilDay(2024, 1, 1), access::kMoveDay - 1}, 0, {0, 1}},
                  Segment{access::kMoved, {access::kMoveDay, CivilDay(2024, 12, 31)}, 1, {0, 1}}));
  EXPECT_THAT(layout->unit_counts, ElementsAre(2, 3));
}

TEST(LayoutTest, UnitThatEndedIsReportedUpToItsLastDay) {
  const auto tree = access::TestTree();
  const auto layout =
      MakeLayout(*tree, access::kNinhKieu, {CivilDay(2024, 1, 1), CivilDay(2026, 1, 1)});
  ASSERT_TRUE(layout.has_value());
  EXPECT_EQ(layout->days.last, access::kLastOldDay);
  EXPECT_EQ(layout->root.name, "Quận Ninh Kiều");
  EXPECT_THAT(Units(layout->children), ElementsAre(access::kCaiKhe, access::kMoved));
  EXPECT_EQ(MakeLayout(*tree, access::kNinhKieu, {access::kReform, CivilDay(2026, 1, 1)}),
            std::nullopt);
  EXPECT_EQ(MakeLayout(*tree, 999, {CivilDay(2024, 1, 1), CivilDay(2026, 1, 1)}), std::nullopt);
}

TEST(LayoutTest, ChildrenOfTheCountryAreThoseOfAnyDay) {
  const auto tree = access::TestTree();
  const auto layout =
      MakeLayout(*tree, access::kCountryUnit, {CivilDay(2025, 1, 1), CivilDay(2025, 12, 31)});
  ASSERT_TRUE(layout.has_value());
  // In order of code; the two cities have the same.
  EXPECT_THAT(Units(layout->children), ElementsAre(access::kDienBien, access::kOldCanTho,
                                                   access::kNewCanTho, access::kHauGiang));
  EXPECT_THAT(layout->levels, ElementsAre("PROVINCE", "DISTRICT", "COMMUNE"));
}

// A commune that outlived its district: first below it, then directly below the province.
TEST(LayoutTest, CommuneThatComesDirectlyBelowCountsInBothRowsInTurn) {
  using access::UnitVersion;
  const CivilDay end = kEndOfDays, reform = access::kReform;
  access::UnitTree::Builder builder;
  builder.Add(2, UnitVersion{kFirstDay, end, "11", "Tỉnh", "", "PROVINCE", 1})
      .Add(20, UnitVersion{kFirstDay, reform, "095", "Huyện", "", "DISTRICT", 2})
      .Add(30, UnitVersion{kFirstDay, reform, "03346", "Xã", "", "COMMUNE", 20})
      .Add(30, UnitVersion{reform, end, "03346", "Xã", "", "COMMUNE", 2});
  const auto tree = std::move(builder).Build();
  const auto layout = MakeLayout(*tree, 2, {CivilDay(2025, 1, 1), CivilDay(2025, 12, 31)});
  ASSERT_TRUE(layout.has_value());
  EXPECT_THAT(Units(layout->children), ElementsAre(30, 20));
  EXPECT_THAT(layout->segments,
              ElementsAre(Segment{2, {CivilDay(2025, 1, 1), CivilDay(2025, 12, 31)}, -1, {}},
                          Segment{20, {CivilDay(2025, 1, 1), reform - 1}, 1, {0}},
                          Segment{30, {CivilDay(2025, 1, 1), reform - 1}, 1, {0, 1}},
                          Segment{30, {reform, CivilDay(2025, 12, 31)}, 0, {1}}));
}

TEST(LayoutTest, SegmentsAreTheMembershipsWithoutLossOrRepetition) {
  const auto tree = access::TestTree();
  for (const int64_t root : tree->ids()) {
    const DayInterval days{CivilDay(2023, 12, 1), CivilDay(2025, 9, 1)};
    const auto layout = MakeLayout(*tree, root, days);
    if (!layout.has_value()) continue;
    for (CivilDay day = days.first; day <= days.last; day += 3) {
      std::map<int64_t, int> times;
      for (const Segment& segment : layout->segments) {
        if (segment.days.Contains(day)) ++times[segment.unit];
      }
      for (const int64_t unit : tree->ids()) {
        ASSERT_EQ(times[unit], tree->IsWithin(unit, root, day)) << unit << " in " << root;
      }
    }
  }
}

TEST(LayoutTest, LastDayIsThatOfTheUnitWithinTheInterval) {
  const auto tree = access::TestTree();
  const DayInterval days{CivilDay(2024, 1, 1), CivilDay(2026, 1, 1)};
  EXPECT_THAT(LastDayOf(*tree, access::kDienBien, days), Optional(days.last));
  EXPECT_THAT(LastDayOf(*tree, access::kOldCanTho, days), Optional(access::kLastOldDay));
  EXPECT_THAT(LastDayOf(*tree, access::kNewCanTho, {days.first, access::kLastOldDay}),
              Eq(std::nullopt));
}

}  // namespace
}  // namespace phoihop::reporting
