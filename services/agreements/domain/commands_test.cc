#include "services/agreements/domain/commands.h"

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

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

constexpr CivilDay kStart(2020, 9, 30);
constexpr CivilDay kEnd(2025, 9, 30);
const absl::Time kNow = StartOfDay(CivilDay(2023, 10, 24)) + absl::Hours(9);

Content TwoParties() {
  return {"Chương trình phối hợp",
          "02-CTr/BTGTU-ĐĐHĐND-BCSĐUBNDTP",
          {"party", "council"},
          kStart,
          kEnd,
          ""};
}

constexpr int64_t kUnit = 92;

Facts Known(const Content& content) {
  Facts facts;
  for (const std::string& body : content.parties) facts.bodies[body] = BodyFacts{kUnit, {}, {}};
  return facts;
}

Agreement Draft() { return Create("a", kUnit, TwoParties(), Known(TwoParties()), kNow)->after; }

Agreement After(const Agreement& agreement, const Command& command) {
  const absl::StatusOr<Change> change = Apply(agreement, command, kNow, "members/m");
  EXPECT_THAT(change, IsOk());
  return change->after;
}

Sign SignOf(std::string party, CivilDay day = CivilDay(2020, 10, 1)) {
  return {std::move(party), day, "Nguyễn Văn A", "Trưởng ban"};
}

Agreement Signing() { return After(Draft(), OpenForSigning{}); }
Agreement HalfSigned() { return After(Signing(), SignOf("party")); }
Agreement InForce() { return After(HalfSigned(), SignOf("council")); }

TEST(AgreementStatesTest, EveryStateAnswersEveryCommandAsTheTableSays) {
  const Command update = Update{TwoParties(), Known(TwoParties())};
  const Command start = OpenForSigning{};
  const Command party = SignOf("party");
  const Command council = SignOf("council");
  const Command stranger = SignOf("stranger");
  struct Row {
    const char* name;
    Agreement before;
    Command command;
    std::string reason;  // "" when it is done
    State after;
  };
  const std::vector<Row> table = {
      {"draft, update", Draft(), update, "", State::kDraft},
      {"draft, start", Draft(), start, "", State::kSigning},
      {"draft, sign", Draft(), party, "AGREEMENT_NOT_SIGNING", State::kDraft},
      {"draft, stranger", Draft(), stranger, "AGREEMENT_NOT_SIGNING", State::kDraft},
      {"signing, update", Signing(), update, "AGREEMENT_NOT_DRAFT", State::kSigning},
      {"signing, start", Signing(), start, "AGREEMENT_NOT_DRAFT", State::kSigning},
      {"signing, sign", Signing(), party, "", State::kSigning},
      {"signing, stranger", Signing(), stranger, "NOT_A_PARTY", State::kSigning},
      {"half signed, update", HalfSigned(), update, "AGREEMENT_NOT_DRAFT", State::kSigning},
      {"half signed, start", HalfSigned(), start, "AGREEMENT_NOT_DRAFT", State::kSigning},
      {"half signed, same", HalfSigned(), party, "PARTY_HAS_SIGNED", State::kSigning},
      {"half signed, last", HalfSigned(), council, "", State::kInForce},
      {"in force, update", InForce(), update, "AGREEMENT_NOT_DRAFT", State::kInForce},
      {"in force, start", InForce(), start, "AGREEMENT_NOT_DRAFT", State::kInForce},
      {"in force, sign", InForce(), party, "PARTY_HAS_SIGNED", State::kInForce},
      {"in force, stranger", InForce(), stranger, "NOT_A_PARTY", State::kInForce},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.name);
    const absl::StatusOr<Change> change = Apply(row.before, row.command, kNow, "members/m");
    EXPECT_EQ(ErrorReason(change.status()), row.reason);
    EXPECT_EQ(change.ok(), row.reason.empty());
    if (!change.ok()) continue;
    EXPECT_EQ(change->after.state, row.after);
    EXPECT_EQ(change->after.revision, row.before.revision + 1);
    EXPECT_EQ(change->after.update_time, kNow);
    EXPECT_EQ(change->put_in_force, row.after == State::kInForce);
  }
}

