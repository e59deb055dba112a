#include "services/opinions/domain/opinion_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace phoihop::opinions {
namespace {

constexpr absl::CivilDay kToday(2023, 10, 24);

TEST(OpinionEntryTest, TopicsThatDifferInCaseOrSpacesAreOne) {
  EXPECT_EQ(TopicKey("Đất  đai"), TopicKey("ĐẤT ĐAI"));
  EXPECT_EQ(TopicKey("Y tế\tcơ sở"), "y tế cơ sở");
}

TEST(OpinionEntryTest, TopicsThatDifferInMarksAreTwo) {
  EXPECT_NE(TopicKey("bán hàng"), TopicKey("bản hàng"));
  EXPECT_NE(TopicKey("Đất đai"), TopicKey("Dat dai"));
}

TEST(OpinionEntryTest, HeardTodayIsAllowedAndTomorrowIsNot) {
  EXPECT_TRUE(CheckHeard(kToday, kToday).empty());
  const Violations found = CheckHeard(kToday + 1, kToday);
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].field, "heard_date");
  EXPECT_EQ(found[0].reason, "DATE_IN_FUTURE");
}

TEST(OpinionEntryTest, UnreadableDayBreaksNoRuleOfItsOwn) {
  EXPECT_TRUE(CheckHeard(std::nullopt, kToday).empty());
}

TEST(OpinionEntryTest, OnlyKnownChannelsHaveANumber) {
  EXPECT_EQ(ChannelOf(0), std::nullopt);
  EXPECT_EQ(ChannelOf(1), Channel::kCollaborator);
  EXPECT_EQ(ChannelOf(6), Channel::kBriefing);
  EXPECT_EQ(ChannelOf(7), std::nullopt);
  EXPECT_EQ(ChannelOf(-1), std::nullopt);
}

}  // namespace
}  // namespace phoihop::opinions
