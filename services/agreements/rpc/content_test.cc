// What an agreement says, and by what it is found.
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/rpc/testing_service.h"
#include "services/agreements/signatures/bundle.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using ContentTest = ServiceTest;

TEST_F(ContentTest, NumbersAreUniqueForTheirIssuerAndSeries) {
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

TEST_F(ContentTest, NumbersAreKeptAsTyped) {
  // No-break spaces, spaces at the ends and the letters' own composition stay.
  const std::string typed = "\u00a0 04\u00a0- CTr/BTGTU-BHXH\u202f ";
  v1::CreateAgreementRequest request = GoodRequest();
  request.mutable_agreement()->set_document_number(typed);
  request.mutable_agreement()->add_legal_bases()->set_document_number("\u00a0238 -QD\u0323/TW ");
  const std::string name = Create(request).name();
  const v1::Agreement kept = *Get(name);
  EXPECT_EQ(kept.document_number(), typed);
  EXPECT_EQ(kept.legal_bases(0).document_number(), "\u00a0238 -QD\u0323/TW ");
  EXPECT_EQ(kept.parsed_number().number(), 4);
  EXPECT_EQ(kept.parsed_number().type(), "CTr");
  EXPECT_EQ(kept.parsed_number().issuer(), "BTGTU-BHXH");
  // Signed as it was typed, and the file's head is what the text says.
  Start(name);
  v1::ExportAgreementRequest file;
  file.set_name(name);
  const auto bundle = ReadBundle(Call(&Stub::ExportAgreement, file)->content());
  ASSERT_THAT(bundle, IsOk());
  EXPECT_EQ(bundle->document_number, typed);
  EXPECT_THAT(bundle->text, ::testing::HasSubstr("\nSố: " + typed + "\n"));
  EXPECT_THAT(VerifyBundle(*bundle, *NewCmsVerifier({}), clock_.Now()).contradictions, IsEmpty());

  // The same number, and spaces alone, which are none.
  v1::CreateAgreementRequest again = GoodRequest();
  again.mutable_agreement()->set_document_number("4-CTr/BTGTU-BHXH");
  EXPECT_THAT(Call(&Stub::CreateAgreement, again),
              StatusIs(StatusCode::kAlreadyExists, "DOCUMENT_NUMBER_TAKEN"));
  again.mutable_agreement()->set_document_number(" \u00a0 ");
  EXPECT_EQ(Create(again).document_number(), "");

  for (const char* refused : {"5-CTr/TU\n", "\t5-CTr/TU", "5-CTr\u2028",
                              "\u0085"
                              "5-CTr"}) {
    again.mutable_agreement()->set_document_number(refused);
    const auto answer = Call(&Stub::CreateAgreement, again);
    EXPECT_THAT(answer, StatusIs(StatusCode::kInvalidArgument, "NOT_ONE_LINE")) << refused;
    EXPECT_THAT(ViolatedFields(answer.status()), ElementsAre("agreement.document_number"));
  }
  again.mutable_agreement()->set_document_number(std::string(99, ' ') + "12");
  EXPECT_THAT(Call(&Stub::CreateAgreement, again),
              StatusIs(StatusCode::kInvalidArgument, "INVALID_LENGTH"));
}

TEST_F(ContentTest, FilterFindsANumberHoweverItWasTyped) {
  const auto create = [&](const std::string& number, const std::string& issuer) {
    v1::CreateAgreementRequest request = GoodRequest();
    request.mutable_agreement()->set_document_number(number);
    request.mutable_agreement()->set_issuing_body(issuer);
    return Create(request).name();
  };
  const std::string at_unit = create("04-CTr/BTGTU-BHXH", "");
  const std::string of_issuer = create("14\u00a0- CTr/BTGTU-LMHTX", "bodies/party");
  const std::string none = create("", "");
  const auto found = [&](const std::string& filter) {
    std::vector<std::string> names = Listed([&](auto& r) { r.set_filter(filter); });
    std::sort(names.begin(), names.end());
    return names;
  };
  for (const char* filter :
       {R"(document_number="04-CTr/BTGTU-BHXH")", R"(document_number="04 - CTr/BTGTU-BHXH")",
        R"(document_number="4 – ctr / btgtu-bhxh")", R"(document_number="04 -CTr*")",
        R"(document_number:"04 - CTr")", R"(document_number:"4-CTr/BTGTU")",
        R"(document_number:"btgtu - bhxh")", R"(document_number:BHXH)"}) {
    EXPECT_THAT(found(filter), ElementsAre(at_unit)) << filter;
  }
  for (const char* filter :
       {R"(document_number="14-CTr/BTGTU-LMHTX")", R"(document_number:"BTGTU - LMHTX")"}) {
    EXPECT_THAT(found(filter), ElementsAre(of_issuer)) << filter;
  }
  EXPECT_THAT(found(R"(document_number="104-CTr/BTGTU-BHXH")"), IsEmpty());
  EXPECT_THAT(found(R"(document_number="")"), ElementsAre(none));
  EXPECT_EQ(found("document_number:*").size(), 2u);
  EXPECT_EQ(found(R"(NOT document_number="04 - CTr/BTGTU-BHXH")").size(), 2u);
}

TEST_F(ContentTest, SeriesFollowsANumberThatComesLater) {
  v1::CreateAgreementRequest request = GoodRequest();
  request.mutable_agreement()->set_issuing_body("bodies/party");
  const v1::Agreement draft = Create(request);
  EXPECT_EQ(draft.document_series(), "2020");
  v1::UpdateAgreementRequest update;
  update.mutable_agreement()->set_name(draft.name());
  update.mutable_agreement()->set_document_number("02-CTr/TU");
  auto updated = Call(&Stub::UpdateAgreement, update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->document_series(), "2020-2025");
  update.mutable_agreement()->clear_document_number();
  update.mutable_agreement()->set_term_start("2019-12-31");
  updated = Call(&Stub::UpdateAgreement, update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->document_series(), "2015-2020");
  // One that somebody typed stays.
  update.mutable_agreement()->set_document_series("Khóa XIII");
  ASSERT_THAT(Call(&Stub::UpdateAgreement, update), IsOk());
  update.mutable_agreement()->clear_document_series();
  update.mutable_agreement()->set_document_number("03-CTr/TU");
  EXPECT_EQ(Call(&Stub::UpdateAgreement, update)->document_series(), "Khóa XIII");
}

TEST_F(ContentTest, AmendmentIsNumberedInTheSeriesOfItsDay) {
  const auto amend = [&](const std::string& name, const std::string& number) {
    v1::CreateAmendmentRequest request;
    request.set_name(name);
    request.set_kind(v1::Agreement::AMENDMENT);
    request.set_effective_date("2025-06-01");
    request.mutable_agreement()->set_document_number(number);
    return Call(&Stub::CreateAmendment, request);
  };
  v1::CreateAgreementRequest request = GoodRequest();
  request.mutable_agreement()->set_issuing_body("bodies/party");
  request.mutable_agreement()->set_document_number("02-CTr/TU");
  const auto party = amend(InForce(request).name(), "02-CTr/TU");
  ASSERT_THAT(party, IsOk());
  EXPECT_EQ(party->document_series(), "2025-2030");
  v1::UpdateAgreementRequest update;
  update.mutable_agreement()->set_name(party->name());
  update.mutable_agreement()->set_document_number("7/CTr-UBND");
  EXPECT_EQ(Call(&Stub::UpdateAgreement, update)->document_series(), "2025");
  // Where a number is the unit's, it is that of the year in which the amendment takes effect.
  request.mutable_agreement()->clear_issuing_body();
  request.mutable_agreement()->set_document_number("09-CTr/TU");
  EXPECT_THAT(amend(InForce(request).name(), "09-CTr/TU"), IsOk());
}

TEST_F(ContentTest, NameOfAFileEndsAsItsType) {
  attachments_.known = {std::string(64, 'a')};
  v1::CreateAgreementRequest request = GoodRequest();
  auto& file = *request.mutable_agreement()->add_attachments();
  file.set_attachment("attachments/" + std::string(64, 'a'));
  for (const char* name : {"phụ lục.docx", "phụ lục", "phụ lục.pdf.exe"}) {
    file.set_file_name(name);
    const auto refused = Call(&Stub::CreateAgreement, request);
    EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "FILE_TYPE"));
    EXPECT_THAT(ViolatedFields(refused.status()),
                ElementsAre("agreement.attachments[0].file_name"));
  }
  file.set_file_name("phụ lục.PDF");
  EXPECT_THAT(Call(&Stub::CreateAgreement, request), IsOk());
}

TEST_F(ContentTest, AllContentIsReadBackAndLeftOutOfLists) {
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

TEST_F(ContentTest, ListIsFilteredByDocumentedFieldsAndSearchedWithoutMarks) {
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
  // Pages in order of the last change go on where they ended.
  list.set_order_by("update_time");
  list.set_page_size(1);
  std::vector<std::string> walked;
  do {
    const auto page = Call(&Stub::ListAgreements, list);
    ASSERT_THAT(page, IsOk());
    ASSERT_LE(page->agreements_size(), 1);
    for (const v1::Agreement& a : page->agreements()) walked.push_back(a.name());
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_THAT(walked, ::testing::UnorderedElementsAre(dien_bien, other));
  list.set_order_by("update_time desc, term_start");
  EXPECT_THAT(ViolatedFields(Call(&Stub::ListAgreements, list).status()), ElementsAre("order_by"));
  list.set_order_by("title");
  EXPECT_THAT(ViolatedFields(Call(&Stub::ListAgreements, list).status()), ElementsAre("order_by"));
}

TEST_F(ContentTest, BadContentNamesItsField) {
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