TEST(SignTest, LastSignaturePutsInForceOnTheLatestSignDateInWhateverOrder) {
  const CivilDay early(2020, 9, 1), late(2020, 12, 5);
  for (const bool late_first : {true, false}) {
    const Agreement half = After(Signing(), SignOf("party", late_first ? late : early));
    EXPECT_FALSE(half.in_force_date.has_value());
    const auto last = Apply(half, SignOf("council", late_first ? early : late), kNow, "members/m");
    ASSERT_THAT(last, IsOk());
    EXPECT_EQ(last->after.in_force_date, late);
    EXPECT_EQ(last->effective, late);
    EXPECT_TRUE(last->put_in_force);
  }
}

TEST(SignTest, KeepsWhoSignedWhoRecordedAndWhen) {
  const auto change = Apply(Signing(), SignOf("council", CivilDay(2020, 10, 2)), kNow, "members/m");
  ASSERT_THAT(change, IsOk());
  EXPECT_FALSE(change->after.parties[0].signature.has_value());
  EXPECT_EQ(change->after.parties[1].signature,
            (Signature{CivilDay(2020, 10, 2), "members/m", "Nguyễn Văn A", "Trưởng ban", kNow}));
  EXPECT_EQ(change->effective, CivilDay(2020, 10, 2));
}

TEST(SignTest, DayIsBoundedByTodayInVietnamAndTheTerm) {
  const absl::Time late_evening_utc = StartOfDay(CivilDay(2023, 10, 25));  // 24th 17:00 UTC
  EXPECT_THAT(Apply(Signing(), SignOf("party", CivilDay(2023, 10, 25)), late_evening_utc, "m"),
              IsOk());
  EXPECT_THAT(Apply(Signing(), SignOf("party", CivilDay(2023, 10, 25)),
                    late_evening_utc - absl::Seconds(1), "m"),
              StatusIs(StatusCode::kInvalidArgument, "SIGN_DATE_IN_FUTURE"));
  const absl::Time after_term = StartOfDay(kEnd + 30);
  EXPECT_THAT(Apply(Signing(), SignOf("party", kEnd), after_term, "m"), IsOk());
  EXPECT_THAT(Apply(Signing(), SignOf("party", kEnd + 1), after_term, "m"),
              StatusIs(StatusCode::kInvalidArgument, "SIGN_DATE_AFTER_TERM"));
}

TEST(SignTest, DayMoreThanAYearBeforeTheTermIsRefused) {
  const CivilDay earliest(2019, 9, 30);
  EXPECT_THAT(Apply(Signing(), SignOf("party", earliest), kNow, "m"), IsOk());
  for (const CivilDay day : {earliest - 1, CivilDay(1900, 1, 1)}) {
    const absl::Status refused = Apply(Signing(), SignOf("party", day), kNow, "m").status();
    EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "SIGN_DATE_TOO_EARLY"));
    EXPECT_THAT(ViolatedFields(refused), ElementsAre("sign_date"));
  }
}

TEST(SignTest, RunAgainGivesTheSame) {
  const Agreement half = HalfSigned();
  EXPECT_EQ(Apply(half, SignOf("council"), kNow, "m")->after,
            Apply(half, SignOf("council"), kNow, "m")->after);
}

TEST(CreateTest, NewDraftCarriesItsContentAndRevisionOne) {
  const Agreement draft = Draft();
  EXPECT_EQ(draft.content(), TwoParties());
  EXPECT_EQ(draft.state, State::kDraft);
  EXPECT_EQ(draft.revision, 1);
  EXPECT_EQ(draft.unit, kUnit);
  EXPECT_EQ(draft.create_time, kNow);
}

TEST(UpdateTest, ReplacesContentAndHoldsFromTheNewTerm) {
  Content content = TwoParties();
  content.title = "Khác";
  content.parties = {"council", "court", "party"};
  content.term_start = CivilDay(2021, 1, 1);
  const auto change = Apply(Draft(), Update{content, Known(content)}, kNow, "members/m");
  ASSERT_THAT(change, IsOk());
  EXPECT_EQ(change->after.content(), content);
  EXPECT_EQ(change->after.create_time, Draft().create_time);
  EXPECT_EQ(change->effective, CivilDay(2021, 1, 1));
}

TEST(UpdateTest, PartyNobodyAskedForMeansThatTheDraftChangedMeanwhile) {
  Facts facts = Known(TwoParties());
  facts.bodies.erase("council");
  EXPECT_THAT(Apply(Draft(), Update{TwoParties(), facts}, kNow, "members/m"),
              StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
}

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

}  // namespace
}  // namespace phoihop::agreements
