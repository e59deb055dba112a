#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/reviews/testing_reviews.h"

namespace phoihop::agreements::reviews {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST_F(ReviewsTest, FiguresComeFromTheRecords) {
  figures_.commitments = {{"party", 3, 2, 1}, {"council", 2, 2, 2}};
  figures_.deliveries = {{"council", 12, 11, 9}};
  figures_.requests = {{"court", 4, 2, 1, 3}};
  NewVisit(VisitRequest("2023-12-31"));
  NewVisit(VisitRequest("2024-01-01"));
  const v1::SupervisionVisit cancelled = NewVisit(VisitRequest("2023-06-01"));
  v1::CancelVisitRequest cancel;
  cancel.set_name(cancelled.name());
  cancel.set_reason("Hoãn");
  ASSERT_THAT(Call(&Stub::CancelVisit, cancel), IsOk());
  for (const char* session :
       {"'s1', 'a1', '2023-05-04', 2, 412, NULL", "'s2', 'a1', '2024-01-02', 1, 50, NULL",
        "'s3', 'n1', '2023-05-04', 1, 50, NULL", "'s4', 'a1', '2023-05-04', 1, 50, '2023-06-01'"}) {
    Execute(absl::StrCat(
        "INSERT INTO dissemination_sessions (id, agreement_id, session_date, session_count, "
        "attendance_count, delete_time, unit_id, kind, title, title_fold, title_key, copy_count, "
        "recorded_by, create_time, update_time, correction_count, revision) VALUES (",
        session, ", 2, 1, 't', 't', 't', 0, 'members/m', '2023-01-01', '2023-01-01', 0, 1)"));
  }
  const v1::Review draft = NewDraft(ReviewRequest());
  EXPECT_EQ(draft.state(), v1::Review::DRAFT);
  EXPECT_EQ(draft.unit(), "units/2");
  EXPECT_EQ(figures_.asked, "a1 2021-01-01 2023-12-31");
  // One of two districts has signed, and none of their communes.
  EXPECT_THAT(FiguresOf(draft),
              ElementsAre("COVERAGE DISTRICT 1/2 50,0%", "COVERAGE COMMUNE 0/3 0,0%",
                          "COMMITMENTS_KEPT 4/5 80,0%", "COMMITMENTS_ON_TIME 3/5 60,0%",
                          "DELIVERIES_MADE 11/12 91,7%", "DELIVERIES_ON_TIME 9/12 75,0%",
                          "REQUESTS_ANSWERED 2/4 50,0%", "REQUESTS_REFUSED 1/4 25,0%",
                          "REQUESTS_ON_TIME 3/4 75,0%", "DISSEMINATION_SESSIONS 2",
                          "DISSEMINATION_ATTENDANCES 412", "VISITS 1"));
  const auto read = Get(draft.name(), "members/viewer");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), draft.SerializeAsString());
}

TEST_F(ReviewsTest, CoverageIsThatOfTheLastDay) {
  const v1::Review before = NewDraft(ReviewRequest("2021-01-01", "2021-05-03"));
  EXPECT_EQ(FiguresOf(before)[0], "COVERAGE DISTRICT 0/2 0,0%");
  const v1::Review from = NewDraft(ReviewRequest("2021-01-01", "2021-05-04"));
  EXPECT_EQ(FiguresOf(from)[0], "COVERAGE DISTRICT 1/2 50,0%");
}

