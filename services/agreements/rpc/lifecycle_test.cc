// The life of agreements beyond writing and signing by all: consultation, ends, amendments,
// deletion.
#include <functional>
#include <string>
#include <vector>

#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "services/agreements/coverage/lineage_source.h"
#include "services/agreements/domain/text.h"
#include "services/agreements/rpc/testing_service.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class LifecycleTest : public ServiceTest {
 protected:
  absl::StatusOr<v1::Comment> Comment(const std::string& name, const std::string& body,
                                      const std::string& caller = "members/city") {
    v1::CreateCommentRequest request;
    request.mutable_comment()->set_agreement(name);
    request.mutable_comment()->set_body(absl::StrCat("bodies/", body));
    request.mutable_comment()->set_text("Đề nghị bổ sung\nđiều 2");
    return Call(&Stub::CreateComment, request, caller);
  }
  absl::StatusOr<v1::Agreement> Consult(const std::string& name, const std::string& day) {
    v1::StartConsultationRequest request;
    request.set_name(name);
    request.set_comment_by(day);
    return Call(&Stub::StartConsultation, request);
  }
  absl::StatusOr<v1::Agreement> TryStart(const std::string& name) {
    v1::StartSigningRequest request;
    request.set_name(name);
    return Call(&Stub::StartSigning, request);
  }
  absl::StatusOr<v1::Agreement> Terminate(const std::string& name, const std::string& day) {
    v1::TerminateAgreementRequest request;
    request.set_name(name);
    request.set_reason("Giải thể");
    request.set_decision_number("9-QĐ/TU");
    request.set_date(day);
    return Call(&Stub::TerminateAgreement, request);
  }
  absl::StatusOr<v1::Agreement> On(const std::string& name, const std::string& day) {
    v1::GetAgreementRequest request;
    request.set_name(name);
    request.set_on_date(day);
    return Call(&Stub::GetAgreement, request);
  }
  template <class Request>
  static Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }
  // "DISTRICT 1/2" of the level of districts under a programme.
  std::string Districts(const std::string& programme, const std::string& day) {
    v1::GetCoverageRequest request;
    request.set_unit(absl::StrCat("units/", access::kOldCanTho));
    request.set_on_date(day);
    request.set_programme(programme);
    const auto coverage = Call(&Stub::GetCoverage, request);
    EXPECT_THAT(coverage, IsOk());
    for (const auto& level : coverage->levels()) {
      if (level.level() != "DISTRICT") continue;
      return absl::StrCat(level.signed_count(), "/", level.expected_count());
    }
    return "";
  }
  v1::CreateAmendmentRequest AmendmentOf(const std::string& name, const std::string& term_end) {
    v1::CreateAmendmentRequest request;
    request.set_name(name);
    request.set_kind(v1::Agreement::EXTENSION);
    request.set_effective_date("2024-01-01");
    request.mutable_agreement()->set_term_end(term_end);
    return request;
  }
};

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

