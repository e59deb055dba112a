// The life of agreements beyond writing and signing by all: consultation, ends, amendments,
// deletion.
#include <functional>
#include <string>
#include <vector>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
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
  std::vector<std::string> Listed(const std::function<void(v1::ListAgreementsRequest&)>& asked) {
    v1::ListAgreementsRequest request;
    request.set_unit(absl::StrCat("units/", access::kOldCanTho));
    asked(request);
    const auto page = Call(&Stub::ListAgreements, request);
    EXPECT_THAT(page, IsOk());
    std::vector<std::string> names;
    for (const v1::Agreement& agreement : page->agreements()) names.push_back(agreement.name());
    return names;
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

TEST_F(LifecycleTest, NumbersAreUniqueForTheirIssuerAndSeries) {
  const auto create = [&](const std::string& issuer, const std::string& series) {
    v1::CreateAgreementRequest request = GoodRequest();
    request.mutable_agreement()->set_document_number("02 - CTr/TU");
    request.mutable_agreement()->set_issuing_body(issuer);
    request.mutable_agreement()->set_document_series(series);
    return Call(&Stub::CreateAgreement, request);
  };
  const auto first = create("bodies/party", "");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->document_series(), "2020-2025");
  EXPECT_EQ(first->document_number(), "02 - CTr/TU");
  EXPECT_EQ(first->parsed_number().number(), 2);
  EXPECT_EQ(first->parsed_number().type(), "CTr");
  EXPECT_EQ(first->parsed_number().issuer(), "TU");
  const auto taken = StatusIs(StatusCode::kAlreadyExists, "DOCUMENT_NUMBER_TAKEN");
  EXPECT_THAT(create("bodies/party", "2020 - 2025"), taken);
  EXPECT_THAT(create("", "2020-2025"), taken);  // the first party numbers it
  EXPECT_THAT(create("bodies/party", "2025-2030"), IsOk());
  EXPECT_THAT(create("bodies/council", "2020-2025"), IsOk());
  EXPECT_THAT(create("bodies/court", ""), StatusIs(StatusCode::kInvalidArgument, "NOT_A_PARTY"));
  // Without either the number is the unit's in the year.
  EXPECT_THAT(create("", ""), IsOk());
  EXPECT_THAT(create("", ""), taken);
}

TEST_F(LifecycleTest, AllContentIsReadBackAndLeftOutOfLists) {
  attachments_.known = {std::string(64, 'a')};
  v1::CreateAgreementRequest request = GoodRequest();
  v1::Agreement& a = *request.mutable_agreement();
  auto& basis = *a.add_legal_bases();
  basis.set_document_number("238-QĐ/TW");
  basis.set_title("Quy định");
  basis.set_issue_date("2020-09-30");
  basis.set_issuer("Ban Bí thư");
  for (int i = 0; i < 40; ++i) {
    auto& clause = *a.add_clauses();
    clause.set_area(v1::Agreement::PROMINENT_ISSUES);
    clause.set_heading(absl::StrCat("Điều ", i));
    clause.set_text("Dòng một\nDòng hai");
  }
  a.mutable_cascade_target()->add_levels("DISTRICT");
  a.mutable_cascade_target()->add_units(absl::StrCat("units/", access::kNinhKieu));
  a.mutable_cascade_target()->set_due_date("2021-06-30");
  auto& file = *a.add_attachments();
  file.set_attachment("attachments/" + std::string(64, 'a'));
  file.set_file_name("phụ lục.pdf");
  a.mutable_parties(0)->set_sign_by("2024-01-01");
  auto& group = *a.mutable_signing_plan()->add_groups();
  group.add_parties("bodies/council");
  a.mutable_signing_plan()->add_groups()->add_parties("bodies/party");
  const v1::Agreement created = Create(request);
  EXPECT_EQ(created.level(), "PROVINCE");
  EXPECT_EQ(created.clauses_size(), 40);
  EXPECT_EQ(created.signing_plan().groups(0).required_count(), 1);
  EXPECT_EQ(Get(created.name())->SerializeAsString(), created.SerializeAsString());
  v1::ListAgreementsRequest list;
  list.set_unit(a.unit());
  const auto page = Call(&Stub::ListAgreements, list);
  ASSERT_EQ(page->agreements_size(), 1);
  EXPECT_EQ(page->agreements(0).clauses_size(), 0);
  EXPECT_EQ(page->agreements(0).cascade_target().due_date(), "2021-06-30");

  // Cleared and changed field by field.
  v1::UpdateAgreementRequest update;
  update.mutable_agreement()->set_name(created.name());
  update.mutable_update_mask()->add_paths("clauses");
  update.mutable_update_mask()->add_paths("signing_plan");
  update.mutable_update_mask()->add_paths("attachments");
  const auto changed = Call(&Stub::UpdateAgreement, update);
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->clauses_size(), 0);
  EXPECT_FALSE(changed->has_signing_plan());
  EXPECT_EQ(changed->legal_bases_size(), 1);
  EXPECT_EQ(Get(created.name())->SerializeAsString(), changed->SerializeAsString());
}