TEST_F(ReviewsTest, FiguresAreRefreshedInADraftAndFrozenByApproval) {
  figures_.commitments = {{"party", 3, 2, 1}};
  const v1::Review draft = NewDraft(ReviewRequest());
  figures_.commitments = {{"party", 3, 3, 1}};
  EXPECT_EQ(FiguresOf(*Get(draft.name()))[2], "COMMITMENTS_KEPT 2/3 66,7%");
  SetDay("2024-01-09");
  v1::RefreshReviewRequest refresh;
  refresh.set_name(draft.name());
  const auto refreshed = Call(&Stub::RefreshReview, refresh, "members/officer");
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_EQ(FiguresOf(*refreshed)[2], "COMMITMENTS_KEPT 3/3 100,0%");
  EXPECT_GT(refreshed->figures_time().seconds(), draft.figures_time().seconds());
  EXPECT_EQ(refreshed->revision(), 2);

  figures_.commitments = {{"party", 3, 0, 0}};
  const v1::Review approved = Approved(draft.name());
  EXPECT_EQ(approved.state(), v1::Review::APPROVED);
  EXPECT_EQ(approved.approve_date(), "2024-01-09");
  EXPECT_EQ(approved.approved_by(), "members/city");
  EXPECT_EQ(FiguresOf(approved), FiguresOf(*refreshed));
  EXPECT_THAT(Call(&Stub::RefreshReview, refresh),
              StatusIs(StatusCode::kFailedPrecondition, "REVIEW_NOT_DRAFT"));
  EXPECT_EQ(FiguresOf(*Get(draft.name())), FiguresOf(*refreshed));
}

TEST_F(ReviewsTest, AnIntervalThatHasNotEndedIsRefused) {
  EXPECT_THAT(Call(&Stub::CreateReview, ReviewRequest("2023-01-01", "2024-01-08")),
              StatusIs(StatusCode::kInvalidArgument, "REVIEW_NOT_ENDED"));
  EXPECT_THAT(Call(&Stub::CreateReview, ReviewRequest("2020-12-31", "2023-12-31")),
              StatusIs(StatusCode::kInvalidArgument, "OUTSIDE_TERM"));
  v1::CreateReviewRequest of_draft = ReviewRequest();
  of_draft.mutable_review()->set_agreement("agreements/draft");
  EXPECT_THAT(Call(&Stub::CreateReview, of_draft),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
  const auto turned = Call(&Stub::CreateReview, ReviewRequest("2023-12-31", "2023-01-01"));
  EXPECT_THAT(ViolatedFields(turned.status()), ElementsAre("review.last_date"));
  v1::CreateReviewRequest empty = ReviewRequest();
  empty.mutable_review()->mutable_findings(1)->clear_text();
  EXPECT_THAT(ViolatedFields(Call(&Stub::CreateReview, empty).status()),
              ElementsAre("review.findings[1].text"));
  v1::ListReviewsRequest list;
  list.set_unit("units/2");
  const auto page = Call(&Stub::ListReviews, list);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->reviews(), IsEmpty());
}

TEST_F(ReviewsTest, DraftIsChangedAndFindingsAreNumbered) {
  const v1::Review draft = NewDraft(ReviewRequest());
  EXPECT_EQ(draft.findings(1).number(), 2);
  v1::UpdateReviewRequest update;
  update.mutable_review()->set_name(draft.name());
  update.mutable_review()->set_etag(draft.etag());
  v1::Review::Finding& cause = *update.mutable_review()->add_findings();
  cause.set_kind(v1::Review::Finding::CAUSE);
  cause.set_text("Chưa chủ động\nthông tin");
  const auto updated = Call(&Stub::UpdateReview, update);
  ASSERT_THAT(updated, IsOk());
  ASSERT_EQ(updated->findings_size(), 1);
  EXPECT_EQ(updated->findings(0).number(), 1);
  EXPECT_EQ(updated->title(), draft.title());
  EXPECT_EQ(FiguresOf(*updated), FiguresOf(draft));
  EXPECT_THAT(Call(&Stub::UpdateReview, update), StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  const auto read = Get(draft.name());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), updated->SerializeAsString());

  v1::UpdateReviewRequest other_days;
  other_days.mutable_review()->set_name(draft.name());
  other_days.mutable_review()->set_last_date("2022-12-31");
  EXPECT_THAT(Call(&Stub::UpdateReview, other_days),
              StatusIs(StatusCode::kInvalidArgument, "NOT_UPDATABLE"));
  Approved(draft.name());
  update.mutable_review()->clear_etag();
  EXPECT_THAT(Call(&Stub::UpdateReview, update),
              StatusIs(StatusCode::kFailedPrecondition, "REVIEW_NOT_DRAFT"));
}

