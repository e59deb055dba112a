#include "services/agreements/reviews/testing_reviews.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/testing/status_matchers.h"

namespace phoihop::agreements::reviews {

using ::phoihop::testing::IsOk;

void ReviewsTest::SetUp() {
  RoomTest::SetUp();
  store_ = NewMysqlReviewStore(pool_.get());
  plan_store_ = plans::NewMysqlPlanStore(pool_.get());
  plan_parts_.store = plan_store_.get();
  plan_parts_.events = events_.get();
  plan_parts_.agreements = agreements_.get();
  plan_parts_.book = book_.get();
  ReviewParts parts;
  parts.store = store_.get();
  parts.agreements = agreements_.get();
  parts.commitments = &figures_;
  parts.duties = &figures_;
  parts.book = book_.get();
  parts.writer = writer_.get();
  parts.snapshots = snapshots_.get();
  parts.bodies = &bodies_;
  parts.page_tokens = &page_tokens_;
  parts.plans = &plan_parts_;
  server_ = Serve([&](rpc::Server::Builder& builder) { AddReviewHandlers(parts, builder); });
  ASSERT_NE(server_, nullptr);
  stub_ = v1::ReviewsService::NewStub(server_->channel());
}

std::string ReviewsTest::ApprovedPlan() {
  plans::AnnualPlan plan;
  plan.id = "p2024";
  plan.agreement = "a1";
  plan.unit = access::kOldCanTho;
  plan.term_start = absl::CivilDay(2021, 1, 1);
  plan.year = 2024;
  plan.days = {absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 12, 31)};
  plan.title = "Kế hoạch năm 2024";
  plan.state = plans::PlanState::kApproved;
  plan.approve_day = absl::CivilDay(2023, 12, 20);
  plan.revision = 1;
  Commit([&](ledger::Transaction& tx) -> absl::Status {
    plan.create_time = plan.update_time = tx.now();
    return plan_store_->InsertPlan(tx, plan);
  });
  return plan.id;
}

v1::CreateVisitRequest ReviewsTest::VisitRequest(const std::string& day) {
  v1::CreateVisitRequest request;
  v1::SupervisionVisit& visit = *request.mutable_visit();
  visit.set_agreement("agreements/a1");
  visit.set_visit_date(day);
  visit.set_unit(absl::StrCat("units/", access::kNinhKieu));
  visit.set_body("bodies/party-n");
  visit.add_visiting_bodies("bodies/party");
  visit.add_visiting_bodies("bodies/council");
  visit.set_subject("Kiểm tra việc ký kết ở Điện Biên");
  return request;
}

v1::CreateReviewRequest ReviewsTest::ReviewRequest(const std::string& first,
                                                   const std::string& last) {
  v1::CreateReviewRequest request;
  v1::Review& review = *request.mutable_review();
  review.set_agreement("agreements/a1");
  review.set_kind(v1::Review::PRELIMINARY);
  review.set_first_date(first);
  review.set_last_date(last);
  review.set_title("Sơ kết 3 năm thực hiện chương trình");
  v1::Review::Finding& result = *review.add_findings();
  result.set_kind(v1::Review::Finding::RESULT);
  result.set_text("Các quận, huyện đã ký kết");
  v1::Review::Finding& proposal = *review.add_findings();
  proposal.set_kind(v1::Review::Finding::PROPOSAL);
  proposal.set_text("Gửi lịch xét xử trước ngày 25 hằng tháng");
  proposal.set_area(v1::Agreement::DUTIES);
  return request;
}

v1::CreateEvaluationRequest ReviewsTest::EvaluationRequest(const std::string& first,
                                                           const std::string& last) {
  v1::CreateEvaluationRequest request;
  request.mutable_evaluation()->set_agreement("agreements/a1");
  request.mutable_evaluation()->set_first_date(first);
  request.mutable_evaluation()->set_last_date(last);
  return request;
}

v1::SupervisionVisit ReviewsTest::NewVisit(const v1::CreateVisitRequest& request) {
  const auto visit = Call(&Stub::CreateVisit, request);
  EXPECT_THAT(visit, IsOk());
  return visit.value_or(v1::SupervisionVisit());
}

v1::Review ReviewsTest::NewDraft(const v1::CreateReviewRequest& request) {
  const auto review = Call(&Stub::CreateReview, request);
  EXPECT_THAT(review, IsOk());
  return review.value_or(v1::Review());
}

v1::Review ReviewsTest::Approved(const std::string& review) {
  v1::ApproveReviewRequest request;
  request.set_name(review);
  request.set_approver_name("Trần Thị Ử");
  request.set_approver_title("Trưởng ban");
  const auto approved = Call(&Stub::ApproveReview, request);
  EXPECT_THAT(approved, IsOk());
  return approved.value_or(v1::Review());
}

absl::StatusOr<v1::Review> ReviewsTest::FollowUp(const std::string& review, const std::string& due,
                                                 const std::string& caller) {
  v1::FollowUpProposalRequest request;
  request.set_name(review);
  request.set_finding(2);
  request.set_body("bodies/council");
  request.set_due_date(due);
  return Call(&Stub::FollowUpProposal, request, caller);
}

absl::StatusOr<v1::Review> ReviewsTest::Complete(const std::string& review, int number,
                                                 const std::string& body,
                                                 const std::string& caller) {
  v1::CompleteFollowUpRequest request;
  request.set_name(review);
  request.set_follow_up(number);
  request.set_body(absl::StrCat("bodies/", body));
  request.set_document_number("15-BC/HĐND");
  return Call(&Stub::CompleteFollowUp, request, caller);
}

absl::StatusOr<v1::Review> ReviewsTest::Get(const std::string& review, const std::string& caller) {
  v1::GetReviewRequest request;
  request.set_name(review);
  return Call(&Stub::GetReview, request, caller);
}

std::vector<std::string> ReviewsTest::FiguresOf(const v1::Review& review) {
  std::vector<std::string> lines;
  for (const v1::Review::Figure& figure : review.figures()) {
    std::string& line = lines.emplace_back(v1::Review::Figure::Kind_Name(figure.kind()));
    if (!figure.level().empty()) absl::StrAppend(&line, " ", figure.level());
    absl::StrAppend(&line, " ", figure.numerator());
    if (figure.has_denominator()) absl::StrAppend(&line, "/", figure.denominator());
    if (!figure.rate_text().empty()) absl::StrAppend(&line, " ", figure.rate_text());
  }
  return lines;
}

}  // namespace phoihop::agreements::reviews
