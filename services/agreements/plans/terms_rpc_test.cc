// What falls due after the agreement's last day arises only once that day moves.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/plans/commitment_terms.h"
#include "services/agreements/plans/testing_plans.h"

namespace phoihop::agreements::plans {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The programme a1 ends on 2025-06-30.
class TermsTest : public PlansTest {
 protected:
  void SetUp() override {
    PlansTest::SetUp();
    SetDay("2025-01-06");
  }
  v1::CreateCommitmentRequest Request(const std::string& plan, v1::Rhythm::Kind kind) {
    v1::CreateCommitmentRequest request = CommitmentRequest(plan);
    v1::Rhythm& rhythm = *request.mutable_commitment()->mutable_rhythm();
    rhythm.Clear();
    rhythm.set_kind(kind);
    if (kind == v1::Rhythm::QUARTERLY) {
      rhythm.set_working_day(5);
    } else {
      rhythm.set_event("COUNCIL_SESSION");
      rhythm.set_working_days(5);
    }
    return request;
  }
  std::vector<std::string> Dues(const std::string& commitment) {
    std::vector<std::string> dues;
    for (const v1::CommitmentOccurrence& one : Occurrences(commitment)) {
      if (one.state() == v1::CommitmentOccurrence::OPEN) dues.push_back(one.due().date());
    }
    return dues;
  }
  void Shorten(absl::CivilDay last) { Extend(last, /*shorter=*/true); }
  void Extend(absl::CivilDay last, bool shorter = false) {
    Commit([&](ledger::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const std::optional<Agreement> before, agreements_->Lock(tx, "a1"));
      Agreement after = *before;
      after.term_end = last;
      ++after.revision;
      RETURN_IF_ERROR(agreements_->Replace(tx, *before, after));
      if (shorter) return CommitmentTerms(&parts_).TermShortened(tx, *before, after);
      return CommitmentTerms(&parts_).TermExtended(tx, *before, after,
                                                   *snapshots_->Get()->calendar);
    });
  }
};

TEST_F(TermsTest, LastQuarterAndLateSessionAreOwedOnlyUnderAnExtension) {
  const v1::AnnualPlan plan = NewPlan(2025);
  const std::string quarterly = Add(Request(plan.name(), v1::Rhythm::QUARTERLY)).name();
  const std::string after = Add(Request(plan.name(), v1::Rhythm::AFTER_EVENT)).name();
  const v1::Event early = NewEvent(EventRequest("2025-06-10"));
  Approved(plan.name());
  const v1::Event late = NewEvent(EventRequest("2025-06-27"));
  EXPECT_THAT(Dues(quarterly), ElementsAre("2025-04-08"));
  EXPECT_THAT(Dues(after), ElementsAre("2025-06-17"));
  // Moved so late that nothing falls due in time, it is not owed, and its lead is told.
  v1::UpdateEventRequest move;
  move.mutable_event()->set_name(early.name());
  move.mutable_event()->set_date("2025-06-25");
  ASSERT_THAT(Call(&Stub::UpdateEvent, move), IsOk());
  EXPECT_THAT(Dues(after), IsEmpty());
  EXPECT_THAT(Told(), ElementsAre("COMMITMENT_NOT_OWED party"));

  Extend(absl::CivilDay(2025, 7, 3));
  EXPECT_THAT(Dues(quarterly), ElementsAre("2025-04-08"));
  EXPECT_THAT(Dues(after), ElementsAre("2025-07-02"));
  Extend(absl::CivilDay(2026, 6, 30));
  EXPECT_THAT(Dues(quarterly), ElementsAre("2025-04-08", "2025-07-07"));
  EXPECT_THAT(Dues(after), ElementsAre("2025-07-02", "2025-07-04"));
  EXPECT_THAT(Owed(absl::StrCat("fulfil:", quarterly.substr(12))),
              ElementsAre("fulfil party 2025-04-08 open", "fulfil party 2025-07-07 open"));
}

TEST_F(TermsTest, WhatFallsDueAfterAnEarlierEndIsNoLongerOwedUnlessItIsExtendedAgain) {
  const v1::AnnualPlan plan = NewPlan(2025);
  const std::string quarterly = Add(Request(plan.name(), v1::Rhythm::QUARTERLY)).name();
  const std::string once = Add(CommitmentRequest(plan.name(), "2025-03-14")).name();
  Approved(plan.name());
  ASSERT_THAT(Dues(quarterly), ElementsAre("2025-04-08"));
  const std::vector<std::string> before = Dues(once);
  ASSERT_EQ(before.size(), 1u);

  Shorten(absl::CivilDay(2025, 4, 8));
  EXPECT_THAT(Dues(quarterly), ElementsAre("2025-04-08")) << "due on the last day";
  Shorten(absl::CivilDay(2025, 2, 28));
  EXPECT_THAT(Dues(quarterly), IsEmpty());
  EXPECT_THAT(Owed(absl::StrCat("fulfil:", quarterly.substr(12))),
              ElementsAre("fulfil party 2025-04-08 withdrawn"));
  // It stays visible, and its lead was told why.
  ASSERT_EQ(Occurrences(quarterly).size(), 1u);
  EXPECT_EQ(Occurrences(quarterly)[0].state(), v1::CommitmentOccurrence::CANCELLED);
  const std::vector<std::string> told = Told();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.front(), "COMMITMENT_NOT_OWED party");

  Extend(absl::CivilDay(2025, 6, 30));
  EXPECT_THAT(Dues(quarterly), ElementsAre("2025-04-08"));
  EXPECT_EQ(Dues(once), before);
}

TEST_F(TermsTest, RhythmThatFallsDueOnlyAfterTheEndIsRefused) {
  const v1::AnnualPlan plan = NewPlan(2025);
  ASSERT_THAT(Call(&Stub::CreateCommitment, Request(plan.name(), v1::Rhythm::QUARTERLY)), IsOk());
  Execute(
      "UPDATE agreements SET term_end = '2025-03-31', in_force_until = '2025-04-01' "
      "WHERE id = 'a1'");
  EXPECT_THAT(Call(&Stub::CreateCommitment, Request(plan.name(), v1::Rhythm::QUARTERLY)),
              StatusIs(StatusCode::kInvalidArgument, "NO_DUE_DATES"));
}

TEST_F(TermsTest, CancelledEventIsTold) {
  const v1::AnnualPlan plan = NewPlan(2025);
  Add(Request(plan.name(), v1::Rhythm::AFTER_EVENT));
  const v1::Event event = NewEvent(EventRequest("2025-03-10"));
  Approved(plan.name());
  v1::CancelEventRequest cancel;
  cancel.set_name(event.name());
  cancel.set_reason("Hoãn");
  ASSERT_THAT(Call(&Stub::CancelEvent, cancel), IsOk());
  EXPECT_THAT(Told(), ElementsAre("COMMITMENT_NOT_OWED party"));
}

}  // namespace
}  // namespace phoihop::agreements::plans
