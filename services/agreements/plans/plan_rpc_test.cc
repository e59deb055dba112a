#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/plans/testing_plans.h"

namespace phoihop::agreements::plans {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

constexpr char kUuid[] = "7f2c1a9e-4b1d-4a53-9f0e-2d6b8c1e0a11";

TEST_F(PlansTest, LifeOfAPlanFromDraftToClosed) {
  const v1::AnnualPlan draft = NewPlan(2025);
  EXPECT_EQ(draft.state(), v1::AnnualPlan::DRAFT);
  EXPECT_EQ(draft.start_date(), "2025-01-01");
  EXPECT_EQ(draft.end_date(), "2025-06-30");
  EXPECT_EQ(draft.unit(), "units/2");
  const std::string commitment = Add(CommitmentRequest(draft.name(), "2025-03-15")).name();
  const v1::AnnualPlan submitted = Submit(draft.name());
  EXPECT_EQ(submitted.state(), v1::AnnualPlan::APPROVING);
  EXPECT_EQ(submitted.approvals_size(), 3);
  // 10 working days after Monday 8 January.
  EXPECT_THAT(Owed("approve:"),
              ElementsAre("approve council 2024-01-22 open", "approve court 2024-01-22 open",
                          "approve party 2024-01-22 open"));
  SetDay("2024-01-23");
  ASSERT_THAT(ApproveBy(draft.name(), "party"), IsOk());
  ASSERT_THAT(ApproveBy(draft.name(), "council"), IsOk());
  EXPECT_EQ(Get(commitment).state(), v1::Commitment::PLANNED);
  const auto approved = ApproveBy(draft.name(), "court");
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->state(), v1::AnnualPlan::APPROVED);
  EXPECT_EQ(approved->approve_date(), "2024-01-23");
  EXPECT_EQ(approved->approvals(2).recorded_by(), "members/third");
  EXPECT_THAT(Owed("approve:"),
              ElementsAre("approve council 2024-01-22 late", "approve court 2024-01-22 late",
                          "approve party 2024-01-22 late"));
  EXPECT_EQ(Get(commitment).state(), v1::Commitment::ACTIVE);
  // 2025-03-15 is a Saturday.
  EXPECT_EQ(Get(commitment).next_due_date(), "2025-03-14");
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2025-03-14 open"));

