#include "common/access/unit_tree.h"

#include <string>

#include "common/access/testing_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::access {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::UnorderedElementsAre;

const UnitTree& Tree() {
  static const auto tree = TestTree();
  return *tree;
}

TEST(UnitTreeTest, CodeNamesDifferentUnitsBeforeAndAfterTheReform) {
  EXPECT_THAT(Tree().Resolve("92", kLastOldDay), Optional(kOldCanTho));
  EXPECT_THAT(Tree().Resolve("92", kReform), Optional(kNewCanTho));
  EXPECT_THAT(Tree().Resolve("93", kLastOldDay), Optional(kHauGiang));
  EXPECT_EQ(Tree().Resolve("93", kReform), std::nullopt);
  EXPECT_EQ(Tree().Resolve("916", kReform), std::nullopt);
  EXPECT_EQ(Tree().Resolve("00", kReform), std::nullopt);
  EXPECT_THAT(Tree().Resolve("VN", kFirstDay), Optional(kCountryUnit));
}

TEST(UnitTreeTest, UnitBelongsToTheParentOfTheDay) {
  EXPECT_THAT(Tree().ParentOn(kNinhKieu, kLastOldDay), Optional(kOldCanTho));
  EXPECT_EQ(Tree().ParentOn(kNinhKieu, kReform), std::nullopt);
  EXPECT_THAT(Tree().ParentOn(kOldCanTho, kLastOldDay), Optional(kCountryUnit));
  EXPECT_EQ(Tree().ParentOn(kCountryUnit, kReform), std::nullopt);
  EXPECT_EQ(Tree().ParentOn(999, kReform), std::nullopt);
}

TEST(UnitTreeTest, WithinMeansInTheTreeOfThatDay) {
  EXPECT_TRUE(Tree().IsWithin(kCaiKhe, kNinhKieu, kLastOldDay));
  EXPECT_TRUE(Tree().IsWithin(kCaiKhe, kOldCanTho, kLastOldDay));
  EXPECT_TRUE(Tree().IsWithin(kCaiKhe, kCountryUnit, kLastOldDay));
  EXPECT_TRUE(Tree().IsWithin(kCaiKhe, kCaiKhe, kLastOldDay));
  EXPECT_FALSE(Tree().IsWithin(kCaiKhe, kBinhThuy, kLastOldDay));
  EXPECT_FALSE(Tree().IsWithin(kOldCanTho, kCaiKhe, kLastOldDay));
  EXPECT_FALSE(Tree().IsWithin(kCaiKhe, kOldCanTho, kReform));
  EXPECT_FALSE(Tree().IsWithin(kNewCaiKhe, kOldCanTho, kReform));
  EXPECT_TRUE(Tree().IsWithin(kNewCaiKhe, kNewCanTho, kReform));
  EXPECT_FALSE(Tree().IsWithin(999, kCountryUnit, kReform));
  EXPECT_FALSE(Tree().IsWithin(kNewCanTho, 999, kReform));
}

TEST(UnitTreeTest, SubtreeAndDescendantsFollowTheDay) {
  EXPECT_THAT(Tree().Subtree(kOldCanTho, kLastOldDay),
              UnorderedElementsAre(kOldCanTho, kNinhKieu, kBinhThuy, kCaiKhe, kAnThoi, kMoved));
  EXPECT_THAT(Tree().Subtree(kOldCanTho, kReform), IsEmpty());
  EXPECT_THAT(Tree().Subtree(kNewCanTho, kReform), UnorderedElementsAre(kNewCanTho, kNewCaiKhe));
  EXPECT_THAT(Tree().Descendants(kOldCanTho, kLastOldDay, kDistrictLevel),
              UnorderedElementsAre(kNinhKieu, kBinhThuy));
  EXPECT_THAT(Tree().Descendants(kOldCanTho, kLastOldDay, kCommuneLevel),
              UnorderedElementsAre(kCaiKhe, kAnThoi, kMoved));
  EXPECT_THAT(Tree().Descendants(kNinhKieu, kLastOldDay, kDistrictLevel), IsEmpty());
  EXPECT_THAT(Tree().Children(kOldCanTho, kLastOldDay), ElementsAre(kNinhKieu, kBinhThuy));
}

