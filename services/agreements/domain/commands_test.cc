#include "services/agreements/domain/commands.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/agreements/domain/testing_commands.h"

namespace phoihop::agreements {
namespace {

using namespace testing;  // NOLINT: the agreements of testing_commands.h
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

TEST(AgreementStatesTest, EveryStateAnswersEveryCommandAsTheTableSays) {
  struct Start {
    const char* name;
    Agreement agreement;
  };
  const std::vector<Start> states = {
      {"draft", Draft()},
      {"consultation", Consulting()},
      {"signing", Signing()},
      {"half signed", HalfSigned()},
      {"in force", InForce()},
      {"concluded", Ended(Conclude{})},
      {"terminated", Ended(TerminateOn(CivilDay(2024, 1, 1)))},
      {"superseded", Ended(Supersede{Successor()})},
      {"deleted", Deleted()},
      {"signed amendment", SignedAmendment()},
  };
  struct Row {
    const char* name;
    Command command;
    // For each state above the state after it, or the reason why not. D draft, C consultation,
    // S signing, F in force, X concluded, T terminated, U superseded.
    std::vector<std::string> outcomes;
  };
  const std::string draft = "AGREEMENT_NOT_DRAFT", deleted = "AGREEMENT_DELETED",
                    not_signing = "AGREEMENT_NOT_SIGNING", signed_ = "PARTY_HAS_SIGNED",
                    stranger = "NOT_A_PARTY", back = "NOTHING_TO_RETURN",
                    not_force = "AGREEMENT_NOT_IN_FORCE", amendment = "AGREEMENT_IS_AMENDMENT",
                    there = "AGREEMENT_NOT_DELETED";
  const std::vector<Row> table = {
      {"update",
       Update{TwoParties(), Known(TwoParties())},
       {"D", draft, draft, draft, draft, draft, draft, draft, deleted, draft}},
      {"consult",
       OpenConsultation{kEnd + 1},
       {"COMMENT_BY_AFTER_TERM", draft, draft, draft, draft, draft, draft, draft, deleted, draft}},
      {"open",
       OpenForSigning{},
       {"S", "S", draft, draft, draft, draft, draft, draft, deleted, draft}},
      {"return", TakeBack{"sai"}, {back, "D", "D", "D", back, back, back, back, deleted, back}},
      {"sign party",
       SignOf("party"),
       {not_signing, not_signing, "S", signed_, signed_, signed_, signed_, signed_, deleted,
        signed_}},
      {"sign council",
       SignOf("council"),
       {not_signing, not_signing, "S", "F", signed_, signed_, signed_, signed_, deleted, signed_}},
      {"sign stranger",
       SignOf("stranger"),
       {not_signing, not_signing, stranger, stranger, stranger, stranger, stranger, stranger,
        deleted, stranger}},
      {"reject party",
       Reject{"party", "không đồng ý"},
       {not_signing, not_signing, "D", signed_, signed_, signed_, signed_, signed_, deleted,
        signed_}},
      {"reject council",
       Reject{"council", "không đồng ý"},
       {not_signing, not_signing, "D", "D", signed_, signed_, signed_, signed_, deleted, signed_}},
      {"extend council",
       Extend{"council", kEnd},
       {not_signing, not_signing, "SIGN_BY_PASSED", "SIGN_BY_PASSED", signed_, signed_, signed_,
        signed_, deleted, signed_}},
      {"conclude",
       Conclude{},
       {not_force, not_force, not_force, not_force, "X", not_force, not_force, not_force, deleted,
        amendment}},
      {"terminate",
       TerminateOn(CivilDay(2024, 1, 1)),
       {not_force, not_force, not_force, not_force, "T", not_force, not_force, not_force, deleted,
        amendment}},
      {"supersede",
       Supersede{Successor()},
       {not_force, not_force, not_force, not_force, "U", not_force, not_force, not_force, deleted,
        amendment}},
      {"amend",
       Amend{SignedAmendment()},
       {not_force, not_force, not_force, not_force, "F", not_force, not_force, not_force, deleted,
        amendment}},
      {"delete", Delete{}, {"D", draft, draft, draft, draft, draft, draft, draft, deleted, draft}},
      {"undelete",
       Undelete{},
       {there, there, there, there, there, there, there, there, "D", there}},
  };
  const std::map<std::string, State> codes = {{"D", State::kDraft},     {"C", State::kConsultation},
                                              {"S", State::kSigning},   {"F", State::kInForce},
                                              {"X", State::kConcluded}, {"T", State::kTerminated},
                                              {"U", State::kSuperseded}};
  for (const Row& row : table) {
    ASSERT_EQ(row.outcomes.size(), states.size()) << row.name;
    for (size_t i = 0; i < states.size(); ++i) {
      SCOPED_TRACE(absl::StrCat(states[i].name, ", ", row.name));
      const Agreement& before = states[i].agreement;
      const absl::StatusOr<Change> change = Apply(before, row.command, kAfterTerm, "members/m");
      const bool allowed = codes.contains(row.outcomes[i]);
      EXPECT_EQ(ErrorReason(change.status()), allowed ? "" : row.outcomes[i]);
      ASSERT_EQ(change.ok(), allowed);
      if (!allowed) continue;
      EXPECT_EQ(change->after.state, codes.at(row.outcomes[i]));
      EXPECT_EQ(change->after.revision, before.revision + 1);
      EXPECT_EQ(change->after.update_time, kAfterTerm);
      EXPECT_EQ(change->put_in_force,
                before.state == State::kSigning && change->after.state == State::kInForce);
    }
  }
}

TEST(ConsultationTest, SigningWaitsForAnswersAndCommentsNeedADayToCome) {
  EXPECT_THAT(Apply(Consulting(), OpenForSigning{{}, 1}, kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "COMMENTS_UNANSWERED"));
  EXPECT_THAT(Apply(Draft(), OpenConsultation{CivilDay(2023, 10, 23)}, kNow, "m"),
              StatusIs(StatusCode::kInvalidArgument, "COMMENT_BY_PASSED"));
  EXPECT_THAT(Apply(Draft(), OpenConsultation{kEnd + 1}, kNow, "m"),
              StatusIs(StatusCode::kInvalidArgument, "COMMENT_BY_AFTER_TERM"));
  EXPECT_THAT(Apply(Draft(), OpenConsultation{kEnd}, kNow, "m"), IsOk());
  EXPECT_EQ(Consulting().comment_by, CivilDay(2023, 11, 1));
}

TEST(EndTest, DaysOfTerminationTable) {
  const std::vector<std::pair<CivilDay, std::string>> table = {
      {CivilDay(2020, 9, 30), "DATE_BEFORE_IN_FORCE"},
      {CivilDay(2020, 10, 1), ""},
      {CivilDay(2023, 10, 24), ""},
      {CivilDay(2023, 10, 25), "DATE_IN_FUTURE"},
  };
  for (const auto& [day, reason] : table) {
    const auto change = Apply(InForce(), TerminateOn(day), kNow, "m");
    EXPECT_EQ(ErrorReason(change.status()), reason) << day;
    if (!change.ok()) continue;
    EXPECT_EQ(InForceUntil(change->after), day);
    EXPECT_EQ(change->after.in_force_date, CivilDay(2020, 10, 1));
  }
  EXPECT_THAT(Apply(InForce(), TerminateOn(kEnd + 1), kAfterTerm, "m"),
              StatusIs(StatusCode::kInvalidArgument, "DATE_AFTER_TERM"));
  EXPECT_THAT(Apply(InForce(), Conclude{}, StartOfDay(kEnd), "m"),
              StatusIs(StatusCode::kFailedPrecondition, "TERM_NOT_ENDED"));
  EXPECT_EQ(InForceUntil(Ended(Conclude{})), kEnd + 1);
}

TEST(EndTest, SuccessorTable) {
  struct Row {
    std::string reason;
    std::function<void(std::optional<Agreement>&)> spoil;
  };
  const std::vector<Row> table = {
      {"", [](auto&) {}},
      {"SUCCESSOR_UNKNOWN", [](auto& s) { s.reset(); }},
      {"SUCCESSOR_IS_SELF", [](auto& s) { s->id = "a"; }},
      {"SUCCESSOR_OF_OTHER_UNIT", [](auto& s) { s->unit = 1; }},
      {"SUCCESSOR_NOT_IN_FORCE", [](auto& s) { s->state = State::kSigning; }},
      {"SUCCESSOR_NOT_IN_FORCE", [](auto& s) { s->in_force_date.reset(); }},
      {"SUCCESSOR_TOO_EARLY", [](auto& s) { s->in_force_date = CivilDay(2020, 9, 30); }},
  };
  for (const Row& row : table) {
    std::optional<Agreement> successor = Successor();
    row.spoil(successor);
    EXPECT_EQ(ErrorReason(Apply(InForce(), Supersede{successor}, kNow, "m").status()), row.reason);
  }
  std::optional<Agreement> elsewhere = Successor();
  elsewhere->unit = 1;
  EXPECT_THAT(Apply(InForce(), Supersede{elsewhere, /*of_succeeding_unit=*/true}, kNow, "m"),
              IsOk());
  EXPECT_EQ(InForceUntil(After(InForce(), Supersede{Successor()})), CivilDay(2022, 1, 1));
  // A successor that begins after the term shortens nothing.
  Agreement late = Successor();
  late.in_force_date = kEnd + 30;
  EXPECT_EQ(InForceUntil(After(InForce(), Supersede{late})), kEnd + 1);
}

TEST(AmendmentTest, SignedAmendmentIsTheNextVersionFromItsDay) {
  const Agreement base = InForce();
  EXPECT_EQ(base.version, 1);
  EXPECT_EQ(base.version_date, CivilDay(2020, 10, 1));
  const Agreement amendment = SignedAmendment();
  EXPECT_EQ(amendment.state, State::kInForce);
  EXPECT_EQ(amendment.in_force_date, std::nullopt);
  EXPECT_EQ(amendment.version, 0);
  const Agreement after = After(base, Amend{amendment});
  EXPECT_EQ(after.version, 2);
  EXPECT_EQ(after.version_date, kAmendedFrom);
  EXPECT_EQ(after.version_by, "m");
  EXPECT_EQ(after.parties, amendment.parties);
  EXPECT_EQ(after.term_end, kEnd + 365);
  EXPECT_EQ(after.in_force_date, base.in_force_date);
  EXPECT_EQ(after.document_number, base.document_number);
  EXPECT_EQ(after.text_sha256, amendment.text_sha256);
}

TEST(AmendmentTest, RulesTable) {
  struct Row {
    std::string reason;
    AmendmentKind kind = AmendmentKind::kAmendment;
    CivilDay effective = kAmendedFrom;
    std::function<void(Content&)> spoil = [](Content&) {};
  };
  const std::vector<Row> table = {
      {""},
      {"", AmendmentKind::kAmendment, CivilDay(2020, 10, 2)},
      {"EFFECTIVE_DATE", AmendmentKind::kAmendment, CivilDay(2020, 10, 1)},
      {"EFFECTIVE_DATE", AmendmentKind::kAmendment, kEnd + 2},
      {"NOT_AN_EXTENSION", AmendmentKind::kExtension},
      {"", AmendmentKind::kExtension, kEnd + 1, [](Content& c) { c.term_end = kEnd + 1; }},
      {"TERM_ENDS_EARLIER", AmendmentKind::kAmendment, kAmendedFrom,
       [](Content& c) { c.term_end = kAmendedFrom - 1; }},
      {"FIXED_FIELD", AmendmentKind::kAmendment, kAmendedFrom,
       [](Content& c) { c.term_start = kStart + 1; }},
      {"FIXED_FIELD", AmendmentKind::kAmendment, kAmendedFrom, [](Content& c) { c.parent = "p"; }},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.reason);
    Content content = TwoParties();
    row.spoil(content);
    EXPECT_EQ(ErrorReason(AmendmentOf(InForce(), content, row.kind, row.effective).status()),
              row.reason);
  }
  EXPECT_THAT(AmendmentOf(Signing(), TwoParties()),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
  EXPECT_THAT(AmendmentOf(SignedAmendment(), TwoParties()),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_IS_AMENDMENT"));
  // New parties have to exist when the amendment takes effect, not when the term began.
  Content content = TwoParties();
  content.parties.push_back("court");
  Facts facts = Known(content);
  facts.bodies["court"] = BodyFacts{kUnit, kAmendedFrom, std::nullopt};
  EXPECT_THAT(
      DraftAmendment("m", InForce(), AmendmentKind::kAmendment, kAmendedFrom, content, facts, kNow),
      IsOk());
}

TEST(DeleteTest, DraftThatOthersCarryOutStaysAndKeepsItsParent) {
  EXPECT_THAT(Apply(Draft(), Delete{true}, kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_HAS_FOLLOWERS"));
  EXPECT_EQ(Deleted().delete_time, kNow);
  EXPECT_EQ(After(Deleted(), Undelete{}).delete_time, std::nullopt);
  Agreement carried = Draft();
  carried.parent = "p";
  Facts facts = Known(TwoParties());
  facts.has_children = true;
  EXPECT_THAT(Apply(carried, Update{TwoParties(), facts}, kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "PARENT_FIXED"));
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

TEST(AmendmentTest, SignedLateItHoldsFromItsLastSignature) {
  Content content = TwoParties();
  content.title = "Chương trình phối hợp (sửa đổi)";
  Agreement amendment =
      AmendmentOf(InForce(), content, AmendmentKind::kAmendment, CivilDay(2023, 2, 1))->after;
  amendment = After(amendment, OpenForSigning{});
  for (const auto& [body, day] :
       {std::pair("party", CivilDay(2023, 10, 20)), std::pair("council", CivilDay(2023, 10, 18))}) {
    Sign sign = SignOf(body, day);
    sign.text_sha256 = amendment.text_sha256;
    amendment = After(amendment, sign);
  }
  EXPECT_EQ(amendment.state, State::kInForce);
  EXPECT_EQ(amendment.amendment->effective, CivilDay(2023, 2, 1));
  EXPECT_EQ(HoldsFrom(amendment), CivilDay(2023, 10, 20));
  const auto amended = Apply(InForce(), Amend{amendment}, kNow, "");
  ASSERT_THAT(amended, IsOk());
  EXPECT_EQ(amended->after.version_date, CivilDay(2023, 10, 20));
  EXPECT_EQ(amended->effective, CivilDay(2023, 10, 20));
  EXPECT_EQ(amended->after.title, content.title);
  // A new end that had passed when the last party signed would change the past.
  Agreement ended = amendment;
  ended.term_end = CivilDay(2023, 10, 19);
  EXPECT_THAT(Apply(InForce(), Amend{ended}, kNow, ""), IsOk());
  ended.term_end = CivilDay(2023, 10, 18);
  EXPECT_THAT(Apply(InForce(), Amend{ended}, kNow, ""),
              StatusIs(StatusCode::kFailedPrecondition, "AMENDMENT_TOO_LATE"));
  // In between nothing was in force, which an extension cannot change afterwards.
  Agreement over = InForce();
  over.term_end = CivilDay(2023, 10, 18);
  EXPECT_THAT(Apply(over, Amend{amendment}, kNow, ""),
              StatusIs(StatusCode::kFailedPrecondition, "AMENDMENT_TOO_LATE"));
  over.term_end = CivilDay(2023, 10, 19);
  EXPECT_THAT(Apply(over, Amend{amendment}, kNow, ""), IsOk());
}

}  // namespace
}  // namespace phoihop::agreements
