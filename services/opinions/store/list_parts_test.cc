#include "services/opinions/store/list_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace phoihop::opinions {
namespace {

constexpr absl::CivilDay kA(2023, 1, 1), kB(2023, 2, 1), kC(2023, 3, 1), kD(2023, 4, 1);

TEST(ListPartsTest, NewestDaysComeFirst) {
  const auto parts = ListParts({.unit = 1, .days = {{kA, kB}, {kC, kD}}, .after = {}, .limit = 9});
  ASSERT_EQ(parts.size(), 2);
  EXPECT_EQ(parts[0].days, (DayInterval{kC, kD}));
  EXPECT_EQ(parts[1].days, (DayInterval{kA, kB}));
  EXPECT_FALSE(parts[0].after.has_value());
}

TEST(ListPartsTest, ListGoesOnWithinTheDayOfItsKey) {
  const auto parts = ListParts(
      {.unit = 1, .days = {{kA, kB}, {kC, kD}}, .after = ListKey{kC + 3, "x"}, .limit = 9});
  ASSERT_EQ(parts.size(), 2);
  EXPECT_EQ(parts[0].days, (DayInterval{kC, kC + 3}));
  EXPECT_EQ(parts[0].after->id, "x");
  EXPECT_EQ(parts[1].days, (DayInterval{kA, kB}));
  EXPECT_FALSE(parts[1].after.has_value());
}

TEST(ListPartsTest, DaysAfterTheKeyAreLeftOut) {
  const auto parts = ListParts(
      {.unit = 1, .days = {{kA, kB}, {kC, kD}}, .after = ListKey{kB + 1, "x"}, .limit = 9});
  ASSERT_EQ(parts.size(), 1);
  EXPECT_EQ(parts[0].days, (DayInterval{kA, kB}));
  EXPECT_FALSE(parts[0].after.has_value());
  EXPECT_TRUE(
      ListParts({.unit = 1, .days = {{kC, kD}}, .after = ListKey{kB, "x"}, .limit = 9}).empty());
}

}  // namespace
}  // namespace phoihop::opinions