  v1::ClosePlanRequest close;
  close.set_name(draft.name());
  EXPECT_THAT(Call(&Stub::ClosePlan, close),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_NOT_OVER"));
  SetDay("2025-07-01");
  const auto closed = Call(&Stub::ClosePlan, close);
  ASSERT_THAT(closed, IsOk());
  EXPECT_EQ(closed->state(), v1::AnnualPlan::CLOSED);
  // What is open stays owed.
  EXPECT_THAT(Fulfil(commitment), IsOk());
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2025-03-14 late"));
}

TEST_F(PlansTest, BadPlansNameTheirField) {
  struct Row {
    StatusCode code;
    std::string reason, field;
    std::function<void(v1::AnnualPlan&)> spoil;
  };
  const StatusCode invalid = StatusCode::kInvalidArgument;
  const std::vector<Row> table = {
      {invalid, "YEAR_OUTSIDE_TERM", "plan.year", [](auto& p) { p.set_year(2026); }},
      {invalid, "YEAR_OUTSIDE_TERM", "plan.year", [](auto& p) { p.set_year(2020); }},
      {invalid, "OUT_OF_RANGE", "plan.year", [](auto& p) { p.set_year(0); }},
      {invalid, "INVALID_NAME", "plan.agreement", [](auto& p) { p.set_agreement("a1"); }},
      {invalid, "", "plan.title", [](auto& p) { p.clear_title(); }},
      {invalid, "", "plan.title", [](auto& p) { p.set_title(std::string(501, 'x')); }},
      {invalid, "", "plan.title", [](auto& p) { p.set_title("x\ny"); }},
      {StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE", "",
       [](auto& p) { p.set_agreement("agreements/draft"); }},
      {StatusCode::kNotFound, "NOT_FOUND", "", [](auto& p) { p.set_agreement("agreements/none"); }},
  };
  for (size_t i = 0; i < table.size(); ++i) {
    v1::CreatePlanRequest request = PlanRequest();
    table[i].spoil(*request.mutable_plan());
    const absl::Status status = Call(&Stub::CreatePlan, request).status();
    EXPECT_THAT(status, StatusIs(table[i].code)) << i;
    if (!table[i].reason.empty()) {
      EXPECT_EQ(ErrorReason(status), table[i].reason) << i;
    }
    if (!table[i].field.empty()) {
      EXPECT_THAT(ViolatedFields(status), ElementsAre(table[i].field)) << i;
    }
  }
  NewPlan();
  const absl::Status again = Call(&Stub::CreatePlan, PlanRequest()).status();
  EXPECT_THAT(again, StatusIs(StatusCode::kAlreadyExists, "PLAN_EXISTS"));
  EXPECT_THAT(ViolatedFields(again), ElementsAre("plan.year"));
}

TEST_F(PlansTest, BadCommitmentsNameTheirFieldAndAreNotStored) {
  const v1::AnnualPlan plan = NewPlan();
  struct Row {
    std::string reason, field;
    std::function<void(v1::Commitment&)> spoil;
  };
  const std::vector<Row> table = {
      {"DUE_OUTSIDE_TERM", "rhythm.date",
       [](auto& c) { c.mutable_rhythm()->set_date("2025-01-01"); }},
      {"", "rhythm.date", [](auto& c) { c.mutable_rhythm()->set_date("2024-02-30"); }},
      {"REQUIRED", "rhythm.kind", [](auto& c) { c.clear_rhythm(); }},
      {"OUT_OF_RANGE", "rhythm.working_day",
       [](auto& c) {
         c.mutable_rhythm()->Clear();
         c.mutable_rhythm()->set_kind(v1::Rhythm::MONTHLY);
         c.mutable_rhythm()->set_working_day(24);
       }},
      {"NOT_OF_THIS_KIND", "rhythm.weekday", [](auto& c) { c.mutable_rhythm()->set_weekday(2); }},
      {"NOT_A_PARTY", "lead", [](auto& c) { c.set_lead("bodies/stranger"); }},
      {"SUPPORTS_ITSELF", "supporting[0]", [](auto& c) { c.set_supporting(0, "bodies/party"); }},
      {"BODY_TWICE", "supporting[1]", [](auto& c) { c.add_supporting("bodies/council"); }},
      {"PARENT_UNKNOWN", "parent", [](auto& c) { c.set_parent("commitments/none"); }},
      {"", "title", [](auto& c) { c.set_title(std::string(501, 'x')); }},
      {"", "description", [](auto& c) { c.set_description(std::string(5001, 'x')); }},
      {"", "description", [](auto& c) { c.set_description("a\x01"); }},
      {"", "expected_product", [](auto& c) { c.set_expected_product("a\tb"); }},
  };
  for (const Row& row : table) {
    v1::CreateCommitmentRequest request = CommitmentRequest(plan.name());
    row.spoil(*request.mutable_commitment());
    const absl::Status status = Call(&Stub::CreateCommitment, request).status();
    EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument)) << row.field;
    if (!row.reason.empty()) {
      EXPECT_EQ(ErrorReason(status), row.reason) << row.field;
    }
    EXPECT_THAT(ViolatedFields(status), ElementsAre(absl::StrCat("commitment.", row.field)));
  }
  bodies_.known["party"]->until = absl::CivilDay(2024, 3, 1);
  EXPECT_THAT(Call(&Stub::CreateCommitment, CommitmentRequest(plan.name())),
              StatusIs(StatusCode::kInvalidArgument, "BODY_NOT_VALID"));
  bodies_.reachable = false;
  EXPECT_THAT(Call(&Stub::CreateCommitment, CommitmentRequest(plan.name())),
              StatusIs(StatusCode::kUnavailable, "DIRECTORY_UNAVAILABLE"));
  v1::GetPlanRequest get;
  get.set_name(plan.name());
  EXPECT_EQ(Call(&Stub::GetPlan, get)->commitment_count(), 0);
  EXPECT_EQ(Call(&Stub::GetPlan, get)->revision(), 1);
}

