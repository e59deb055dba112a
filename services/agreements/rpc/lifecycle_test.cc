// The life of agreements beyond writing and signing by all: consultation, ends, deletion.
#include <functional>
#include <string>
#include <vector>

#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "services/agreements/coverage/lineage_source.h"
#include "services/agreements/rpc/testing_lifecycle.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(LifecycleTest, ConsultationGathersCommentsThatAreAnsweredBeforeSigning) {
  const std::string name = Create(GoodRequest()).name();
  EXPECT_THAT(Comment(name, "party"),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_CONSULTATION"));
  EXPECT_THAT(Consult(name, "2023-10-23"),
              StatusIs(StatusCode::kInvalidArgument, "COMMENT_BY_PASSED"));
  const auto consulting = Consult(name, "2023-11-10");
  ASSERT_THAT(consulting, IsOk());
  EXPECT_EQ(consulting->state(), v1::Agreement::CONSULTATION);
  EXPECT_EQ(consulting->comment_by(), "2023-11-10");
  EXPECT_THAT(obligations_.Summary(), ElementsAre("COMMENT council open", "COMMENT party open"));

  const auto comment = Comment(name, "council", "members/council");
  ASSERT_THAT(comment, IsOk());
  EXPECT_EQ(comment->author(), "members/council");
  EXPECT_EQ(comment->text(), "Đề nghị bổ sung\nđiều 2");
  EXPECT_THAT(obligations_.Summary(), ElementsAre("COMMENT council done", "COMMENT party open"));
  EXPECT_THAT(Comment(name, "party", "members/council"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Comment(name, "court"), StatusIs(StatusCode::kInvalidArgument, "NOT_A_PARTY"));
  EXPECT_THAT(Comment(name, "party", "members/district"), StatusIs(StatusCode::kNotFound));

  EXPECT_THAT(TryStart(name), StatusIs(StatusCode::kFailedPrecondition, "COMMENTS_UNANSWERED"));
  v1::AnswerCommentRequest answer;
  answer.set_name(comment->name());
  answer.set_answer("Tiếp thu");
  EXPECT_THAT(Call(&Stub::AnswerComment, answer, "members/other"), StatusIs(StatusCode::kNotFound));
  answer.set_etag("\"7\"");
  EXPECT_THAT(Call(&Stub::AnswerComment, answer), StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  answer.set_etag(comment->etag());
  const auto answered = Call(&Stub::AnswerComment, answer);
  ASSERT_THAT(answered, IsOk());
  EXPECT_EQ(answered->answer(), "Tiếp thu");
  EXPECT_EQ(answered->answered_by(), "members/city");
  EXPECT_EQ(answered->revision(), 2);
  ASSERT_THAT(TryStart(name), IsOk());
  EXPECT_THAT(obligations_.Summary(),
              UnorderedElementsAre("COMMENT council done", "COMMENT party withdrawn",
                                   "SIGN council open", "SIGN party open"));
  answer.set_etag("");
  EXPECT_THAT(Call(&Stub::AnswerComment, answer),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_DRAFT"));
}

TEST_F(LifecycleTest, CommentsAreListedOldestFirstInPages) {
  const std::string name = Create(GoodRequest()).name();
  ASSERT_THAT(Consult(name, "2023-11-10"), IsOk());
  std::vector<std::string> made, listed;
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(absl::Milliseconds(5));
    made.push_back(Comment(name, i % 2 == 0 ? "party" : "council")->name());
  }
  v1::ListCommentsRequest request;
  request.set_agreement(name);
  request.set_page_size(2);
  int pages = 0;
  do {
    const auto page = Call(&Stub::ListComments, request);
    ASSERT_THAT(page, IsOk());
    for (const v1::Comment& comment : page->comments()) listed.push_back(comment.name());
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 10);
  EXPECT_EQ(listed, made);
  EXPECT_EQ(pages, 3);
  request.clear_page_token();
  EXPECT_THAT(Call(&Stub::ListComments, request, "members/other"), StatusIs(StatusCode::kNotFound));
}

TEST_F(LifecycleTest, EndsShortenCoverageFromTheirDayAndLeaveThePastAsItWas) {
  const std::string city = InForce(GoodRequest()).name();
  const std::string district = InForce(GoodRequest(access::kNinhKieu, city)).name();
  const std::string before = Districts(city, "2023-06-01");
  const std::string after_all = Districts(city, "2023-10-20");
  EXPECT_EQ(before, after_all);
  EXPECT_EQ(before.substr(0, 2), "1/");

  EXPECT_THAT(Terminate(district, "2023-10-25"),
              StatusIs(StatusCode::kInvalidArgument, "DATE_IN_FUTURE"));
  const auto ended = Terminate(district, "2023-10-20");
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(ended->state(), v1::Agreement::TERMINATED);
  EXPECT_EQ(ended->termination().reason(), "Giải thể");
  EXPECT_EQ(ended->in_force_end_date(), "2023-10-19");
  EXPECT_EQ(Districts(city, "2023-06-01"), before);
  EXPECT_EQ(Districts(city, "2023-10-19"), before);
  EXPECT_EQ(Districts(city, "2023-10-20").substr(0, 2), "0/");
  EXPECT_EQ(On(district, "2023-10-19")->state(), v1::Agreement::IN_FORCE);
  EXPECT_THAT(On(district, "2023-10-20"),
              StatusIs(StatusCode::kFailedPrecondition, "NOT_IN_FORCE_ON_DATE"));

  // The city's is superseded; who could read it below can still read it.
  v1::CreateAgreementRequest next = GoodRequest();
  next.mutable_agreement()->set_term_start("2022-01-01");
  const std::string successor = InForce(next, "2022-02-01").name();
  v1::SupersedeAgreementRequest supersede;
  supersede.set_name(city);
  supersede.set_successor(district);
  EXPECT_THAT(Call(&Stub::SupersedeAgreement, supersede),
              StatusIs(StatusCode::kInvalidArgument, "SUCCESSOR_OF_OTHER_UNIT"));
  supersede.set_successor("agreements/none");
  EXPECT_THAT(Call(&Stub::SupersedeAgreement, supersede),
              StatusIs(StatusCode::kInvalidArgument, "SUCCESSOR_UNKNOWN"));
  supersede.set_successor(successor);
  const auto superseded = Call(&Stub::SupersedeAgreement, supersede);
  ASSERT_THAT(superseded, IsOk());
  EXPECT_EQ(superseded->state(), v1::Agreement::SUPERSEDED);
  EXPECT_EQ(superseded->superseded_by(), successor);
  EXPECT_EQ(superseded->in_force_end_date(), "2022-01-31");
  EXPECT_THAT(Get(city, "members/district"), IsOk());

  EXPECT_THAT(Call(&Stub::ConcludeAgreement, Named<v1::ConcludeAgreementRequest>(successor)),
              StatusIs(StatusCode::kFailedPrecondition, "TERM_NOT_ENDED"));
  clock_.Set(StartOfDay(absl::CivilDay(2026, 1, 1)));
  const auto concluded =
      Call(&Stub::ConcludeAgreement, Named<v1::ConcludeAgreementRequest>(successor));
  ASSERT_THAT(concluded, IsOk());
  EXPECT_EQ(concluded->state(), v1::Agreement::CONCLUDED);
  EXPECT_EQ(concluded->in_force_end_date(), "2025-12-31");
}

// Old Can Tho lives on in new Can Tho, nothing else anywhere.
class ReformLineage : public LineageSource {
 public:
  absl::StatusOr<std::shared_ptr<const Lineage>> Get(int64_t, absl::Time) override {
    return std::make_shared<const Lineage>(std::vector<Succession>{
        {access::kOldCanTho, access::kNewCanTho, access::kReform, Descent::kMerged}});
  }
};

TEST_F(LifecycleTest, AgreementIsSupersededByOneOfTheUnitThatSucceeded) {
  clock_.Set(StartOfDay(access::kReform + 60));
  ReformLineage lineage;
  Parts parts = parts_;
  parts.lineage = &lineage;
  const auto supersede = [&](const Parts& with, const std::string& name,
                             const std::string& successor) {
    v1::SupersedeAgreementRequest request;
    request.set_name(name);
    request.set_successor(successor);
    rpc::RequestContext ctx({.caller = testing::Member("country"),
                             .method = "phoihop.agreements.v1.AgreementsService/SupersedeAgreement",
                             .clock = &clock_});
    return SupersedeAgreement(with, ctx, request);
  };
  const std::string old = InForce(GoodRequest()).name();
  const std::string district = InForce(GoodRequest(access::kBinhThuy)).name();
  v1::CreateAgreementRequest next = GoodRequest(access::kNewCanTho);
  next.mutable_agreement()->set_term_start(FormatDay(access::kReform));
  const std::string successor = InForce(next, FormatDay(access::kReform + 10)).name();
  EXPECT_THAT(supersede(parts_, old, successor),
              StatusIs(StatusCode::kInvalidArgument, "SUCCESSOR_OF_OTHER_UNIT"));
  EXPECT_THAT(supersede(parts, district, successor),
              StatusIs(StatusCode::kInvalidArgument, "SUCCESSOR_OF_OTHER_UNIT"));
  const auto superseded = supersede(parts, old, successor);
  ASSERT_THAT(superseded, IsOk());
  EXPECT_EQ(superseded->superseded_by(), successor);
  EXPECT_EQ(superseded->in_force_end_date(), FormatDay(access::kReform + 9));
}

TEST_F(LifecycleTest, DraftsAloneAreDeletedAndComeBack) {
  v1::CreateAgreementRequest create = GoodRequest();
  create.mutable_agreement()->set_document_number("1-CTr/TU");
  const v1::Agreement draft = Create(create);
  v1::DeleteAgreementRequest remove;
  remove.set_name(draft.name());
  remove.set_etag("\"9\"");
  EXPECT_THAT(Call(&Stub::DeleteAgreement, remove),
              StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  remove.set_etag(draft.etag());
  EXPECT_THAT(Call(&Stub::DeleteAgreement, remove, "members/other"),
              StatusIs(StatusCode::kNotFound));
  const auto deleted = Call(&Stub::DeleteAgreement, remove);
  ASSERT_THAT(deleted, IsOk());
  EXPECT_TRUE(deleted->has_delete_time());
  EXPECT_THAT(Listed([](auto&) {}), IsEmpty());
  EXPECT_THAT(Listed([](auto& r) { r.set_show_deleted(true); }), ElementsAre(draft.name()));
  EXPECT_TRUE(Get(draft.name())->has_delete_time());
  EXPECT_THAT(TryStart(draft.name()),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_DELETED"));

  // Its number is free, and then taken.
  const v1::Agreement other = Create(create);
  const auto undelete = Named<v1::UndeleteAgreementRequest>(draft.name());
  EXPECT_THAT(Call(&Stub::UndeleteAgreement, undelete),
              StatusIs(StatusCode::kAlreadyExists, "DOCUMENT_NUMBER_TAKEN"));
  ASSERT_THAT(Call(&Stub::DeleteAgreement, Named<v1::DeleteAgreementRequest>(other.name())),
              IsOk());
  const auto back = Call(&Stub::UndeleteAgreement, undelete);
  ASSERT_THAT(back, IsOk());
  EXPECT_FALSE(back->has_delete_time());
  EXPECT_THAT(Call(&Stub::UndeleteAgreement, undelete),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_DELETED"));
  Start(draft.name());
  EXPECT_THAT(Call(&Stub::DeleteAgreement, Named<v1::DeleteAgreementRequest>(draft.name())),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_DRAFT"));
}

TEST_F(LifecycleTest, PartiesAreToldOfConsultationAndOfEveryEnd) {
  const auto told = [&](const std::string& kind) {
    std::vector<std::string> bodies;
    for (const std::string& line : obligations_.Told()) {
      if (line.starts_with(kind + " ")) bodies.push_back(line.substr(kind.size() + 1));
    }
    return bodies;
  };
  ASSERT_THAT(Consult(Create(GoodRequest()).name(), "2023-11-10"), IsOk());
  EXPECT_THAT(told("CONSULTATION_STARTED"), ElementsAre("party", "council"));
  const std::string city = InForce(GoodRequest()).name();
  EXPECT_THAT(obligations_.Told(), ::testing::SizeIs(2));
  v1::SupersedeAgreementRequest supersede = Named<v1::SupersedeAgreementRequest>(city);
  supersede.set_successor(InForce(GoodRequest(), "2021-01-01").name());
  ASSERT_THAT(Call(&Stub::SupersedeAgreement, supersede), IsOk());
  EXPECT_THAT(told("AGREEMENT_SUPERSEDED"), ElementsAre("party", "council"));
  ASSERT_THAT(Terminate(InForce(GoodRequest()).name(), "2023-10-20"), IsOk());
  EXPECT_THAT(told("AGREEMENT_TERMINATED"), ElementsAre("party", "council"));
  clock_.Set(StartOfDay(absl::CivilDay(2026, 1, 1)));
  ASSERT_THAT(
      Call(&Stub::ConcludeAgreement, Named<v1::ConcludeAgreementRequest>(supersede.successor())),
      IsOk());
  EXPECT_THAT(told("AGREEMENT_CONCLUDED"), ElementsAre("party", "council"));
}

TEST_F(LifecycleTest, MemberSignsInTheSystemForOneParty) {
  const std::string name = Create(GoodRequest()).name();
  Start(name);
  ASSERT_THAT(Sign(name, "party", "", "members/city"), IsOk());
  const auto refused = Sign(name, "council", "", "members/city");
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition, "MEMBER_HAS_SIGNED"));
  EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("party"));
  EXPECT_THAT(Sign(name, "council", "", "members/council"), IsOk());
  // Whoever has no office there is told about which party.
  EXPECT_THAT(ViolatedFields(Sign(name, "party", "", "members/council").status()),
              ElementsAre("party"));
}

}  // namespace
}  // namespace phoihop::agreements