TEST_F(LifecycleTest, ListIsFilteredByDocumentedFieldsAndSearchedWithoutMarks) {
  v1::CreateAgreementRequest request = GoodRequest();
  request.mutable_agreement()->set_title("Phối hợp với tỉnh Điện Biên");
  request.mutable_agreement()->add_parties()->set_body("bodies/court");
  auto& clause = *request.mutable_agreement()->add_clauses();
  clause.set_area(v1::Agreement::DUTIES);
  clause.set_text("x");
  const std::string dien_bien = Create(request).name();
  request = GoodRequest();
  request.mutable_agreement()->set_term_start("2022-01-01");
  request.mutable_agreement()->set_document_number("02-CTr/TU");
  const std::string other = InForce(request, "2022-02-01").name();
  struct Row {
    std::string filter;
    std::vector<std::string> found;
  };
  const std::vector<Row> table = {
      {"", {other, dien_bien}},
      {R"(title:"dien bien")", {dien_bien}},
      {"dien", {dien_bien}},
      {R"(title:"điện")", {dien_bien}},
      {"state = DRAFT", {dien_bien}},
      {"state = DRAFT OR state = IN_FORCE", {other, dien_bien}},
      {"NOT state = DRAFT", {other}},
      {"party = bodies/court", {dien_bien}},
      {"party = bodies/party", {other, dien_bien}},
      {"area = DUTIES", {dien_bien}},
      {"area = OTHER", {}},
      {"level = PROVINCE", {other, dien_bien}},
      {R"(document_number:"ctr/tu")", {other}},
      {R"(term_start >= "2021-01-01")", {other}},
      {R"(in_force_date < "2022-02-02")", {other}},
      {R"(state = IN_FORCE AND term_start < "2021-01-01")", {}},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.filter);
    EXPECT_EQ(Listed([&](auto& r) { r.set_filter(row.filter); }), row.found);
  }
  EXPECT_THAT(Listed([](auto& r) { r.set_order_by("term_start"); }), ElementsAre(dien_bien, other));
  v1::ListAgreementsRequest list;
  list.set_unit(absl::StrCat("units/", access::kOldCanTho));
  list.set_filter("secret = 1");
  const auto refused = Call(&Stub::ListAgreements, list);
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "UNKNOWN_FIELD"));
  EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("filter"));
  list.clear_filter();
  list.set_order_by("title");
  EXPECT_THAT(ViolatedFields(Call(&Stub::ListAgreements, list).status()), ElementsAre("order_by"));
}

TEST_F(LifecycleTest, BadContentNamesItsField) {
  struct Row {
    std::string reason, field;
    std::function<void(v1::Agreement&)> spoil;
  };
  const auto clause = [](v1::Agreement& a) {
    auto* clause = a.add_clauses();
    clause->set_area(v1::Agreement::OTHER);
    clause->set_text("x");
    return clause;
  };
  const std::vector<Row> table = {
      {"REQUIRED", "agreement.clauses[0].area", [&](auto& a) { clause(a)->clear_area(); }},
      {"UNKNOWN_AREA", "agreement.clauses[0].area",
       [&](auto& a) { clause(a)->set_area(static_cast<v1::Agreement::Area>(9)); }},
      {"REQUIRED", "agreement.clauses[0].text", [&](auto& a) { clause(a)->clear_text(); }},
      {"INVALID_LENGTH", "agreement.clauses[0].text",
       [&](auto& a) { clause(a)->set_text(std::string(100000, 'x')); }},
      {"INVALID_TEXT", "agreement.clauses[0].text", [&](auto& a) { clause(a)->set_text("a\x07"); }},
      {"NOT_ONE_LINE", "agreement.clauses[0].heading",
       [&](auto& a) { clause(a)->set_heading("a\nb"); }},
      {"TOO_MANY", "agreement.clauses",
       [&](auto& a) {
         for (int i = 0; i < 201; ++i) clause(a);
       }},
      {"REQUIRED", "agreement.legal_bases[0].document_number",
       [](auto& a) { a.add_legal_bases(); }},
      {"TOO_MANY", "agreement.legal_bases",
       [](auto& a) {
         for (int i = 0; i < 31; ++i) a.add_legal_bases()->set_document_number("1");
       }},
      {"INVALID_NAME", "agreement.attachments[0].attachment",
       [](auto& a) {
         a.add_attachments()->set_file_name("x");
         a.mutable_attachments(0)->set_attachment("x");
       }},
      {"INVALID_SHA256", "agreement.attachments[0].attachment",
       [](auto& a) {
         a.add_attachments()->set_file_name("x");
         a.mutable_attachments(0)->set_attachment("attachments/abc");
       }},
      {"NAME_WITH_PATH", "agreement.attachments[0].file_name",
       [](auto& a) {
         a.add_attachments()->set_file_name("../x");
         a.mutable_attachments(0)->set_attachment("attachments/" + std::string(64, 'a'));
       }},
      {"ATTACHMENT_UNKNOWN", "agreement.attachments[0]",
       [](auto& a) {
         a.add_attachments()->set_file_name("x");
         a.mutable_attachments(0)->set_attachment("attachments/" + std::string(64, 'b'));
       }},
      {"UNKNOWN_LEVEL", "agreement.cascade_target.levels[0]",
       [](auto& a) { a.mutable_cascade_target()->add_levels("HAMLET"); }},
      {"UNIT_NOT_BELOW", "agreement.cascade_target.units[0]",
       [](auto& a) { a.mutable_cascade_target()->add_units("units/1"); }},
      {"UNIT_NOT_BELOW", "agreement.cascade_target.subtree",
       [](auto& a) { a.mutable_cascade_target()->set_subtree(a.unit()); }},
      {"INVALID_DAY", "agreement.parties[0].sign_by",
       [](auto& a) { a.mutable_parties(0)->set_sign_by("2024-02-30"); }},
      {"PARTY_WITHOUT_GROUP", "agreement.signing_plan.groups",
       [](auto& a) { a.mutable_signing_plan()->add_groups()->add_parties("bodies/party"); }},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.field + " " + row.reason);
    v1::CreateAgreementRequest request = GoodRequest();
    row.spoil(*request.mutable_agreement());
    const auto refused = Call(&Stub::CreateAgreement, request);
    EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, row.reason));
    EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre(row.field));
  }
  EXPECT_THAT(Listed([](auto&) {}), IsEmpty());
}

}  // namespace
}  // namespace phoihop::agreements
