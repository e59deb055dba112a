#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ledger/reader.h"
#include "common/status/errors.h"
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
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::string KeyOf(const std::string& name) { return name.substr(name.find('/') + 1); }

TEST_F(PlansTest, AnApprovedPlanChangesByAmendmentsThatStayVisible) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string first = Add(CommitmentRequest(plan.name())).name();
  v1::CreateCommitmentRequest part = CommitmentRequest(plan.name());
  part.mutable_commitment()->set_parent(first);
  const std::string second = Add(part).name();
  v1::AmendPlanRequest amend;
  amend.set_name(plan.name());
  amend.set_reason("Phát sinh vấn đề bức xúc");
  amend.add_withdrawals(first);
  EXPECT_THAT(Call(&Stub::AmendPlan, amend),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_NOT_APPROVED"));
  Approved(plan.name());
  EXPECT_THAT(Call(&Stub::AmendPlan, amend, "members/officer"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Call(&Stub::AmendPlan, amend),
              StatusIs(StatusCode::kFailedPrecondition, "CHILDREN_OPEN"));
  // Nothing of a bad amendment is stored.
  amend.clear_withdrawals();
  amend.add_withdrawals(second);
  amend.add_withdrawals(first);
  *amend.add_additions() = CommitmentRequest(plan.name(), "2026-01-01").commitment();
  const absl::Status bad = Call(&Stub::AmendPlan, amend).status();
  EXPECT_THAT(bad, StatusIs(StatusCode::kInvalidArgument, "DUE_OUTSIDE_TERM"));
  EXPECT_THAT(ViolatedFields(bad), ElementsAre("additions[0].rhythm.date"));
  EXPECT_EQ(Get(second).state(), v1::Commitment::ACTIVE);

  SetDay("2024-02-05");
  amend.mutable_additions(0)->mutable_rhythm()->set_date("2024-05-20");
  const auto amended = Call(&Stub::AmendPlan, amend);
  ASSERT_THAT(amended, IsOk());
  ASSERT_EQ(amended->amendments_size(), 1);
  EXPECT_EQ(amended->amendments(0).reason(), "Phát sinh vấn đề bức xúc");
  EXPECT_EQ(amended->amendments(0).amend_date(), "2024-02-05");
  EXPECT_EQ(amended->amendments(0).added_count(), 1);
  EXPECT_EQ(amended->amendments(0).withdrawn_count(), 2);
  EXPECT_EQ(amended->commitment_count(), 1);
  EXPECT_EQ(Get(first).state(), v1::Commitment::WITHDRAWN);
  EXPECT_EQ(Get(first).withdrawn_by_amendment(), 1);
  EXPECT_THAT(Told(),
              UnorderedElementsAre("COMMITMENT_WITHDRAWN party", "COMMITMENT_WITHDRAWN council",
                                   "COMMITMENT_WITHDRAWN party", "COMMITMENT_WITHDRAWN council"));
  EXPECT_THAT(Owed(absl::StrCat("fulfil:", KeyOf(first))),
              ElementsAre("fulfil party 2024-03-15 withdrawn"));
  v1::ListCommitmentsRequest list;
  list.set_unit("units/2");
  list.set_filter("state = ACTIVE");
  const auto active = Call(&Stub::ListCommitments, list);
  ASSERT_THAT(active, IsOk());
  ASSERT_EQ(active->commitments_size(), 1);
  EXPECT_EQ(active->commitments(0).added_by_amendment(), 1);
  EXPECT_EQ(active->commitments(0).active_date(), "2024-02-05");
  EXPECT_EQ(active->commitments(0).next_due_date(), "2024-05-20");
}

TEST_F(PlansTest, AWithdrawalUndoesNothingThatIsOverdue) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string name = Add(CommitmentRequest(plan.name())).name();
  Approved(plan.name());
  SetDay("2024-03-18");
  v1::AmendPlanRequest amend;
  amend.set_name(plan.name());
  amend.set_reason("Không còn cần");
  amend.add_withdrawals(name);
  ASSERT_THAT(Call(&Stub::AmendPlan, amend), IsOk());
  EXPECT_EQ(Get(name).state(), v1::Commitment::WITHDRAWN);
  EXPECT_EQ(Occurrences(name)[0].state(), v1::CommitmentOccurrence::OPEN);
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2024-03-15 open"));
  const std::unique_ptr<CommitmentFigures> figures = NewMysqlCommitmentFigures(pool_.get());
  const DayInterval year{absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 12, 31)};
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  EXPECT_THAT(*figures->Count("a1", year, deadline),
              ElementsAre(CommitmentCount{"party", 1, 0, 0}));
  EXPECT_TRUE(Fulfil(name)->late());
  ASSERT_THAT(Confirm(name), IsOk());
  EXPECT_EQ(Get(name).state(), v1::Commitment::WITHDRAWN);
  EXPECT_EQ(Get(name).late_count(), 1);
  EXPECT_THAT(*figures->Count("a1", year, deadline),
              ElementsAre(CommitmentCount{"party", 1, 1, 0}));
  EXPECT_THAT(Fulfil(name), StatusIs(StatusCode::kFailedPrecondition, "COMMITMENT_WITHDRAWN"));
}