TEST_F(ReviewsTest, OnlyLeadersApprove) {
  const v1::Review draft = NewDraft(ReviewRequest());
  v1::ApproveReviewRequest approve;
  approve.set_name(draft.name());
  approve.set_approver_name("Trần Thị Ử");
  approve.set_approver_title("Trưởng ban");
  EXPECT_THAT(Call(&Stub::ApproveReview, approve, "members/officer"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Call(&Stub::ApproveReview, approve, "members/district"),
              StatusIs(StatusCode::kNotFound));
  approve.set_approve_date("2024-01-09");
  EXPECT_THAT(Call(&Stub::ApproveReview, approve),
              StatusIs(StatusCode::kInvalidArgument, "DATE_IN_FUTURE"));
  approve.set_approve_date("2024-01-01");
  EXPECT_THAT(Call(&Stub::ApproveReview, approve), IsOk());
}

TEST_F(ReviewsTest, DeletedDraftStaysReadableAndIsLeftOutOfLists) {
  const v1::Review draft = NewDraft(ReviewRequest());
  v1::DeleteReviewRequest request;
  request.set_name(draft.name());
  ASSERT_THAT(Call(&Stub::DeleteReview, request), IsOk());
  EXPECT_EQ(Get(draft.name())->state(), v1::Review::DELETED);
  const v1::Review other = NewDraft(ReviewRequest("2022-01-01", "2022-12-31"));
  v1::ListReviewsRequest list;
  list.set_unit("units/2");
  const auto names = [&] {
    std::vector<std::string> found;
    const auto page = Call(&Stub::ListReviews, list);
    EXPECT_THAT(page, IsOk());
    for (const auto& review : page->reviews()) found.push_back(review.name());
    return found;
  };
  EXPECT_THAT(names(), ElementsAre(other.name()));
  list.set_show_deleted(true);
  EXPECT_THAT(names(), ElementsAre(draft.name(), other.name()));
  list.set_filter("state = DELETED AND title:\"so ket\"");
  EXPECT_THAT(names(), ElementsAre(draft.name()));
  list.set_filter("kind = FINAL");
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(ReviewsTest, ProposalIsOwedAndReportedByTheBodyThatOwesIt) {
  const v1::Review draft = NewDraft(ReviewRequest());
  EXPECT_THAT(FollowUp(draft.name(), "2024-06-28"),
              StatusIs(StatusCode::kFailedPrecondition, "REVIEW_NOT_APPROVED"));
  Approved(draft.name());
  EXPECT_THAT(FollowUp(draft.name(), "2025-07-01"),
              StatusIs(StatusCode::kInvalidArgument, "DUE_OUTSIDE_TERM"));
  EXPECT_THAT(Owed(), IsEmpty());
  const auto following = FollowUp(draft.name(), "2024-06-28");
  ASSERT_THAT(following, IsOk());
  ASSERT_EQ(following->follow_ups_size(), 1);
  EXPECT_EQ(following->follow_ups(0).state(), v1::Review::FollowUp::OPEN);
  EXPECT_EQ(following->follow_ups(0).due_date(), "2024-06-28");
  EXPECT_THAT(Owed(), ElementsAre("follow-up council 2024-06-28 open"));
  EXPECT_THAT(FollowUp(draft.name(), "2024-07-30"),
              StatusIs(StatusCode::kFailedPrecondition, "FOLLOW_UP_EXISTS"));

  EXPECT_THAT(Complete(draft.name(), 1, "party"),
              StatusIs(StatusCode::kInvalidArgument, "NOT_THE_OWING_BODY"));
  // A grant that names a body acts for that body alone.
  EXPECT_THAT(Complete(draft.name(), 1, "party", "members/council"),
              StatusIs(StatusCode::kPermissionDenied));
  SetDay("2024-06-28");
  const auto done = Complete(draft.name(), 1, "council", "members/council");
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->follow_ups(0).state(), v1::Review::FollowUp::DONE);
  EXPECT_FALSE(done->follow_ups(0).late());
  EXPECT_EQ(done->follow_ups(0).reported_by(), "members/council");
  EXPECT_THAT(Owed(), ElementsAre("follow-up council 2024-06-28 done"));
  EXPECT_THAT(Complete(draft.name()), StatusIs(StatusCode::kFailedPrecondition, "FOLLOW_UP_DONE"));
  const auto read = Get(draft.name());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), done->SerializeAsString());
}