TEST_F(LifecycleTest, SignedExtensionIsTheNextVersionAndProlongsCoverage) {
  const std::string city = InForce(GoodRequest()).name();
  v1::CreateAgreementRequest create = GoodRequest(access::kNinhKieu, city);
  create.mutable_agreement()->set_term_end("2023-12-31");
  create.mutable_agreement()->set_document_number("5-CTr/QU");
  auto& clause = *create.mutable_agreement()->add_clauses();
  clause.set_area(v1::Agreement::DUTIES);
  clause.set_text("Như cũ");
  const v1::Agreement base = InForce(create);
  EXPECT_EQ(base.version(), 1);
  EXPECT_EQ(Districts(city, "2024-06-01").substr(0, 2), "0/");

  v1::CreateAmendmentRequest request = AmendmentOf(base.name(), "2024-12-31");
  auto& changed = *request.mutable_agreement()->add_clauses();
  changed.set_area(v1::Agreement::DUTIES);
  changed.set_text("Như mới");
  const auto amendment = Call(&Stub::CreateAmendment, request, "members/district");
  ASSERT_THAT(amendment, IsOk());
  EXPECT_EQ(amendment->state(), v1::Agreement::DRAFT);
  EXPECT_EQ(amendment->amends(), base.name());
  EXPECT_EQ(amendment->document_number(), "");
  EXPECT_EQ(amendment->title(), base.title());
  EXPECT_THAT(Call(&Stub::CreateAmendment, request, "members/district"),
              StatusIs(StatusCode::kFailedPrecondition, "AMENDMENT_OPEN"));
  // It is changed like any draft, within its rules.
  v1::UpdateAgreementRequest update;
  update.mutable_agreement()->set_name(amendment->name());
  update.mutable_agreement()->set_term_end("2023-12-31");
  EXPECT_THAT(Call(&Stub::UpdateAgreement, update),
              StatusIs(StatusCode::kInvalidArgument, "NOT_AN_EXTENSION"));
  update.mutable_agreement()->set_term_end("2025-06-30");
  ASSERT_THAT(Call(&Stub::UpdateAgreement, update), IsOk());

  Start(amendment->name());
  ASSERT_THAT(Sign(amendment->name(), BodyAt("party", access::kNinhKieu), "2023-10-20"), IsOk());
  EXPECT_EQ(Get(base.name())->version(), 1);
  const auto last = Sign(amendment->name(), BodyAt("council", access::kNinhKieu), "2023-10-21");
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ(last->state(), v1::Agreement::IN_FORCE);
  EXPECT_EQ(last->in_force_date(), "");

  const auto amended = Get(base.name());
  ASSERT_THAT(amended, IsOk());
  EXPECT_EQ(amended->version(), 2);
  EXPECT_EQ(amended->version_date(), "2024-01-01");
  EXPECT_EQ(amended->term_end(), "2025-06-30");
  EXPECT_EQ(amended->document_number(), "5-CTr/QU");
  EXPECT_EQ(amended->clauses(0).text(), "Như mới");
  EXPECT_EQ(amended->parties(0).signature().sign_date(), "2023-10-20");
  EXPECT_EQ(Districts(city, "2024-06-01").substr(0, 2), "1/");

  // What was in force on any day.
  const auto old = On(base.name(), "2023-12-31");
  ASSERT_THAT(old, IsOk());
  EXPECT_EQ(old->clauses(0).text(), "Như cũ");
  EXPECT_EQ(old->term_end(), "2023-12-31");
  EXPECT_EQ(On(base.name(), "2024-01-01")->clauses(0).text(), "Như mới");
  EXPECT_THAT(On(base.name(), "2020-09-30"),
              StatusIs(StatusCode::kFailedPrecondition, "NOT_IN_FORCE_ON_DATE"));
  EXPECT_THAT(On(base.name(), "2025-07-01"),
              StatusIs(StatusCode::kFailedPrecondition, "NOT_IN_FORCE_ON_DATE"));
  const auto versions =
      Call(&Stub::ListAgreementVersions, Named<v1::ListAgreementVersionsRequest>(base.name()));
  ASSERT_THAT(versions, IsOk());
  ASSERT_EQ(versions->versions_size(), 2);
  EXPECT_EQ(versions->versions(0).effective_date(), "2020-10-01");
  EXPECT_EQ(versions->versions(0).end_date(), "2023-12-31");
  EXPECT_EQ(versions->versions(0).amendment(), "");
  EXPECT_EQ(versions->versions(1).effective_date(), "2024-01-01");
  EXPECT_EQ(versions->versions(1).end_date(), "2025-06-30");
  EXPECT_EQ(versions->versions(1).amendment(), amendment->name());
  EXPECT_EQ(versions->versions(0).agreement().clauses_size(), 0);

  // Lists show agreements, or the amendments of one.
  const std::string unit = absl::StrCat("units/", access::kNinhKieu);
  EXPECT_THAT(Listed([&](auto& r) { r.set_unit(unit); }), ElementsAre(base.name()));
  EXPECT_THAT(Listed([&](auto& r) {
                r.set_unit(unit);
                r.set_amends(base.name());
              }),
              ElementsAre(amendment->name()));
  EXPECT_THAT(Terminate(amendment->name(), "2023-10-20"),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_IS_AMENDMENT"));
}

TEST_F(LifecycleTest, TextsOfAllVersionsAreReadByWhoeverReadsTheAgreement) {
  const v1::Agreement base = InForce(GoodRequest());
  const auto text = [&](const std::string& sha256, const std::string& caller) {
    v1::GetAgreementTextRequest request = Named<v1::GetAgreementTextRequest>(base.name());
    request.set_sha256(sha256);
    return Call(&Stub::GetAgreementText, request, caller);
  };
  const auto amendment = Call(&Stub::CreateAmendment, AmendmentOf(base.name(), "2026-12-31"));
  ASSERT_THAT(amendment, IsOk());
  const std::string abandoned = Start(amendment->name()).text_sha256();
  // What is only to be signed yet is not for those below.
  EXPECT_THAT(text(abandoned, "members/city"), IsOk());
  EXPECT_THAT(text(abandoned, "members/district"), StatusIs(StatusCode::kNotFound));
  ASSERT_THAT(Call(&Stub::ReturnToDraft, Named<v1::ReturnToDraftRequest>(amendment->name())),
              IsOk());
  v1::UpdateAgreementRequest update;
  update.mutable_agreement()->set_name(amendment->name());
  update.mutable_agreement()->set_term_end("2026-11-30");
  ASSERT_THAT(Call(&Stub::UpdateAgreement, update), IsOk());
  Start(amendment->name());
  ASSERT_THAT(Sign(amendment->name(), "party", "2023-10-20"), IsOk());
  ASSERT_THAT(Sign(amendment->name(), "council", "2023-10-20"), IsOk());

  const std::string amended = Get(base.name())->text_sha256();
  ASSERT_NE(amended, base.text_sha256());
  for (const char* reader : {"members/city", "members/district", "members/commune"}) {
    for (const std::string& sha256 : {amended, base.text_sha256()}) {
      const auto read = text(sha256, reader);
      ASSERT_THAT(read, IsOk()) << reader;
      EXPECT_TRUE(read->fixed());
      EXPECT_EQ(Sha256Hex(read->text()), sha256);
    }
    EXPECT_EQ(text("", reader)->sha256(), amended);
  }
  EXPECT_THAT(text(abandoned, "members/city"), IsOk());
  EXPECT_THAT(text(abandoned, "members/district"), StatusIs(StatusCode::kNotFound));
  // Another agreement's text is none of this one.
  v1::CreateAgreementRequest other = GoodRequest();
  other.mutable_agreement()->set_term_start("2021-01-01");
  EXPECT_THAT(text(InForce(other, "2021-02-01").text_sha256(), "members/city"),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(LifecycleTest, PastDaysAreCoveredByTheTargetOfTheirVersion) {
  v1::CreateAgreementRequest create = GoodRequest();
  create.mutable_agreement()->mutable_cascade_target()->add_levels("DISTRICT");
  const std::string city = InForce(create).name();
  v1::CreateAmendmentRequest request = AmendmentOf(city, "2026-12-31");
  request.mutable_agreement()->mutable_cascade_target()->add_units(
      absl::StrCat("units/", access::kNinhKieu));
  const auto amendment = Call(&Stub::CreateAmendment, request);
  ASSERT_THAT(amendment, IsOk());
  Start(amendment->name());
  ASSERT_THAT(Sign(amendment->name(), "party", "2023-10-20"), IsOk());
  ASSERT_THAT(Sign(amendment->name(), "council", "2023-10-20"), IsOk());
  EXPECT_EQ(Districts(city, "2023-10-24"), "0/2");
  EXPECT_EQ(Districts(city, "2023-12-31"), "0/2");
  EXPECT_EQ(Districts(city, "2024-01-01"), "0/1");
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

TEST_F(LifecycleTest, AmendmentOfWhatEndedMeanwhileIsNotPutInForce) {
  const std::string name = InForce(GoodRequest()).name();
  const auto amendment = Call(&Stub::CreateAmendment, AmendmentOf(name, "2026-12-31"));
  ASSERT_THAT(amendment, IsOk());
  Start(amendment->name());
  ASSERT_THAT(Sign(amendment->name(), "party", "2023-10-20"), IsOk());
  ASSERT_THAT(Terminate(name, "2023-10-24"), IsOk());
  EXPECT_THAT(Sign(amendment->name(), "council", "2023-10-20"),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
  EXPECT_EQ(Get(amendment->name())->state(), v1::Agreement::SIGNING);
  EXPECT_EQ(Get(name)->version(), 1);
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

}  // namespace
}  // namespace phoihop::agreements