TEST_F(PlansTest, ADeletedDraftStaysReadableAndFreesItsYear) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string commitment = Add(CommitmentRequest(plan.name())).name();
  v1::DeletePlanRequest request;
  request.set_name(plan.name());
  const auto deleted = Call(&Stub::DeletePlan, request);
  ASSERT_THAT(deleted, IsOk());
  EXPECT_EQ(deleted->state(), v1::AnnualPlan::DELETED);
  v1::ListPlansRequest plans;
  plans.set_unit("units/2");
  EXPECT_THAT(Call(&Stub::ListPlans, plans)->plans(), IsEmpty());
  plans.set_show_deleted(true);
  EXPECT_THAT(Call(&Stub::ListPlans, plans)->plans(), SizeIs(1));
  v1::ListCommitmentsRequest commitments;
  commitments.set_unit("units/2");
  EXPECT_THAT(Call(&Stub::ListCommitments, commitments)->commitments(), IsEmpty());
  EXPECT_EQ(Get(commitment).title(), "Điều tra dư luận xã hội ở Điện Biên");
  EXPECT_THAT(Call(&Stub::DeletePlan, request),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_NOT_DRAFT"));
  const v1::AnnualPlan again = NewPlan();
  Add(CommitmentRequest(again.name()));
  Approved(again.name());
  request.set_name(again.name());
  EXPECT_THAT(Call(&Stub::DeletePlan, request),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_NOT_DRAFT"));
}

TEST_F(PlansTest, EveryChangeIsARecordWithTheWholeResource) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string commitment = Add(CommitmentRequest(plan.name())).name();
  Approved(plan.name());
  ASSERT_THAT(Fulfil(commitment), IsOk());
  ASSERT_THAT(Confirm(commitment), IsOk());
  const auto page = ledger::ReadRecords(*pool_, absl::InfiniteFuture(), 0, 100, 1 << 20);
  ASSERT_THAT(page, IsOk());
  std::vector<std::string> records;
  for (const ledger::Record& record : page->records) {
    EXPECT_EQ(record.unit, "units/2");
    records.push_back(absl::StrCat(record.method.substr(record.method.find('/') + 1), " ",
                                   record.resource_type.substr(22), " ", record.revision));
  }
  EXPECT_THAT(
      records,
      ElementsAre("CreatePlan AnnualPlan 1", "CreateCommitment AnnualPlan 2",
                  "CreateCommitment Commitment 1", "SubmitPlan AnnualPlan 3",
                  "ApprovePlan AnnualPlan 4", "ApprovePlan AnnualPlan 5",
                  "ApprovePlan CommitmentOccurrence 1", "ApprovePlan Commitment 2",
                  "ApprovePlan AnnualPlan 6", "FulfilCommitment ProgressUpdate 1",
                  "FulfilCommitment Commitment 3", "FulfilCommitment CommitmentOccurrence 2",
                  "ConfirmCommitment ProgressUpdate 1", "ConfirmCommitment Commitment 4",
                  "ConfirmCommitment CommitmentOccurrence 3"));
  v1::Commitment last;
  ASSERT_TRUE(last.ParseFromString(page->records[13].payload));
  EXPECT_EQ(last.SerializeAsString(), Get(commitment).SerializeAsString());
}

TEST_F(PlansTest, WhatIsOutOfScopeIsNotFoundAsIfMissing) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string commitment = Add(CommitmentRequest(plan.name())).name();
  const std::string event = NewEvent(EventRequest()).name();
  const auto all = [&](const std::string& p, const std::string& c, const std::string& e) {
    const std::string caller = "members/district";
    v1::GetPlanRequest get_plan;
    get_plan.set_name(p);
    v1::GetCommitmentRequest get_commitment;
    get_commitment.set_name(c);
    v1::GetEventRequest get_event;
    get_event.set_name(e);
    v1::CancelEventRequest cancel;
    cancel.set_name(e);
    cancel.set_reason("x");
    v1::SubmitPlanRequest submit;
    submit.set_name(p);
    return std::vector<absl::Status>{
        Call(&Stub::GetPlan, get_plan, caller).status(),
        Call(&Stub::GetCommitment, get_commitment, caller).status(),
        Call(&Stub::GetEvent, get_event, caller).status(),
        Call(&Stub::CancelEvent, cancel, caller).status(),
        Call(&Stub::SubmitPlan, submit, caller).status(),
        ApproveBy(p, "party", caller).status(),
        Fulfil(c, 0, caller).status(),
        Confirm(c, 0, "council", caller).status(),
        Call(&Stub::CreateCommitment, CommitmentRequest(p), caller).status()};
  };
  const auto hidden = all(plan.name(), commitment, event);
  const auto missing = all("plans/none", "commitments/none", "events/none");
  for (size_t i = 0; i < hidden.size(); ++i) {
    EXPECT_THAT(hidden[i], StatusIs(StatusCode::kNotFound, "NOT_FOUND")) << i;
    EXPECT_EQ(hidden[i].message(), missing[i].message()) << i;
  }
  EXPECT_THAT(Call(&Stub::CreatePlan, PlanRequest(), "members/district"),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Call(&Stub::CreateEvent, EventRequest(), "members/district"),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(PlansTest, RolesAndBodiesDecideWhoApproves) {
  const v1::AnnualPlan plan = NewPlan();
  Add(CommitmentRequest(plan.name()));
  Submit(plan.name());
  EXPECT_THAT(ApproveBy(plan.name(), "party", "members/officer"),
              StatusIs(StatusCode::kPermissionDenied, "PERMISSION_MISSING"));
  EXPECT_THAT(ApproveBy(plan.name(), "party", "members/council"),
              StatusIs(StatusCode::kPermissionDenied, "PERMISSION_MISSING"));
  EXPECT_THAT(ApproveBy(plan.name(), "council", "members/council"), IsOk());
  EXPECT_THAT(ApproveBy(plan.name(), "council"),
              StatusIs(StatusCode::kFailedPrecondition, "PARTY_HAS_APPROVED"));
  EXPECT_THAT(ApproveBy(plan.name(), "stranger"),
              StatusIs(StatusCode::kInvalidArgument, "NOT_A_PARTY"));
}

}  // namespace
}  // namespace phoihop::agreements::plans