TEST_F(ReviewsTest, LateStaysLateByTheDueDayOfItsObligation) {
  const v1::Review draft = NewDraft(ReviewRequest());
  Approved(draft.name());
  ASSERT_THAT(FollowUp(draft.name(), "2024-03-01"), IsOk());
  // A pause moved it meanwhile.
  Execute("UPDATE obligations SET due_day = '2024-03-15'");
  EXPECT_EQ(Get(draft.name())->follow_ups(0).due_date(), "2024-03-15");
  SetDay("2024-03-18");
  const auto done = Complete(draft.name());
  ASSERT_THAT(done, IsOk());
  EXPECT_TRUE(done->follow_ups(0).late());
  EXPECT_EQ(done->follow_ups(0).due_date(), "2024-03-15");
  EXPECT_THAT(Owed(), ElementsAre("follow-up council 2024-03-15 late"));
  // What comes later changes nothing.
  Execute("UPDATE obligations SET due_day = '2024-04-15'");
  EXPECT_EQ(Get(draft.name())->follow_ups(0).due_date(), "2024-03-15");
}

TEST_F(ReviewsTest, ProposalIsACommitmentWhereItsYearHasAPlan) {
  const std::string plan = ApprovedPlan();
  const v1::Review draft = NewDraft(ReviewRequest());
  Approved(draft.name());
  const auto following = FollowUp(draft.name(), "2024-06-28");
  ASSERT_THAT(following, IsOk());
  const std::string name = following->follow_ups(0).commitment();
  ASSERT_THAT(name, StartsWith("commitments/"));
  EXPECT_THAT(Owed(), ElementsAre("fulfil council 2024-06-28 open"));
  const auto deadline = absl::Now() + absl::Seconds(10);
  const auto commitment = plan_store_->FindCommitment(name.substr(12), deadline);
  ASSERT_THAT(commitment, IsOk());
  ASSERT_TRUE(commitment->has_value());
  EXPECT_EQ((*commitment)->plan, plan);
  EXPECT_EQ((*commitment)->content.lead, "council");
  EXPECT_EQ((*commitment)->content.title, draft.findings(1).text());
  EXPECT_EQ((*commitment)->added_by, 1);
  const auto amended = plan_store_->FindPlan(plan, deadline);
  ASSERT_THAT(amended, IsOk());
  EXPECT_EQ((*amended)->commitments, 1);
  EXPECT_THAT((*amended)->amendments[0].reason, HasSubstr(draft.title()));
  // It is reported and confirmed there, and reads as done here; not before.
  EXPECT_THAT(Complete(draft.name()),
              StatusIs(StatusCode::kFailedPrecondition, "FOLLOW_UP_IS_COMMITMENT"));
  Execute("UPDATE commitment_occurrences SET state = 2, fulfil_day = '2024-07-01', late = 1");
  EXPECT_EQ(Get(draft.name())->follow_ups(0).state(), v1::Review::FollowUp::OPEN);
  Execute("UPDATE commitment_occurrences SET state = 3");
  const v1::Review::FollowUp done = Get(draft.name())->follow_ups(0);
  EXPECT_EQ(done.state(), v1::Review::FollowUp::DONE);
  EXPECT_EQ(done.done_date(), "2024-07-01");
  EXPECT_TRUE(done.late());
  EXPECT_EQ(done.commitment(), name);
  // A year without a plan has an obligation of the review.
  const auto other = FollowUp(draft.name(), "2025-03-28");
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(other->follow_ups(1).commitment(), "");
  EXPECT_THAT(Owed(),
              ElementsAre("follow-up council 2025-03-28 open", "fulfil council 2024-06-28 open"));
  Execute("UPDATE commitment_occurrences SET state = 4");
  EXPECT_EQ(Get(draft.name())->follow_ups(0).state(), v1::Review::FollowUp::WITHDRAWN);
}

