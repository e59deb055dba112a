#include "services/opinions/domain/counting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace phoihop::opinions {
namespace {

using ::testing::ElementsAre;

constexpr absl::CivilDay kFirst(2023, 1, 1);
constexpr absl::CivilDay kLast(2023, 6, 30);

Petition Make(int64_t unit, PetitionKind kind, absl::CivilDay received,
              std::optional<absl::CivilDay> resolved = std::nullopt) {
  Petition petition;
  petition.unit = unit;
  petition.kind = kind;
  petition.received = received;
  petition.resolved = resolved;
  return petition;
}

OpinionEntry Heard(int64_t unit, const char* topic, absl::CivilDay day,
                   std::optional<int32_t> voiced = std::nullopt) {
  OpinionEntry entry;
  entry.unit = unit;
  entry.topic = topic;
  entry.heard = day;
  entry.voiced = voiced;
  return entry;
}

TEST(CountingTest, BothEdgeDaysCount) {
  const std::vector<Petition> petitions = {
      Make(1, PetitionKind::kComplaint, kFirst - 1), Make(1, PetitionKind::kComplaint, kFirst),
      Make(1, PetitionKind::kDenunciation, kLast), Make(1, PetitionKind::kComplaint, kLast + 1)};
  const PetitionTallies tallies = CountPetitions(petitions, {UnitDays{1, {kFirst, kLast}}}, kLast);
  EXPECT_EQ(tallies[0], (PetitionTally{2, 0}));
  EXPECT_EQ(tallies[1], PetitionTally{});
}

TEST(CountingTest, ResolvedCountsUpToTheEndAndNotAfter) {
  const std::vector<Petition> petitions = {
      Make(1, PetitionKind::kFeedback, kFirst, kLast),
      Make(1, PetitionKind::kRecommendation, kFirst, kLast + 1),
      Make(1, PetitionKind::kRecommendation, kFirst)};
  EXPECT_EQ(CountPetitions(petitions, {UnitDays{1, {kFirst, kLast}}}, kLast)[1],
            (PetitionTally{3, 1}));
}

TEST(CountingTest, PetitionOfAUnitThatLeftIsStillResolvedByTheEnd) {
  const absl::CivilDay left(2023, 3, 1);
  const std::vector<Petition> petitions = {Make(1, PetitionKind::kComplaint, left - 1, left + 30),
                                           Make(1, PetitionKind::kComplaint, left, left + 30)};
  EXPECT_EQ(CountPetitions(petitions, {UnitDays{1, {kFirst, left - 1}}}, kLast)[0],
            (PetitionTally{1, 1}));
}

TEST(CountingTest, OtherUnitsDoNotCount) {
  EXPECT_EQ(CountPetitions({Make(2, PetitionKind::kComplaint, kFirst)},
                           {UnitDays{1, {kFirst, kLast}}}, kLast)[0],
            PetitionTally{});
}

TEST(CountingTest, TopicsAreMergedAndRanked) {
  const std::vector<OpinionEntry> entries = {
      Heard(1, "Y tế", kFirst, 5), Heard(1, "đất đai", kFirst), Heard(2, "Đất đai", kLast, 30),
      Heard(2, "Giáo dục", kFirst), Heard(2, "Đất đai", kLast + 1)};
  EXPECT_THAT(
      CountTopics(entries, {UnitDays{1, {kFirst, kLast}}, UnitDays{2, {kFirst, kLast}}}),
      ElementsAre(TopicTally{"đất đai", "Đất đai", 2, 30}, TopicTally{"giáo dục", "Giáo dục", 1, 0},
                  TopicTally{"y tế", "Y tế", 1, 5}));
}

}  // namespace
}  // namespace phoihop::opinions