TEST(UnitTreeTest, MovedUnitCountsForEachParentOnItsDays) {
  const DayInterval years{absl::CivilDay(2023, 1, 1), absl::CivilDay(2025, 12, 31)};
  EXPECT_THAT(Tree().MembershipsWithin(kNinhKieu, years),
              ElementsAre(Membership{kNinhKieu, absl::CivilDay(2023, 1, 1), kReform},
                          Membership{kCaiKhe, absl::CivilDay(2023, 1, 1), kReform},
                          Membership{kMoved, absl::CivilDay(2023, 1, 1), kMoveDay}));
  EXPECT_THAT(Tree().MembershipsWithin(kBinhThuy, years),
              ElementsAre(Membership{kBinhThuy, absl::CivilDay(2023, 1, 1), kReform},
                          Membership{kAnThoi, absl::CivilDay(2023, 1, 1), kReform},
                          Membership{kMoved, kMoveDay, kReform}));
  // Seen from above, the move inside changes nothing.
  EXPECT_THAT(Tree().MembershipsWithin(kOldCanTho, years),
              ::testing::Contains(Membership{kMoved, absl::CivilDay(2023, 1, 1), kReform}));
}

TEST(UnitTreeTest, MembershipsAreCutToTheInterval) {
  const DayInterval day{kMoveDay, kMoveDay};
  EXPECT_THAT(Tree().MembershipsWithin(kAnThoi, day),
              ElementsAre(Membership{kAnThoi, kMoveDay, kMoveDay + 1}));
  EXPECT_THAT(Tree().MembershipsWithin(kNewCanTho, {kFirstDay, kLastOldDay}), IsEmpty());
  EXPECT_THAT(Tree().MembershipsWithin(kNewCanTho, {kReform, kLastOldDay}), IsEmpty());
  EXPECT_THAT(Tree().MembershipsWithin(999, day), IsEmpty());
}

TEST(UnitTreeTest, LevelsExistOnTheirDays) {
  EXPECT_THAT(Tree().Levels(), ElementsAre("COUNTRY", "PROVINCE", "DISTRICT", "COMMUNE"));
  EXPECT_THAT(Tree().LevelsOn(kLastOldDay),
              ElementsAre("COUNTRY", "PROVINCE", "DISTRICT", "COMMUNE"));
  EXPECT_THAT(Tree().LevelsOn(kReform), ElementsAre("COUNTRY", "PROVINCE", "COMMUNE"));
}

TEST(UnitTreeTest, RenamedUnitKeepsItsIdentity) {
  EXPECT_EQ(Tree().Find(kDienBien)->On(kMoveDay - 1)->name, "Tỉnh Lai Châu cũ");
  EXPECT_EQ(Tree().Find(kDienBien)->On(kMoveDay)->name, "Tỉnh Điện Biên");
  EXPECT_THAT(Tree().MembershipsWithin(kDienBien, {kFirstDay, kEndOfDays - 1}),
              ElementsAre(Membership{kDienBien, kFirstDay, kEndOfDays}));
  EXPECT_EQ(Tree().version(), 7);
}

TEST(UnitTreeTest, RingOfParentsEndsTheWalk) {
  const auto tree = std::move(UnitTree::Builder()
                                  .Add(5, UnitVersion{kFirstDay, kEndOfDays, "a", "", "", "X", 6})
                                  .Add(6, UnitVersion{kFirstDay, kEndOfDays, "b", "", "", "X", 5}))
                        .Build();
  EXPECT_FALSE(tree->IsWithin(5, kCountryUnit, kReform));
  EXPECT_LE(tree->Subtree(5, kReform).size(), 4u);
  EXPECT_FALSE(tree->MembershipsWithin(5, {kReform, kReform}).empty());
}

}  // namespace
}  // namespace phoihop::access
