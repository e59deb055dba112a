// Requests for information through the service.
#include <functional>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/duties/testing_duties.h"

namespace phoihop::agreements::duties {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kUuid[] = "7f2c1a9e-4b1d-4a53-9f0e-2d6b8c1e0a11";

class RequestTest : public DutiesTest {
 protected:
  void SetUp() override {
    DutiesTest::SetUp();
    SetDay("2024-02-05");
  }

  static v1::AnswerInformationRequestRequest AnswerTo(const std::string& name,
                                                      const std::string& day = "") {
    v1::AnswerInformationRequestRequest request;
    request.set_name(name);
    request.mutable_answer()->set_document_number("31/BC-TA");
    request.set_answer_date(day);
    return request;
  }

  static v1::RefuseInformationRequestRequest RefusalOf(const std::string& name) {
    v1::RefuseInformationRequestRequest request;
    request.set_name(name);
    request.set_reason("Vụ việc chưa có kết luận");
    request.set_legal_ground("Điều 6 Luật Tiếp cận thông tin");
    return request;
  }

  absl::StatusOr<v1::InformationRequest> Withdraw(const std::string& name,
                                                  const std::string& caller = "members/city") {
    v1::WithdrawInformationRequestRequest request;
    request.set_name(name);
    request.set_reason("Đã có thông tin");
    return Do(&DutyStub::WithdrawInformationRequest, request, caller);
  }
};

TEST_F(RequestTest, AnswerIsOwedOverTetAndLateStays) {
  const v1::InformationRequest question = NewQuestion(QuestionRequest());
  EXPECT_EQ(question.state(), v1::InformationRequest::OPEN);
  EXPECT_EQ(question.request_date(), "2024-02-05");
  EXPECT_EQ(question.due().date(), "2024-02-19");
  EXPECT_EQ(question.unit(), "units/2");
  EXPECT_THAT(Owed("answer:"), ElementsAre("answer court 2024-02-19 open"));
  EXPECT_THAT(Told(), ElementsAre("INFORMATION_REQUESTED court"));

  SetDay("2024-02-21");
  v1::AnswerInformationRequestRequest answer = AnswerTo(question.name());
  const std::string file = "attachments/" + std::string(64, 'b');
  answer.mutable_answer()->add_attachments(file);
  answer.set_etag("\"9\"");
  EXPECT_THAT(Do(&DutyStub::AnswerInformationRequest, answer),
              StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  answer.set_etag(question.etag());
  const auto answered = Do(&DutyStub::AnswerInformationRequest, answer);
  ASSERT_THAT(answered, IsOk());
  EXPECT_EQ(answered->state(), v1::InformationRequest::ANSWERED);
  EXPECT_EQ(answered->settled_date(), "2024-02-21");
  EXPECT_TRUE(answered->late());
  EXPECT_EQ(answered->late_working_days(), 2);
  EXPECT_EQ(answered->answer().document_number(), "31/BC-TA");
  EXPECT_EQ(answered->settled_by(), "members/city");
  EXPECT_EQ(Question(question.name()).SerializeAsString(), answered->SerializeAsString());
  EXPECT_THAT(Owed("answer:"), ElementsAre("answer court 2024-02-19 late"));
  EXPECT_THAT(Told(), ElementsAre("INFORMATION_REQUESTED court", "REQUEST_ANSWERED council"));
  EXPECT_THAT(files_.linked, ElementsAre(question.name()));

  for (const absl::Status& status :
       {Do(&DutyStub::AnswerInformationRequest, AnswerTo(question.name())).status(),
        Do(&DutyStub::RefuseInformationRequest, RefusalOf(question.name())).status(),
        Withdraw(question.name()).status()}) {
    EXPECT_THAT(status, StatusIs(StatusCode::kFailedPrecondition, "REQUEST_NOT_OPEN"));
  }
}

TEST_F(RequestTest, RefusalNeedsALegalGround) {
  const v1::InformationRequest question = NewQuestion(QuestionRequest());
  v1::RefuseInformationRequestRequest refusal = RefusalOf(question.name());
  refusal.set_legal_ground("  ");
  const auto without = Do(&DutyStub::RefuseInformationRequest, refusal);
  EXPECT_THAT(without, StatusIs(StatusCode::kInvalidArgument, "LEGAL_GROUND_REQUIRED"));
  EXPECT_THAT(ViolatedFields(without.status()), ElementsAre("legal_ground"));
  EXPECT_THAT(Owed("answer:"), ElementsAre("answer court 2024-02-19 open"));
  const auto refused = Do(&DutyStub::RefuseInformationRequest, RefusalOf(question.name()));
  ASSERT_THAT(refused, IsOk());
  EXPECT_EQ(refused->state(), v1::InformationRequest::REFUSED);
  EXPECT_EQ(refused->refusal().legal_ground(), "Điều 6 Luật Tiếp cận thông tin");
  EXPECT_FALSE(refused->late());
  EXPECT_FALSE(refused->has_answer());
  EXPECT_THAT(Owed("answer:"), ElementsAre("answer court 2024-02-19 done"));
  EXPECT_THAT(Told(),
              UnorderedElementsAre("INFORMATION_REQUESTED court", "REQUEST_REFUSED council"));
}

TEST_F(RequestTest, WithdrawnOneIsNotOwedAndStaysVisible) {
  const v1::InformationRequest question = NewQuestion(QuestionRequest());
  ASSERT_THAT(Withdraw(question.name()), IsOk());
  EXPECT_THAT(Owed("answer:"), ElementsAre("answer court 2024-02-19 withdrawn"));
  const v1::InformationRequest seen = Question(question.name());
  EXPECT_EQ(seen.state(), v1::InformationRequest::WITHDRAWN);
  EXPECT_EQ(seen.withdraw_reason(), "Đã có thông tin");
  EXPECT_EQ(seen.subject(), "Kết quả thi hành án hành chính ở Điện Biên");
}

TEST_F(RequestTest, BadInputNamesItsField) {
  struct Row {
    std::string reason, field;
    std::function<void(v1::InformationRequest&)> spoil;
  };
  const std::vector<Row> table = {
      {"REQUIRED", "subject", [](auto& r) { r.clear_subject(); }},
      {"OUT_OF_RANGE", "working_days", [](auto& r) { r.set_working_days(0); }},
      {"OUT_OF_RANGE", "working_days", [](auto& r) { r.set_working_days(61); }},
      {"BODY_TWICE", "to_body", [](auto& r) { r.set_to_body("bodies/council"); }},
      {"NOT_A_PARTY", "to_body", [](auto& r) { r.set_to_body("bodies/court-n"); }},
      {"NOT_A_PARTY", "from_body", [](auto& r) { r.set_from_body("bodies/nobody"); }},
      {"DATE_IN_FUTURE", "request_date", [](auto& r) { r.set_request_date("2024-02-06"); }},
      {"OUTSIDE_TERM", "request_date", [](auto& r) { r.set_request_date("2020-12-31"); }},
  };
  for (const Row& row : table) {
    v1::CreateInformationRequestRequest request = QuestionRequest();
    row.spoil(*request.mutable_information_request());
    const auto made = Do(&DutyStub::CreateInformationRequest, request);
    EXPECT_THAT(made, StatusIs(StatusCode::kInvalidArgument, row.reason)) << row.field;
    EXPECT_THAT(ViolatedFields(made.status()), ElementsAre("information_request." + row.field))
        << row.reason;
  }
  v1::CreateInformationRequestRequest draft = QuestionRequest();
  draft.mutable_information_request()->set_agreement("agreements/draft");
  EXPECT_THAT(Do(&DutyStub::CreateInformationRequest, draft),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
  EXPECT_THAT(Owed("answer:"), IsEmpty());
}

TEST_F(RequestTest, EachSideActsForItself) {
  const auto own = Do(&DutyStub::CreateInformationRequest, QuestionRequest(), "members/council");
  ASSERT_THAT(own, IsOk());
  v1::CreateInformationRequestRequest other = QuestionRequest();
  other.mutable_information_request()->set_from_body("bodies/party");
  EXPECT_THAT(Do(&DutyStub::CreateInformationRequest, other, "members/council"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Do(&DutyStub::AnswerInformationRequest, AnswerTo(own->name()), "members/council"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Do(&DutyStub::RefuseInformationRequest, RefusalOf(own->name()), "members/council"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Withdraw(own->name(), "members/district"), StatusIs(StatusCode::kNotFound));
  v1::GetInformationRequestRequest get;
  get.set_name(own->name());
  EXPECT_THAT(Do(&DutyStub::GetInformationRequest, get, "members/district"),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Withdraw(own->name(), "members/council"), IsOk());
}

TEST_F(RequestTest, RepeatGivesTheFirstAnswer) {
  v1::CreateInformationRequestRequest request = QuestionRequest();
  request.set_request_id(kUuid);
  EXPECT_EQ(NewQuestion(request).name(), NewQuestion(request).name());
  EXPECT_THAT(Owed("answer:"), SizeIs(1));
  request.mutable_information_request()->set_working_days(6);
  EXPECT_THAT(Do(&DutyStub::CreateInformationRequest, request),
              StatusIs(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
}

TEST_F(RequestTest, NoAnswerIsOwedUnderAnAgreementThatEnded) {
  const absl::CivilDay kEnd(2024, 2, 19);
  const v1::InformationRequest overdue = NewQuestion(QuestionRequest("2024-01-08"));
  const v1::InformationRequest question = NewQuestion(QuestionRequest());
  Commit([&](ledger::Transaction& tx) { return book_->EndAgreement(tx, "a1", kEnd); });
  EXPECT_THAT(Do(&DutyStub::AnswerInformationRequest, AnswerTo(question.name())),
              StatusIs(StatusCode::kFailedPrecondition, "NO_LONGER_OWED"));
  // What was overdue by then counts as it did, and may be answered.
  const auto count = [&] {
    return *figures_->Requests("a1", {absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 2, 18)},
                               VietnamDay(clock_.Now()), absl::Now() + absl::Seconds(10));
  };
  EXPECT_THAT(count(), ElementsAre(RequestCount{"court", 1, 0, 0, 0, 0}));
  ASSERT_THAT(Do(&DutyStub::AnswerInformationRequest, AnswerTo(overdue.name())), IsOk());
  EXPECT_THAT(count(), ElementsAre(RequestCount{"court", 1, 1, 0, 0, 0}));
  EXPECT_THAT(Withdraw(question.name()), IsOk());
}

TEST_F(RequestTest, ListsAndFigures) {
  const std::string late = NewQuestion(QuestionRequest("2024-01-08")).name();
  clock_.Advance(absl::Minutes(1));
  const std::string refused = NewQuestion(QuestionRequest("2024-02-01")).name();
  clock_.Advance(absl::Minutes(1));
  const std::string open = NewQuestion(QuestionRequest()).name();
  clock_.Advance(absl::Minutes(1));
  const std::string withdrawn = NewQuestion(QuestionRequest()).name();
  ASSERT_THAT(Do(&DutyStub::AnswerInformationRequest, AnswerTo(late)), IsOk());
  ASSERT_THAT(Do(&DutyStub::RefuseInformationRequest, RefusalOf(refused)), IsOk());
  ASSERT_THAT(Withdraw(withdrawn), IsOk());
  const auto list = [&](const std::string& filter, const std::string& order_by = "") {
    v1::ListInformationRequestsRequest request;
    request.set_unit("units/2");
    request.set_include_subtree(true);
    request.set_filter(filter);
    request.set_order_by(order_by);
    request.set_page_size(3);
    std::vector<std::string> names;
    do {
      const auto page = Do(&DutyStub::ListInformationRequests, request);
      EXPECT_THAT(page, IsOk()) << filter;
      if (!page.ok()) break;
      for (const v1::InformationRequest& found : page->information_requests()) {
        names.push_back(found.name());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  };
  EXPECT_THAT(list(""), ElementsAre(withdrawn, open, refused, late));
  EXPECT_THAT(list("dien bien", "create_time"), ElementsAre(late, refused, open, withdrawn));
  EXPECT_THAT(list("state = OPEN AND due_date <= 2024-02-19"), ElementsAre(open));
  EXPECT_THAT(list("late = true"), ElementsAre(late));
  EXPECT_THAT(list("body = bodies/court AND state = REFUSED"), ElementsAre(refused));
  EXPECT_THAT(list("body = bodies/party"), IsEmpty());

  const auto counts =
      figures_->Requests("a1", {absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 12, 31)},
                         VietnamDay(clock_.Now()), absl::Now() + absl::Seconds(10));
  ASSERT_THAT(counts, IsOk());
  EXPECT_THAT(*counts, ElementsAre(RequestCount{"court", 3, 1, 1, 1, 1}));
}

}  // namespace
}  // namespace phoihop::agreements::duties
