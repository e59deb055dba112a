#include "common/access/body_lineage.h"

#include "common/access/snapshot.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::access {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::CivilDay kFirstMerger(2024, 3, 1);
constexpr absl::CivilDay kSecondMerger(2025, 7, 1);

// p and q of unit 4 went into s of unit 4, and that into t of unit 3; u of unit 4 was split into t
// and v; w ended alone. s was renamed.
BodyLineage Lineage() {
  return BodyLineage({
      {"bodies/p", 4, {{kFirstDay, "Ban P"}}, kFirstMerger, {{"bodies/s", 4, "Ban S"}}},
      {"bodies/q", 4, {{kFirstDay, "Ban Q"}}, kFirstMerger, {{"bodies/s", 4, "Ban S"}}},
      {"bodies/s",
       4,
       {{kFirstDay, "Ban S"}, {absl::CivilDay(2024, 9, 1), "Ban S mới"}},
       kSecondMerger,
       {{"bodies/t", 3, "Ban T"}}},
      {"bodies/u",
       4,
       {{kFirstDay, "Ban U"}},
       kSecondMerger,
       {{"bodies/t", 3, "Ban T"}, {"bodies/v", 3, "Ban V"}}},
      {"bodies/w", 4, {{kFirstDay, "Ban W"}}, kSecondMerger, {}},
  });
}

TEST(BodyLineageTest, ABodyCarriesItsDutiesUntilItEndsThenItsSuccessorsDo) {
  const BodyLineage lineage = Lineage();
  EXPECT_THAT(lineage.CarriersOn("bodies/p", kFirstMerger - 1), ElementsAre("bodies/p"));
  EXPECT_THAT(lineage.CarriersOn("bodies/p", kFirstMerger), ElementsAre("bodies/s"));
  EXPECT_THAT(lineage.CarriersOn("bodies/p", kSecondMerger - 1), ElementsAre("bodies/s"));
  EXPECT_THAT(lineage.CarriersOn("bodies/p", kSecondMerger), ElementsAre("bodies/t"));
  EXPECT_THAT(lineage.CarriersOn("bodies/u", kSecondMerger), ElementsAre("bodies/t", "bodies/v"));
  EXPECT_THAT(lineage.CarriersOn("bodies/unknown", kSecondMerger), ElementsAre("bodies/unknown"));
}

TEST(BodyLineageTest, WhatEndedAloneStaysWithItself) {
  const BodyLineage lineage = Lineage();
  EXPECT_THAT(lineage.CarriersOn("bodies/w", kSecondMerger), ElementsAre("bodies/w"));
  EXPECT_FALSE(lineage.IsCarriedOn("bodies/w", kSecondMerger));
  EXPECT_EQ(lineage.EndOf("bodies/w"), kSecondMerger);
  EXPECT_EQ(lineage.EndOf("bodies/t"), std::nullopt);
}

TEST(BodyLineageTest, TheWayBackFindsWhatIsCarriedOnThatDay) {
  const BodyLineage lineage = Lineage();
  EXPECT_THAT(lineage.CarriedBy("bodies/s", kFirstMerger - 1), IsEmpty());
  EXPECT_THAT(lineage.CarriedBy("bodies/s", kFirstMerger), ElementsAre("bodies/p", "bodies/q"));
  EXPECT_THAT(lineage.CarriedBy("bodies/t", kFirstMerger), IsEmpty());
  EXPECT_THAT(lineage.CarriedBy("bodies/t", kSecondMerger),
              ElementsAre("bodies/p", "bodies/q", "bodies/s", "bodies/u"));
  // What s carried is t's now.
  EXPECT_THAT(lineage.CarriedBy("bodies/s", kSecondMerger), IsEmpty());
}

TEST(BodyLineageTest, TwoBodiesMeetWhenOneCarriesBoth) {
  const BodyLineage lineage = Lineage();
  EXPECT_FALSE(lineage.MeetOn("bodies/p", "bodies/q", kFirstMerger - 1));
  EXPECT_TRUE(lineage.MeetOn("bodies/p", "bodies/q", kFirstMerger));
  EXPECT_TRUE(lineage.MeetOn("bodies/p", "bodies/u", kSecondMerger));
  EXPECT_TRUE(lineage.MeetOn("bodies/v", "bodies/u", kSecondMerger));
  EXPECT_FALSE(lineage.MeetOn("bodies/v", "bodies/p", kSecondMerger));
}

TEST(BodyLineageTest, ANameIsThatOfTheDay) {
  const BodyLineage lineage = Lineage();
  EXPECT_EQ(lineage.NameOn("bodies/s", absl::CivilDay(2024, 8, 31)), "Ban S");
  EXPECT_EQ(lineage.NameOn("bodies/s", absl::CivilDay(2024, 9, 1)), "Ban S mới");
  EXPECT_EQ(lineage.NameOn("bodies/s", absl::CivilDay(2026, 1, 1)), "Ban S mới");
  EXPECT_EQ(lineage.NameOn("bodies/t", absl::CivilDay(2026, 1, 1)), "Ban T");
  EXPECT_EQ(lineage.NameOn("bodies/unknown", absl::CivilDay(2026, 1, 1)), "");
}

TEST(BodyLineageTest, UnitsFindEachOtherOverTheirBodies) {
  const BodyLineage lineage = Lineage();
  EXPECT_THAT(lineage.SucceededAt(4), ElementsAre("bodies/p", "bodies/q", "bodies/s", "bodies/u"));
  EXPECT_THAT(lineage.SucceededAt(3), IsEmpty());
  EXPECT_THAT(lineage.UnitsCarriedTo(3, kSecondMerger), ElementsAre(4));
  EXPECT_THAT(lineage.UnitsCarriedTo(3, kSecondMerger - 1), IsEmpty());
  EXPECT_EQ(lineage.UnitOf("bodies/v"), 3);
  EXPECT_EQ(lineage.UnitOf("bodies/unknown"), std::nullopt);
}

TEST(ActingTodayTest, ATokenForABodyThatOthersCarryOnNamesNone) {
  Snapshot snapshot;
  snapshot.bodies = std::make_shared<const BodyLineage>(Lineage());
  const Caller caller{Caller::kMember, "members/m", "bodies/p", ""};
  snapshot.today = kFirstMerger - 1;
  EXPECT_EQ(ActingToday(snapshot, caller).body, "bodies/p");
  snapshot.today = kFirstMerger;
  EXPECT_EQ(ActingToday(snapshot, caller).body, "");
  const Caller alone{Caller::kMember, "members/m", "bodies/w", ""};
  snapshot.today = kSecondMerger;
  EXPECT_EQ(ActingToday(snapshot, alone).body, "bodies/w");
}

}  // namespace
}  // namespace phoihop::access