TEST_F(ReviewsTest, CommitmentOfAProposalIsDueOnAWorkingDay) {
  ApprovedPlan();
  const v1::Review first = NewDraft(ReviewRequest());
  Approved(first.name());
  const auto weekend = FollowUp(first.name(), "2024-06-30");
  ASSERT_THAT(weekend, IsOk());
  EXPECT_EQ(weekend->follow_ups(0).due_date(), "2024-06-28");
  EXPECT_EQ(Get(first.name())->SerializeAsString(), weekend->SerializeAsString());
  // Where that would lie in the past it is an obligation for the day that was given.
  SetDay("2024-06-30");
  const v1::Review second = NewDraft(ReviewRequest());
  Approved(second.name());
  const auto today = FollowUp(second.name(), "2024-06-30");
  ASSERT_THAT(today, IsOk());
  EXPECT_EQ(today->follow_ups(0).commitment(), "");
  EXPECT_EQ(today->follow_ups(0).due_date(), "2024-06-30");
}

TEST_F(ReviewsTest, WithdrawnFollowUpIsNotCompleted) {
  const v1::Review draft = NewDraft(ReviewRequest());
  Approved(draft.name());
  ASSERT_THAT(FollowUp(draft.name(), "2024-03-01"), IsOk());
  Execute("UPDATE obligations SET state = 3");
  EXPECT_EQ(Get(draft.name())->follow_ups(0).state(), v1::Review::FollowUp::WITHDRAWN);
  EXPECT_THAT(Complete(draft.name()),
              StatusIs(StatusCode::kFailedPrecondition, "FOLLOW_UP_WITHDRAWN"));
}

TEST_F(ReviewsTest, RepeatGivesTheFirstAnswer) {
  v1::CreateReviewRequest request = ReviewRequest();
  request.set_request_id("6f1b7a52-7b6b-4a57-9d40-0d2f3a0c1d11");
  const v1::Review first = NewDraft(request);
  const v1::Review second = NewDraft(request);
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
}

TEST_F(ReviewsTest, RepeatGivesTheFirstAnswerWhileTheDirectoryIsDown) {
  v1::CreateVisitRequest visit = VisitRequest();
  visit.set_request_id("6f1b7a52-7b6b-4a57-9d40-0d2f3a0c1d12");
  const v1::SupervisionVisit visited = NewVisit(visit);
  v1::UpdateVisitRequest change;
  change.mutable_visit()->set_name(visited.name());
  change.mutable_visit()->set_findings("Thực hiện tốt");
  change.set_request_id("6f1b7a52-7b6b-4a57-9d40-0d2f3a0c1d13");
  const auto changed = Call(&Stub::UpdateVisit, change);
  ASSERT_THAT(changed, IsOk());
  v1::FollowUpProposalRequest follow;
  follow.set_name(Approved(NewDraft(ReviewRequest()).name()).name());
  follow.set_finding(2);
  follow.set_body("bodies/council");
  follow.set_due_date("2024-06-28");
  follow.set_request_id("6f1b7a52-7b6b-4a57-9d40-0d2f3a0c1d14");
  const auto followed = Call(&Stub::FollowUpProposal, follow);
  ASSERT_THAT(followed, IsOk());
  bodies_.reachable = false;
  const auto same = [](const auto& again, const auto& first) {
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->SerializeAsString(), first.SerializeAsString());
  };
  same(Call(&Stub::CreateVisit, visit), visited);
  same(Call(&Stub::UpdateVisit, change), *changed);
  same(Call(&Stub::FollowUpProposal, follow), *followed);
  // Others hear that it is down.
  visit.set_request_id("6f1b7a52-7b6b-4a57-9d40-0d2f3a0c1d15");
  EXPECT_THAT(Call(&Stub::CreateVisit, visit),
              StatusIs(StatusCode::kUnavailable, "DIRECTORY_UNAVAILABLE"));
}

}  // namespace
}  // namespace phoihop::agreements::reviews