TEST_F(PlansTest, CommitmentsNestThreeLevelsWithoutCircles) {
  const v1::AnnualPlan plan = NewPlan();
  std::vector<std::string> names;
  for (int level = 0; level < 3; ++level) {
    v1::CreateCommitmentRequest request = CommitmentRequest(plan.name());
    if (level > 0) request.mutable_commitment()->set_parent(names.back());
    names.push_back(Add(request).name());
  }
  v1::CreateCommitmentRequest fourth = CommitmentRequest(plan.name());
  fourth.mutable_commitment()->set_parent(names[2]);
  EXPECT_THAT(Call(&Stub::CreateCommitment, fourth),
              StatusIs(StatusCode::kInvalidArgument, "NESTED_TOO_DEEP"));
  v1::UpdateCommitmentRequest circle;
  circle.mutable_commitment()->set_name(names[0]);
  circle.mutable_commitment()->set_parent(names[2]);
  EXPECT_THAT(Call(&Stub::UpdateCommitment, circle),
              StatusIs(StatusCode::kInvalidArgument, "COMMITMENT_CIRCLE"));
  // Parts first.
  v1::WithdrawCommitmentRequest withdraw;
  withdraw.set_name(names[0]);
  withdraw.set_reason("trùng");
  EXPECT_THAT(Call(&Stub::WithdrawCommitment, withdraw),
              StatusIs(StatusCode::kFailedPrecondition, "CHILDREN_OPEN"));
  withdraw.set_name(names[2]);
  const auto withdrawn = Call(&Stub::WithdrawCommitment, withdraw);
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_EQ(withdrawn->state(), v1::Commitment::WITHDRAWN);
  EXPECT_EQ(withdrawn->withdraw_reason(), "trùng");
  v1::GetPlanRequest get;
  get.set_name(plan.name());
  EXPECT_EQ(Call(&Stub::GetPlan, get)->commitment_count(), 2);
}

TEST_F(PlansTest, OldEtagsAreRefusedAndRepeatsAnsweredOnce) {
  v1::CreatePlanRequest create = PlanRequest();
  create.set_request_id(kUuid);
  const auto plan = Call(&Stub::CreatePlan, create);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(Call(&Stub::CreatePlan, create)->name(), plan->name());
  create.mutable_plan()->set_title("Khác");
  EXPECT_THAT(Call(&Stub::CreatePlan, create),
              StatusIs(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));

  const v1::Commitment commitment = Add(CommitmentRequest(plan->name()));
  // The plan has another commitment now than its reader saw.
  v1::SubmitPlanRequest submit;
  submit.set_name(plan->name());
  submit.set_etag(plan->etag());
  EXPECT_THAT(Call(&Stub::SubmitPlan, submit), StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));

  v1::UpdateCommitmentRequest update;
  *update.mutable_commitment() = commitment;
  update.mutable_commitment()->set_title("Tên mới");
  const auto updated = Call(&Stub::UpdateCommitment, update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->title(), "Tên mới");
  EXPECT_EQ(updated->revision(), 2);
  EXPECT_EQ(updated->supporting_size(), 1);
  EXPECT_THAT(Call(&Stub::UpdateCommitment, update),
              StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  update.mutable_commitment()->clear_etag();
  update.mutable_commitment()->set_year(2023);
  EXPECT_THAT(Call(&Stub::UpdateCommitment, update), IsOk());  // an output, ignored
  update.mutable_commitment()->set_plan("plans/other");
  EXPECT_THAT(Call(&Stub::UpdateCommitment, update),
              StatusIs(StatusCode::kInvalidArgument, "NOT_UPDATABLE"));
}

