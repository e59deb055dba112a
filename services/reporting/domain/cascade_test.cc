#include "services/reporting/domain/cascade.h"

#include "common/access/testing_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::reporting {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Candidate Programme(const char* id, CivilDay start, bool has_cascade, const char* parent = "") {
  Candidate candidate;
  candidate.agreement.id = id;
  candidate.agreement.parent = parent;
  candidate.agreement.term_start = start;
  candidate.agreement.term_end = CivilDay(2025, 12, 31);
  candidate.agreement.in_force_date = start;
  candidate.has_cascade = has_cascade;
  return candidate;
}

TEST(CascadeTest, InForceFromTheLastSignatureToTheEndOfTheTerm) {
  AgreementRow agreement = Programme("a", CivilDay(2021, 1, 1), true).agreement;
  EXPECT_FALSE(InForceOn(agreement, CivilDay(2020, 12, 31)));
  EXPECT_TRUE(InForceOn(agreement, CivilDay(2021, 1, 1)));
  EXPECT_TRUE(InForceOn(agreement, CivilDay(2025, 12, 31)));
  EXPECT_FALSE(InForceOn(agreement, CivilDay(2026, 1, 1)));
  agreement.in_force_date.reset();
  EXPECT_FALSE(InForceOn(agreement, CivilDay(2021, 1, 1)));
}

TEST(CascadeTest, ProgrammeIsTheOldestThatHasACascade) {
  const CivilDay day(2023, 10, 24);
  const std::vector<Candidate> candidates = {
      Programme("d", CivilDay(2022, 1, 1), true, "b"), Programme("c", CivilDay(2021, 1, 1), true),
      Programme("b", CivilDay(2021, 1, 1), true), Programme("a", CivilDay(2019, 1, 1), false)};
  EXPECT_EQ(ChooseProgramme(candidates, day)->agreement.id, "b");
  EXPECT_EQ(ChooseProgramme(candidates, CivilDay(2020, 5, 1))->agreement.id, "a");
  EXPECT_EQ(ChooseProgramme(candidates, CivilDay(2018, 5, 1)), nullptr);
  EXPECT_EQ(ChooseProgramme({}, day), nullptr);
}

TEST(CascadeTest, OneThatCarriesOutAnotherIsNoProgrammeUntilItHasACascade) {
  const CivilDay day(2023, 10, 24);
  EXPECT_EQ(ChooseProgramme({Programme("a", CivilDay(2021, 1, 1), false, "x")}, day), nullptr);
  EXPECT_NE(ChooseProgramme({Programme("a", CivilDay(2021, 1, 1), true, "x")}, day), nullptr);
}

TEST(CascadeTest, UnitAndAboveFollowsTheTreeOfTheDay) {
  const auto tree = access::TestTree();
  EXPECT_THAT(
      UnitAndAbove(*tree, access::kMoved, access::kMoveDay - 1),
      ElementsAre(access::kMoved, access::kNinhKieu, access::kOldCanTho, access::kCountryUnit));
  EXPECT_THAT(
      UnitAndAbove(*tree, access::kMoved, access::kMoveDay),
      ElementsAre(access::kMoved, access::kBinhThuy, access::kOldCanTho, access::kCountryUnit));
  EXPECT_THAT(UnitAndAbove(*tree, access::kMoved, access::kReform), IsEmpty());
}

}  // namespace
}  // namespace phoihop::reporting
