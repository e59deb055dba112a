#include "services/agreements/plans/testing_plans.h"

#include "absl/strings/str_cat.h"
#include "common/testing/status_matchers.h"

namespace phoihop::agreements::plans {

using ::phoihop::testing::IsOk;

void PlansTest::SetUp() {
  RoomTest::SetUp();
  store_ = NewMysqlPlanStore(pool_.get());
  parts_.store = store_.get();
  parts_.events = events_.get();
  parts_.agreements = agreements_.get();
  parts_.book = book_.get();
  parts_.attachments = &files_;
  parts_.writer = writer_.get();
  parts_.snapshots = snapshots_.get();
  parts_.bodies = &bodies_;
  parts_.page_tokens = &page_tokens_;
  server_ = Serve([&](rpc::Server::Builder& builder) { AddPlanHandlers(parts_, builder); });
  ASSERT_NE(server_, nullptr);
  stub_ = v1::PlansService::NewStub(server_->channel());
}

v1::CreatePlanRequest PlansTest::PlanRequest(int year, const std::string& agreement) {
  v1::CreatePlanRequest request;
  request.mutable_plan()->set_agreement(agreement);
  request.mutable_plan()->set_year(year);
  request.mutable_plan()->set_title(absl::StrCat("Kế hoạch phối hợp năm ", year));
  return request;
}

v1::CreateCommitmentRequest PlansTest::CommitmentRequest(const std::string& plan,
                                                         const std::string& day) {
  v1::CreateCommitmentRequest request;
  v1::Commitment& commitment = *request.mutable_commitment();
  commitment.set_plan(plan);
  commitment.set_title("Điều tra dư luận xã hội ở Điện Biên");
  commitment.set_area(v1::Agreement::PROMINENT_ISSUES);
  commitment.set_lead("bodies/party");
  commitment.add_supporting("bodies/council");
  commitment.mutable_rhythm()->set_kind(v1::Rhythm::ONCE);
  commitment.mutable_rhythm()->set_date(day);
  commitment.set_expected_product("Báo cáo kết quả");
  return request;
}

v1::CreateEventRequest PlansTest::EventRequest(const std::string& day, int64_t unit) {
  v1::CreateEventRequest request;
  request.mutable_event()->set_unit(absl::StrCat("units/", unit));
  request.mutable_event()->set_kind("COUNCIL_SESSION");
  request.mutable_event()->set_date(day);
  request.mutable_event()->set_title("Kỳ họp thường lệ giữa năm");
  return request;
}

v1::AnnualPlan PlansTest::NewPlan(int year, const std::string& agreement) {
  const auto plan = Call(&Stub::CreatePlan, PlanRequest(year, agreement));
  EXPECT_THAT(plan, IsOk());
  return plan.value_or(v1::AnnualPlan());
}

v1::Commitment PlansTest::Add(const v1::CreateCommitmentRequest& request) {
  const auto commitment = Call(&Stub::CreateCommitment, request);
  EXPECT_THAT(commitment, IsOk());
  return commitment.value_or(v1::Commitment());
}

v1::Event PlansTest::NewEvent(const v1::CreateEventRequest& request) {
  const auto event = Call(&Stub::CreateEvent, request);
  EXPECT_THAT(event, IsOk());
  return event.value_or(v1::Event());
}

v1::AnnualPlan PlansTest::Submit(const std::string& plan) {
  v1::SubmitPlanRequest request;
  request.set_name(plan);
  const auto submitted = Call(&Stub::SubmitPlan, request);
  EXPECT_THAT(submitted, IsOk());
  return submitted.value_or(v1::AnnualPlan());
}

absl::StatusOr<v1::AnnualPlan> PlansTest::ApproveBy(const std::string& plan,
                                                    const std::string& party,
                                                    const std::string& caller) {
  v1::ApprovePlanRequest request;
  request.set_name(plan);
  request.set_party(absl::StrCat("bodies/", party));
  request.set_approver_name("Trần Thị Ử");
  request.set_approver_title("Trưởng ban");
  const std::string approver = party.starts_with("council") ? "members/deputy"
                               : party.starts_with("court") ? "members/third"
                                                            : "members/city";
  return Call(&Stub::ApprovePlan, request, caller.empty() ? approver : caller);
}

v1::AnnualPlan PlansTest::Approved(const std::string& plan, const std::string& suffix) {
  Submit(plan);
  absl::StatusOr<v1::AnnualPlan> last = v1::AnnualPlan();
  for (const char* party : {"party", "council", "court"}) {
    last = ApproveBy(plan, absl::StrCat(party, suffix));
    EXPECT_THAT(last, IsOk());
  }
  return last.value_or(v1::AnnualPlan());
}

v1::Commitment PlansTest::Get(const std::string& commitment) {
  v1::GetCommitmentRequest request;
  request.set_name(commitment);
  const auto got = Call(&Stub::GetCommitment, request);
  EXPECT_THAT(got, IsOk());
  return got.value_or(v1::Commitment());
}

std::vector<v1::CommitmentOccurrence> PlansTest::Occurrences(const std::string& commitment) {
  v1::ListCommitmentOccurrencesRequest request;
  request.set_parent(commitment);
  const auto page = Call(&Stub::ListCommitmentOccurrences, request);
  EXPECT_THAT(page, IsOk());
  if (!page.ok()) return {};
  return {page->occurrences().begin(), page->occurrences().end()};
}

absl::StatusOr<v1::CommitmentOccurrence> PlansTest::Fulfil(const std::string& commitment,
                                                           int number, const std::string& caller) {
  v1::FulfilCommitmentRequest request;
  request.set_name(commitment);
  request.set_occurrence(number);
  request.add_evidence()->set_document_number("15-BC/BTGTU");
  return Call(&Stub::FulfilCommitment, request, caller);
}

std::string PlansTest::Active(const std::string& day) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string name = Add(CommitmentRequest(plan.name(), day)).name();
  Approved(plan.name());
  return name;
}

absl::StatusOr<v1::CommitmentOccurrence> PlansTest::Refuse(const std::string& commitment,
                                                           int number, const std::string& body,
                                                           const std::string& caller) {
  v1::RefuseConfirmationRequest request;
  request.set_name(commitment);
  request.set_occurrence(number);
  request.set_body(absl::StrCat("bodies/", body));
  request.set_reason("Thiếu số liệu của ba quận");
  return Call(&Stub::RefuseConfirmation, request, caller);
}

absl::StatusOr<v1::CommitmentOccurrence> PlansTest::Confirm(const std::string& commitment,
                                                            int number, const std::string& body,
                                                            const std::string& caller) {
  v1::ConfirmCommitmentRequest request;
  request.set_name(commitment);
  request.set_occurrence(number);
  request.set_body(absl::StrCat("bodies/", body));
  return Call(&Stub::ConfirmCommitment, request, caller);
}

}  // namespace phoihop::agreements::plans
