#include "services/agreements/domain/content.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/agreements/domain/commands.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

constexpr CivilDay kStart(2020, 9, 30);
constexpr CivilDay kEnd(2025, 9, 30);
constexpr int64_t kUnit = 92;
const absl::Time kNow = StartOfDay(CivilDay(2023, 10, 24));

Content TwoParties() {
  return {"Chương trình phối hợp", "02-CTr/TU", {"party", "council"}, kStart, kEnd, ""};
}

Facts Known(const Content& content) {
  Facts facts;
  for (const std::string& body : content.parties) facts.bodies[body] = BodyFacts{kUnit, {}, {}};
  return facts;
}

Agreement Draft() { return Create("a", kUnit, TwoParties(), Known(TwoParties()), kNow)->after; }

ParentFacts GoodParent() { return {"p", State::kInForce, true, {"q"}}; }

TEST(ContentTest, EachBrokenRuleIsNamed) {
  struct Row {
    std::string reason, field;
    std::function<void(Content&, Facts&)> spoil;
  };
  const std::vector<Row> table = {
      {"PARTY_COUNT", "agreement.parties", [](Content& c, Facts&) { c.parties.pop_back(); }},
      {"PARTY_COUNT", "agreement.parties",
       [](Content& c, Facts& f) {
         for (int i = 0; i < 29; ++i) {
           c.parties.push_back(absl::StrCat("b", i));
           f.bodies[c.parties.back()] = BodyFacts{kUnit, {}, {}};
         }
       }},
      {"PARTY_TWICE", "agreement.parties[2].body",
       [](Content& c, Facts&) { c.parties.push_back("party"); }},
      {"BODY_UNKNOWN", "agreement.parties[1].body",
       [](Content&, Facts& f) { f.bodies["council"] = std::nullopt; }},
      {"PARTY_OF_OTHER_UNIT", "agreement.parties[1].body",
       [](Content&, Facts& f) { f.bodies["council"]->unit = kUnit + 1; }},
      {"BODY_NOT_VALID", "agreement.parties[0].body",
       [](Content&, Facts& f) {
         f.bodies["party"] = BodyFacts{kUnit, kStart + 1, std::nullopt};
       }},
      {"BODY_NOT_VALID", "agreement.parties[0].body",
       [](Content&, Facts& f) {
         f.bodies["party"] = BodyFacts{kUnit, std::nullopt, kStart};
       }},
      {"TERM_REVERSED", "agreement.term_end", [](Content& c, Facts&) { c.term_end = kStart - 1; }},
      {"PARENT_CIRCLE", "agreement.parent", [](Content& c, Facts&) { c.parent = "a"; }},
      {"PARENT_UNKNOWN", "agreement.parent", [](Content&, Facts& f) { f.parent.reset(); }},
      {"PARENT_UNKNOWN", "agreement.parent", [](Content&, Facts& f) { f.parent->id = "x"; }},
      {"PARENT_IS_DRAFT", "agreement.parent",
       [](Content&, Facts& f) { f.parent->state = State::kDraft; }},
      {"PARENT_IS_DRAFT", "agreement.parent",
       [](Content&, Facts& f) { f.parent->state = State::kConsultation; }},
      {"CLAUSES_TOO_LONG", "agreement.clauses",
       [](Content& c, Facts&) {
         c.clauses.assign(31, {Area::kOther, "", std::string(10000, 'x')});
       }},
      {"BASIS_AFTER_TERM_START", "agreement.legal_bases[1].issue_date",
       [](Content& c, Facts&) {
         c.legal_bases = {{"1", "", kStart, ""}, {"2", "", kStart + 1, ""}};
       }},
      {"NOT_A_PARTY", "agreement.issuing_body",
       [](Content& c, Facts&) { c.issuing_body = "court"; }},
      {"GROUP_EMPTY", "agreement.signing_plan.groups[1].parties",
       [](Content& c, Facts&) {
         c.signing_groups = {{{"party", "council"}, 2}, {{}, 1}};
       }},
      {"NOT_A_PARTY", "agreement.signing_plan.groups[0].parties[2]",
       [](Content& c, Facts&) {
         c.signing_groups = {{{"party", "council", "court"}, 2}};
       }},
      {"PARTY_IN_TWO_GROUPS", "agreement.signing_plan.groups[1].parties[0]",
       [](Content& c, Facts&) {
         c.signing_groups = {{{"party", "council"}, 2}, {{"party"}, 1}};
       }},
      {"PARTY_WITHOUT_GROUP", "agreement.signing_plan.groups",
       [](Content& c, Facts&) {
         c.signing_groups = {{{"party"}, 1}};
       }},
      {"REQUIRED_COUNT", "agreement.signing_plan.groups[0].required_count",
       [](Content& c, Facts&) {
         c.signing_groups = {{{"party", "council"}, 3}};
       }},
      {"REQUIRED_COUNT", "agreement.signing_plan.groups[0].required_count",
       [](Content& c, Facts&) {
         c.signing_groups = {{{"party", "council"}, -1}};
       }},
      {"SIGN_BY_AFTER_TERM", "agreement.parties[1].sign_by",
       [](Content& c, Facts&) { c.sign_by["council"] = kEnd + 1; }},
      {"TARGET_AMBIGUOUS", "agreement.cascade_target.units",
       [](Content& c, Facts&) {
         c.cascade_target = {{}, 5, {6}, {}};
       }},
      {"UNIT_TWICE", "agreement.cascade_target.units[1]",
       [](Content& c, Facts&) {
         c.cascade_target = {{}, 0, {6, 6}, {}};
       }},
      {"DUE_OUTSIDE_TERM", "agreement.cascade_target.due_date",
       [](Content& c, Facts&) { c.cascade_target.due = kStart - 1; }},
      {"DUE_OUTSIDE_TERM", "agreement.cascade_target.due_date",
       [](Content& c, Facts&) { c.cascade_target.due = kEnd + 1; }},
      {"UNKNOWN_LEVEL", "agreement.cascade_target.levels[0]",
       [](Content& c, Facts& f) {
         c.cascade_target.levels = {"HAMLET"};
         f.unknown_levels = {"HAMLET"};
       }},
      {"UNIT_NOT_BELOW", "agreement.cascade_target.subtree",
       [](Content& c, Facts& f) {
         c.cascade_target.subtree = 7;
         f.units_not_below = {7};
       }},
      {"UNIT_NOT_BELOW", "agreement.cascade_target.units[1]",
       [](Content& c, Facts& f) {
         c.cascade_target.units = {6, 7};
         f.units_not_below = {7};
       }},
      {"PARENT_NOT_ABOVE", "agreement.parent", [](Content&, Facts& f) { f.parent->above = false; }},
      {"PARENT_CIRCLE", "agreement.parent",
       [](Content&, Facts& f) {
         f.parent->ancestors = {"q", "a"};
       }},
      {"CASCADE_TOO_DEEP", "agreement.parent",
       [](Content&, Facts& f) { f.parent->ancestors.assign(10, "q"); }},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.reason);
    Content content = TwoParties();
    content.parent = "p";
    Facts facts = Known(content);
    facts.parent = GoodParent();
    ASSERT_THAT(Create("a", kUnit, content, facts, kNow), IsOk());
    row.spoil(content, facts);
    const absl::Status status = Create("a", kUnit, content, facts, kNow).status();
    EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument, row.reason));
    EXPECT_THAT(ViolatedFields(status), ElementsAre(row.field));
    EXPECT_THAT(Apply(Draft(), Update{content, facts}, kNow, "m"),
                StatusIs(StatusCode::kInvalidArgument, row.reason));
  }
}

