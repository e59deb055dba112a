#include "services/agreements/reviews/formula.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::agreements::reviews {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using ::testing::Optional;

constexpr int64_t kMost = 1'000'000'000;

Part P(int weight, int64_t numerator, int64_t denominator) {
  return {PartKind::kDeliveries, weight, numerator, denominator};
}

struct ScoreCase {
  const char* what;
  std::vector<Part> parts;
  std::optional<int> score;
};

TEST(FormulaTest, ScoresAreExactAndRoundedOnceHalfUp) {
  const ScoreCase cases[] = {
      {"all of everything", {P(400, 5, 5), P(400, 7, 7), P(200, 1, 1)}, 1000},
      {"nothing of anything", {P(400, 0, 5), P(400, 0, 7), P(200, 0, 1)}, 0},
      // 1000 * (0,4 * 9/12 + 0,4 * 2/3 + 0,2 * 1/2) = 666,66...
      {"rounded up", {P(400, 9, 12), P(400, 2, 3), P(200, 1, 2)}, 667},
      {"rounded down", {P(1000, 1, 3)}, 333},
      {"half goes up", {P(1000, 1, 2000)}, 1},
      {"less than half goes down", {P(1000, 499'999, kMost)}, 0},
      // Each part alone would round to 0 and 1; together they are 0,75.
      {"parts are not rounded on the way", {P(500, 1, 2000), P(500, 1, 1000)}, 1},
      // The weights 400 and 200 share the 1.000: (400 * 1 + 200 * 0,5) / 600.
      {"a part without a base is left out", {P(400, 3, 3), P(400, 0, 0), P(200, 1, 2)}, 833},
      {"one part alone", {P(400, 0, 0), P(400, 0, 0), P(200, 3, 4)}, 750},
      {"no base at all", {P(400, 0, 0), P(400, 0, 0), P(200, 0, 0)}, std::nullopt},
      {"a part without a weight", {P(0, 0, 9), P(1000, 1, 1)}, 1000},
      {"only parts without a weight", {P(0, 1, 9)}, std::nullopt},
      {"no parts", {}, std::nullopt},
      {"the largest counts",
       {P(400, kMost - 1, kMost), P(400, kMost, kMost), P(200, kMost, kMost)},
       1000},
      {"large counts that differ",
       {P(400, kMost / 2, kMost - 1), P(400, 1, kMost - 3), P(200, kMost - 7, kMost - 7)},
       400},
      {"a figure of the accounts", {P(1000, 381, 407)}, 936},
  };
  for (const ScoreCase& c : cases) EXPECT_EQ(Score(c.parts), c.score) << c.what;
}

TEST(FormulaTest, NewestVersionThatHoldsOnTheDayIsChosen) {
  Formula first, second, third;
  first.version = 1;
  first.valid_from = CivilDay(2021, 1, 1);
  second.version = 2;
  second.valid_from = CivilDay(2024, 1, 1);
  third.version = 3;
  third.valid_from = CivilDay(2024, 1, 1);
  const std::vector<Formula> all = {first, second, third};
  EXPECT_EQ(NewestOn(all, CivilDay(2020, 12, 31)), nullptr);
  EXPECT_EQ(NewestOn(all, CivilDay(2021, 1, 1))->version, 1);
  EXPECT_EQ(NewestOn(all, CivilDay(2023, 12, 31))->version, 1);
  EXPECT_EQ(NewestOn(all, CivilDay(2024, 1, 1))->version, 3);
}

TEST(FormulaTest, EveryPartyIsScoredAndFormerPartiesComeAfter) {
  Formula formula;
  formula.delivery_weight = 400;
  formula.commitment_weight = 400;
  formula.request_weight = 200;
  PartyRecords records;
  records.deliveries = {{"council", 12, 11, 9}};
  records.commitments = {{"council", 3, 2, 1}, {"gone", 2, 2, 0}};
  // A refusal with a legal ground settles a request.
  records.requests = {{"council", 4, 1, 1, 0}, {"another", 1, 0, 0, 0}};
  const std::vector<std::string> parties = {"party", "council"};
  const std::vector<PartyScore> scores = Evaluate(formula, parties, records);
  ASSERT_EQ(scores.size(), 4);
  EXPECT_EQ(scores[0].body, "party");
  EXPECT_EQ(scores[0].score, std::nullopt);
  EXPECT_EQ(scores[0].parts.size(), 3);
  EXPECT_EQ(scores[1].body, "council");
  EXPECT_THAT(scores[1].parts, ElementsAre(Part{PartKind::kDeliveries, 400, 9, 12},
                                           Part{PartKind::kCommitments, 400, 2, 3},
                                           Part{PartKind::kRequests, 200, 2, 4}));
  EXPECT_THAT(scores[1].score, Optional(667));
  EXPECT_EQ(scores[2].body, "another");
  EXPECT_THAT(scores[2].score, Optional(0));
  EXPECT_EQ(scores[3].body, "gone");
  EXPECT_THAT(scores[3].score, Optional(1000));
}

}  // namespace
}  // namespace phoihop::agreements::reviews
