#include "services/reporting/domain/folding.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::reporting {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

PetitionRow Petition(int64_t revision, std::optional<CivilDay> resolved = std::nullopt) {
  return {"p1", revision, false, 30, 1, CivilDay(2023, 9, 5), resolved};
}

TEST(FoldingTest, NewPetitionIsCountedInItsCell) {
  const auto folded = Fold(Stored<PetitionRow>(), {Petition(1)});
  EXPECT_THAT(folded.rows, ElementsAre(Pair("p1", Petition(1))));
  EXPECT_THAT(folded.deltas, ElementsAre(Pair(PetitionCell{30, 1, 202309, 0}, 1)));
}

TEST(FoldingTest, ResolvedPetitionMovesToAnotherCell) {
  const auto folded =
      Fold(Stored<PetitionRow>{{"p1", Petition(1)}}, {Petition(2, CivilDay(2023, 10, 1))});
  EXPECT_THAT(folded.deltas, ElementsAre(Pair(PetitionCell{30, 1, 202309, 0}, -1),
                                         Pair(PetitionCell{30, 1, 202309, 202310}, 1)));
}

TEST(FoldingTest, ChangeThatLeavesTheCellWritesOnlyTheRow) {
  const auto folded = Fold(Stored<PetitionRow>{{"p1", Petition(1)}}, {Petition(2)});
  EXPECT_EQ(folded.rows.at("p1").revision, 2);
  EXPECT_THAT(folded.deltas, IsEmpty());
}

TEST(FoldingTest, KnownRevisionsChangeNothing) {
  const Stored<PetitionRow> stored{{"p1", Petition(2, CivilDay(2023, 10, 1))}};
  const auto folded = Fold(stored, {Petition(1), Petition(2, CivilDay(2023, 10, 1))});
  EXPECT_THAT(folded.rows, IsEmpty());
  EXPECT_THAT(folded.deltas, IsEmpty());
}

TEST(FoldingTest, BatchCountsOnlyTheLastRevisionWhateverTheOrder) {
  const auto folded =
      Fold(Stored<PetitionRow>(), {Petition(1), Petition(3, CivilDay(2023, 11, 1)),
                                   Petition(2, CivilDay(2023, 10, 1)), Petition(1)});
  EXPECT_THAT(folded.deltas, ElementsAre(Pair(PetitionCell{30, 1, 202309, 202311}, 1)));
}

TEST(FoldingTest, RemovedResourceStaysRemoved) {
  PetitionRow removed = Petition(2);
  removed.deleted = true;
  const auto at_once = Fold(Stored<PetitionRow>(), {Petition(1), removed});
  const auto later = Fold(Stored<PetitionRow>{{"p1", Petition(1)}}, {removed});
  // The same row remains, however the records were cut into batches.
  EXPECT_EQ(at_once.rows, later.rows);
  EXPECT_EQ(later.rows.at("p1").unit, 0);
  EXPECT_THAT(at_once.deltas, IsEmpty());
  EXPECT_THAT(later.deltas, ElementsAre(Pair(PetitionCell{30, 1, 202309, 0}, -1)));
  const auto again = Fold(Stored<PetitionRow>{{"p1", later.rows.at("p1")}}, {Petition(1)});
  EXPECT_THAT(again.rows, IsEmpty());
}

TEST(FoldingTest, OpinionsAndAgreementsFoldAlike) {
  const OpinionRow entry{"o1", 1, false, 30, CivilDay(2023, 9, 5)};
  EXPECT_THAT(Fold(Stored<OpinionRow>(), {entry, entry}).deltas,
              ElementsAre(Pair(OpinionCell{30, 202309}, 1)));
  AgreementRow draft;
  draft.id = "a1";
  draft.revision = 1;
  AgreementRow signed_by_all = draft;
  signed_by_all.revision = 4;
  signed_by_all.in_force_date = CivilDay(2021, 1, 1);
  const auto rows = Fold(Stored<AgreementRow>(), {draft, signed_by_all});
  EXPECT_THAT(rows, ElementsAre(Pair("a1", signed_by_all)));
}

}  // namespace
}  // namespace phoihop::reporting