TEST(ContentTest, SeveralBrokenRulesAreToldAtOnce) {
  Content content = TwoParties();
  content.parties.push_back("party");
  content.term_end = kStart - 1;
  EXPECT_THAT(ViolatedFields(Create("a", kUnit, content, Known(content), kNow).status()),
              ElementsAre("agreement.parties[2].body", "agreement.term_end"));
}

TEST(ContentTest, TermOfOneDayAndThirtyPartiesAndABodyOfExactlyThatDayAreFine) {
  Content content = TwoParties();
  content.term_end = kStart;
  for (int i = 0; i < 28; ++i) content.parties.push_back(absl::StrCat("b", i));
  Facts facts = Known(content);
  facts.bodies["party"] = BodyFacts{kUnit, kStart, kStart + 1};
  EXPECT_THAT(Create("a", kUnit, content, facts, kNow), IsOk());
}

TEST(ContentTest, SeriesAndIssuerAreCompletedFromEachOther) {
  Content content = TwoParties();
  CompleteContent(content, kStart);
  EXPECT_EQ(content, TwoParties());
  content.issuing_body = "council";
  CompleteContent(content, kStart);
  EXPECT_EQ(content.document_series, "2020-2025");
  content = TwoParties();
  content.document_series = "Khóa XIII";
  CompleteContent(content, kStart);
  EXPECT_EQ(content.issuing_body, "party");
  EXPECT_EQ(content.document_series, "Khóa XIII");
}

TEST(ContentTest, SeriesThatWasTypedIsNotForgotten) {
  Content content = TwoParties();
  content.document_series = "2020-2025";
  ForgetDerivedSeries(content, kStart);
  EXPECT_EQ(content.document_series, "");
  content.document_series = "2021";
  ForgetDerivedSeries(content, kStart);
  EXPECT_EQ(content.document_series, "2021");
}

TEST(ContentTest, SeriesIsTheCommitteesTermForThePartyAndTheYearForTheState) {
  EXPECT_EQ(DeriveSeries("02-CTr/TU", CivilDay(2020, 1, 1)), "2020-2025");
  EXPECT_EQ(DeriveSeries("02-CTr/TU", CivilDay(2024, 12, 31)), "2020-2025");
  EXPECT_EQ(DeriveSeries("02-CTr/TU", CivilDay(2025, 1, 1)), "2025-2030");
  EXPECT_EQ(DeriveSeries("02-CTr/TU", CivilDay(2019, 1, 1)), "2015-2020");
  EXPECT_EQ(DeriveSeries("12/CTr-UBND", CivilDay(2024, 1, 1)), "2024");
  EXPECT_EQ(DeriveSeries("", CivilDay(2024, 1, 1)), "2024");
  // What stands in the number counts, whenever the term begins.
  EXPECT_EQ(DeriveSeries("05/2026/CTrPH-UBND", CivilDay(2027, 1, 1)), "2026");
  EXPECT_EQ(DeriveSeries("09/2019/NĐ-CP", CivilDay(2026, 1, 1)), "2019");
}

}  // namespace
}  // namespace phoihop::agreements
