// How the parties kept their commitments, also under an agreement that has ended.
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/status/macros.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/plans/plan_figures.h"
#include "services/agreements/plans/testing_plans.h"

namespace phoihop::agreements::plans {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using FiguresTest = PlansTest;

TEST_F(FiguresTest, TheyCountWhatFellDueAndWasKept) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string kept = Add(CommitmentRequest(plan.name(), "2024-02-01")).name();
  const std::string late = Add(CommitmentRequest(plan.name(), "2024-02-02")).name();
  const std::string reported = Add(CommitmentRequest(plan.name(), "2024-02-05")).name();
  Add(CommitmentRequest(plan.name(), "2024-02-06"));
  Add(CommitmentRequest(plan.name(), "2024-05-06"));
  v1::CreateCommitmentRequest other = CommitmentRequest(plan.name(), "2024-02-05");
  other.mutable_commitment()->set_lead("bodies/court");
  const std::string withdrawn = Add(other).name();
  other.mutable_commitment()->mutable_rhythm()->set_date("2024-02-07");
  Add(other);
  Approved(plan.name());
  v1::AmendPlanRequest amend;
  amend.set_name(plan.name());
  amend.set_reason("x");
  amend.add_withdrawals(withdrawn);
  ASSERT_THAT(Call(&Stub::AmendPlan, amend), IsOk());
  SetDay("2024-02-01");
  ASSERT_THAT(Fulfil(kept), IsOk());
  ASSERT_THAT(Confirm(kept), IsOk());
  SetDay("2024-02-06");
  ASSERT_THAT(Fulfil(late), IsOk());
  ASSERT_THAT(Confirm(late), IsOk());
  ASSERT_THAT(Fulfil(reported), IsOk());

  const std::unique_ptr<CommitmentFigures> figures = NewMysqlCommitmentFigures(pool_.get());
  const DayInterval quarter{absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 3, 31)};
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  const auto counts = figures->Count("a1", quarter, deadline);
  ASSERT_THAT(counts, IsOk());
  EXPECT_THAT(*counts, ElementsAre(CommitmentCount{"court", 1, 0, 0, 0},
                                   CommitmentCount{"party", 4, 2, 1, 1}));
  EXPECT_THAT(*figures->Count("n1", quarter, deadline), IsEmpty());
}

TEST_F(FiguresTest, UnderAnAgreementThatEndedWhatWasDueBeforeStaysOwed) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string overdue = Add(CommitmentRequest(plan.name(), "2024-03-15")).name();
  const std::string later = Add(CommitmentRequest(plan.name(), "2024-03-18")).name();
  const std::string reported = Add(CommitmentRequest(plan.name(), "2024-05-20")).name();
  Approved(plan.name());
  ASSERT_THAT(Fulfil(reported), IsOk());
  SetDay("2024-03-20");
  Commit([&](ledger::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<Agreement> before, agreements_->Lock(tx, "a1"));
    Agreement after = *before;
    after.state = State::kTerminated;
    after.ended_from = absl::CivilDay(2024, 3, 18);
    ++after.revision;
    RETURN_IF_ERROR(agreements_->Replace(tx, *before, after));
    return book_->EndAgreement(tx, "a1", *after.ended_from);
  });
  EXPECT_EQ(Occurrences(overdue)[0].state(), v1::CommitmentOccurrence::OPEN);
  EXPECT_EQ(Get(overdue).next_due_date(), "2024-03-15");
  EXPECT_EQ(Occurrences(later)[0].state(), v1::CommitmentOccurrence::CANCELLED);
  EXPECT_EQ(Get(later).next_due_date(), "");
  EXPECT_THAT(Fulfil(later), StatusIs(StatusCode::kFailedPrecondition, "OCCURRENCE_NOT_OPEN"));
  const std::unique_ptr<CommitmentFigures> figures = NewMysqlCommitmentFigures(pool_.get());
  const auto count = [&] {
    return *figures->Count("a1", {absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 3, 17)},
                           absl::Now() + absl::Seconds(10));
  };
  EXPECT_THAT(count(), ElementsAre(CommitmentCount{"party", 1, 0, 0, 0}));
  EXPECT_TRUE(Fulfil(overdue)->late());
  EXPECT_THAT(count(), ElementsAre(CommitmentCount{"party", 1, 0, 0, 1}));
  ASSERT_THAT(Confirm(overdue), IsOk());
  EXPECT_THAT(count(), ElementsAre(CommitmentCount{"party", 1, 1, 0, 0}));
  // What was reported ahead of a later day is judged still; refused, nobody owes it any more.
  const auto refused = Refuse(reported);
  ASSERT_THAT(refused, IsOk());
  EXPECT_EQ(refused->state(), v1::CommitmentOccurrence::CANCELLED);
}

TEST_F(FiguresTest, TheyFollowADueDayHoweverFarItMoves) {
  const std::string name = Active();
  Commit([&](ledger::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(auto owed, book_->OfResource(tx, absl::StrCat(name, "/occurrences/1")));
    owed.at(0).due.day = absl::CivilDay(2024, 9, 2);
    return book_->Put(tx, owed);
  });
  const std::unique_ptr<CommitmentFigures> figures = NewMysqlCommitmentFigures(pool_.get());
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  const DayInterval first{absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 6, 30)};
  const DayInterval second{absl::CivilDay(2024, 7, 1), absl::CivilDay(2024, 12, 31)};
  EXPECT_THAT(*figures->Count("a1", first, deadline), IsEmpty());
  EXPECT_THAT(*figures->Count("a1", second, deadline),
              ElementsAre(CommitmentCount{"party", 1, 0, 0}));
  SetDay("2024-09-02");
  EXPECT_FALSE(Fulfil(name)->late());
  ASSERT_THAT(Confirm(name), IsOk());
  EXPECT_THAT(*figures->Count("a1", first, deadline), IsEmpty());
  EXPECT_THAT(*figures->Count("a1", second, deadline),
              ElementsAre(CommitmentCount{"party", 1, 1, 1}));
}

}  // namespace
}  // namespace phoihop::agreements::plans