TEST_F(PlansTest, WhoApprovesOrRejectsMaySayWhichPlan) {
  const v1::AnnualPlan plan = NewPlan();
  Add(CommitmentRequest(plan.name()));
  const v1::AnnualPlan submitted = Submit(plan.name());
  v1::ApprovePlanRequest approve;
  approve.set_name(plan.name());
  approve.set_party("bodies/party");
  approve.set_approver_name("Trần Thị Ử");
  approve.set_approver_title("Trưởng ban");
  approve.set_etag(plan.etag());
  EXPECT_THAT(Call(&Stub::ApprovePlan, approve), StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  approve.set_etag(submitted.etag());
  ASSERT_THAT(Call(&Stub::ApprovePlan, approve), IsOk());
  v1::RejectPlanRequest reject;
  reject.set_name(plan.name());
  reject.set_party("bodies/council");
  reject.set_reason("Thiếu nguồn lực");
  reject.set_etag(submitted.etag());
  EXPECT_THAT(Call(&Stub::RejectPlan, reject), StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  reject.clear_etag();
  EXPECT_THAT(Call(&Stub::RejectPlan, reject), IsOk());
}

TEST_F(PlansTest, WhatLiesBeforeThePartiesIsFixed) {
  const v1::AnnualPlan plan = NewPlan();
  v1::SubmitPlanRequest submit;
  submit.set_name(plan.name());
  EXPECT_THAT(Call(&Stub::SubmitPlan, submit),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_EMPTY"));
  const v1::Commitment commitment = Add(CommitmentRequest(plan.name()));
  bodies_.known["council"]->until = absl::CivilDay(2024, 2, 1);
  EXPECT_THAT(Call(&Stub::SubmitPlan, submit),
              StatusIs(StatusCode::kFailedPrecondition, "BODY_NOT_VALID"));
  bodies_.known["council"]->until.reset();
  Submit(plan.name());
  v1::UpdateCommitmentRequest update;
  update.mutable_commitment()->set_name(commitment.name());
  update.mutable_commitment()->set_title("x");
  EXPECT_THAT(Call(&Stub::UpdateCommitment, update),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_NOT_DRAFT"));
  EXPECT_THAT(Call(&Stub::CreateCommitment, CommitmentRequest(plan.name())),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_NOT_DRAFT"));
  EXPECT_THAT(Fulfil(commitment.name()),
              StatusIs(StatusCode::kFailedPrecondition, "COMMITMENT_NOT_ACTIVE"));

  ASSERT_THAT(ApproveBy(plan.name(), "party"), IsOk());
  v1::RejectPlanRequest reject;
  reject.set_name(plan.name());
  reject.set_party("bodies/council");
  reject.set_reason("Thiếu nhiệm vụ giám sát");
  const auto rejected = Call(&Stub::RejectPlan, reject);
  ASSERT_THAT(rejected, IsOk());
  EXPECT_EQ(rejected->state(), v1::AnnualPlan::DRAFT);
  EXPECT_EQ(rejected->rejection().reason(), "Thiếu nhiệm vụ giám sát");
  EXPECT_EQ(rejected->rejection().party(), "bodies/council");
  EXPECT_EQ(rejected->approvals_size(), 0);
  EXPECT_THAT(Told(), ElementsAre("PLAN_REJECTED party"));
  EXPECT_THAT(Owed("approve:"),
              ElementsAre("approve council 2024-01-22 withdrawn",
                          "approve court 2024-01-22 withdrawn", "approve party 2024-01-22 done"));
  EXPECT_THAT(Call(&Stub::UpdateCommitment, update), IsOk());
  EXPECT_EQ(Approved(plan.name()).state(), v1::AnnualPlan::APPROVED);
}

TEST_F(PlansTest, TheNextYearBeginsWithTheCommitmentsOfTheLast) {
  v1::CreatePlanRequest copy = PlanRequest(2025);
  copy.set_copy_from_previous(true);
  EXPECT_THAT(Call(&Stub::CreatePlan, copy),
              StatusIs(StatusCode::kFailedPrecondition, "NO_PREVIOUS_PLAN"));
  const v1::AnnualPlan plan = NewPlan(2024);
  const std::string leap = Add(CommitmentRequest(plan.name(), "2024-02-29")).name();
  v1::CreateCommitmentRequest part = CommitmentRequest(plan.name(), "2024-11-29");
  part.mutable_commitment()->set_parent(leap);
  part.mutable_commitment()->set_title("Phần");
  const std::string part_name = Add(part).name();
  v1::CreateCommitmentRequest gone = CommitmentRequest(plan.name());
  gone.mutable_commitment()->set_title("Thôi");
  v1::WithdrawCommitmentRequest withdraw;
  withdraw.set_name(Add(gone).name());
  withdraw.set_reason("x");
  ASSERT_THAT(Call(&Stub::WithdrawCommitment, withdraw), IsOk());
  Approved(plan.name());
  ASSERT_THAT(Fulfil(part_name), IsOk());

  const auto next = Call(&Stub::CreatePlan, copy);
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->copied_from(), plan.name());
  EXPECT_EQ(next->commitment_count(), 2);
  v1::ListCommitmentsRequest list;
  list.set_unit("units/2");
  list.set_filter(absl::StrCat("plan = \"", next->name(), "\""));
  list.set_order_by("title");
  const auto copies = Call(&Stub::ListCommitments, list);
  ASSERT_THAT(copies, IsOk());
  ASSERT_EQ(copies->commitments_size(), 2);
  const v1::Commitment& whole = copies->commitments(0);
  const v1::Commitment& parted = copies->commitments(1);
  EXPECT_EQ(whole.rhythm().date(), "2025-02-28");
  EXPECT_EQ(parted.title(), "Phần");
  EXPECT_EQ(parted.rhythm().date(), "2025-06-30");  // not beyond the term
  EXPECT_EQ(parted.parent(), whole.name());
  EXPECT_NE(whole.name(), leap);
  EXPECT_EQ(parted.state(), v1::Commitment::PLANNED);
  EXPECT_EQ(parted.fulfilled_count(), 0);
}

}  // namespace
}  // namespace phoihop::agreements::plans
