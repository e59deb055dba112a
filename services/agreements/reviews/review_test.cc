#include "services/agreements/reviews/review.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/agreements/reviews/evaluation.h"
#include "services/agreements/reviews/obligations.h"

namespace phoihop::agreements::reviews {
namespace {

using absl::CivilDay;
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

// Noon of a day in Vietnam.
absl::Time At(CivilDay day) { return StartOfDay(day) + absl::Hours(12); }

constexpr CivilDay kToday(2024, 1, 8);

Ground GoodGround() {
  Ground ground;
  ground.agreement = "a1";
  ground.unit = 2;
  ground.term_start = CivilDay(2021, 1, 1);
  ground.first_day = CivilDay(2021, 1, 1);
  ground.was_in_force = true;
  ground.last_day = CivilDay(2025, 12, 31);
  ground.parties = {"party", "council"};
  return ground;
}

ReviewContent GoodContent() {
  return {ReviewKind::kPreliminary,
          "Sơ kết 3 năm",
          {{FindingKind::kResult, "Kết quả"}, {FindingKind::kProposal, "Đề xuất", 2}}};
}

Review Draft() {
  const auto review =
      NewReview("r1", GoodGround(), {CivilDay(2021, 1, 1), CivilDay(2023, 12, 31)}, GoodContent(),
                {{FigureKind::kCoverage, "DISTRICT", 9, 9}}, At(kToday));
  EXPECT_THAT(review, IsOk());
  return *review;
}

Review InState(ReviewState state) {
  Review review = Draft();
  review.state = state;
  if (state == ReviewState::kApproved) review.approve_day = kToday;
  return review;
}

review_command::FollowUp GoodFollowUp() {
  review_command::FollowUp command;
  command.finding = 2;
  command.body = "council";
  command.due = CivilDay(2024, 6, 28);
  command.ground = GoodGround();
  command.bodies["council"] = BodyFacts{2, {}, {}};
  return command;
}

review_command::Complete GoodComplete() {
  return {1, "council", CivilDay(2024, 1, 8), "15-BC/HĐND", ""};
}

struct IntervalCase {
  const char* what;
  DayInterval interval;
  const char* reason;
  const char* field;
};

TEST(ReviewTest, OnlyAnIntervalThatHasEndedWithinTheTermIsReviewed) {
  const CivilDay today = kToday;
  const IntervalCase cases[] = {
      {"a year", {CivilDay(2023, 1, 1), CivilDay(2023, 12, 31)}, "", ""},
      {"ended yesterday", {CivilDay(2023, 1, 1), today - 1}, "", ""},
      {"ends today", {CivilDay(2023, 1, 1), today}, "REVIEW_NOT_ENDED", "review.last_date"},
      {"ends later",
       {CivilDay(2023, 1, 1), CivilDay(2024, 12, 31)},
       "REVIEW_NOT_ENDED",
       "review.last_date"},
      {"begins too early",
       {CivilDay(2020, 12, 31), CivilDay(2023, 12, 31)},
       "OUTSIDE_TERM",
       "review.first_date"},
      {"ends after the term",
       {CivilDay(2021, 1, 1), CivilDay(2026, 1, 1)},
       "OUTSIDE_TERM",
       "review.last_date"},
  };
  for (const IntervalCase& c : cases) {
    const auto review = NewReview("r", GoodGround(), c.interval, GoodContent(), {}, At(today));
    EXPECT_EQ(ErrorReason(review.status()), c.reason) << c.what;
    if (!review.ok()) {
      EXPECT_THAT(ViolatedFields(review.status()), ElementsAre(c.field)) << c.what;
    }
  }
  Ground draft = GoodGround();
  draft.was_in_force = false;
  EXPECT_THAT(NewReview("r", draft, cases[0].interval, GoodContent(), {}, At(today)),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
  // The last day ends at midnight in Vietnam, not before.
  const DayInterval year = {CivilDay(2023, 1, 1), CivilDay(2023, 12, 31)};
  const absl::Time midnight = StartOfDay(CivilDay(2024, 1, 1));
  EXPECT_THAT(
      NewReview("r", GoodGround(), year, GoodContent(), {}, midnight - absl::Microseconds(1)),
      StatusIs(StatusCode::kInvalidArgument, "REVIEW_NOT_ENDED"));
  EXPECT_THAT(NewReview("r", GoodGround(), year, GoodContent(), {}, midnight), IsOk());
}

struct StateCase {
  const char* what;
  ReviewCommand command;
  // By state: the reason of the refusal, empty when allowed, and the state after.
  struct {
    const char* reason;
    ReviewState after;
  } in[3];
};

TEST(ReviewTest, EveryCommandInEveryState) {
  constexpr auto kDraft = ReviewState::kDraft;
  constexpr auto kApproved = ReviewState::kApproved;
  constexpr auto kDeleted = ReviewState::kDeleted;
  ReviewContent other = GoodContent();
  other.title = "Tên khác";
  const StateCase cases[] = {
      // DRAFT, APPROVED, DELETED
      {"change",
       review_command::Change{other},
       {{"", kDraft}, {"REVIEW_NOT_DRAFT", kApproved}, {"REVIEW_NOT_DRAFT", kDeleted}}},
      {"refresh",
       review_command::Refresh{{{FigureKind::kVisits, "", 3}}},
       {{"", kDraft}, {"REVIEW_NOT_DRAFT", kApproved}, {"REVIEW_NOT_DRAFT", kDeleted}}},
      {"approve",
       review_command::Approve{kToday, "Trần Thị Ử", "Trưởng ban"},
       {{"", kApproved}, {"REVIEW_NOT_DRAFT", kApproved}, {"REVIEW_NOT_DRAFT", kDeleted}}},
      {"delete",
       review_command::Delete{},
       {{"", kDeleted}, {"REVIEW_NOT_DRAFT", kApproved}, {"REVIEW_NOT_DRAFT", kDeleted}}},
      {"follow up",
       GoodFollowUp(),
       {{"REVIEW_NOT_APPROVED", kDraft}, {"", kApproved}, {"REVIEW_NOT_APPROVED", kDeleted}}},
      {"complete",
       GoodComplete(),
       {{"REVIEW_NOT_APPROVED", kDraft}, {"", kApproved}, {"REVIEW_NOT_APPROVED", kDeleted}}},
  };
  for (const StateCase& c : cases) {
    for (size_t i = 0; i < std::size(kAllReviewStates); ++i) {
      Review before = InState(kAllReviewStates[i]);
      if (std::string(c.what) == "complete") before.follow_ups = {{2, "council", kToday}};
      const auto after = Apply(before, c.command, At(kToday), "members/m");
      const std::string where = absl::StrCat(c.what, " in state ", i + 1);
      EXPECT_EQ(ErrorReason(after.status()), c.in[i].reason) << where;
      if (!after.ok()) continue;
      EXPECT_EQ(after->state, c.in[i].after) << where;
      EXPECT_EQ(after->revision, before.revision + 1) << where;
    }
  }
}

TEST(ReviewTest, NothingChangedIsNoRevision) {
  const Review draft = Draft();
  const auto after = Apply(draft, review_command::Change{draft.content}, At(kToday + 1), "m");
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(*after, draft);
}

TEST(ReviewTest, ApprovalFreezesWhatWasThere) {
  const Review draft = Draft();
  const auto approved = Apply(draft, review_command::Approve{kToday, "Trần Thị Ử", "Trưởng ban"},
                              At(kToday), "members/m");
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->figures, draft.figures);
  EXPECT_EQ(approved->figures_time, draft.figures_time);
  EXPECT_EQ(approved->approve_day, kToday);
  EXPECT_EQ(approved->approved_by, "members/m");
}

TEST(ReviewTest, ApprovalIsRefused) {
  Review empty = Draft();
  empty.content.findings.clear();
  EXPECT_THAT(Apply(empty, review_command::Approve{kToday, "n", "t"}, At(kToday), "m"),
              StatusIs(StatusCode::kFailedPrecondition, "REVIEW_EMPTY"));
  EXPECT_THAT(Apply(Draft(), review_command::Approve{kToday + 1, "n", "t"}, At(kToday), "m"),
              StatusIs(StatusCode::kInvalidArgument, "DATE_IN_FUTURE"));
  EXPECT_THAT(
      Apply(Draft(), review_command::Approve{CivilDay(2023, 12, 31), "n", "t"}, At(kToday), "m"),
      StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY"));
}

TEST(ReviewTest, FollowUpIsRefused) {
  const Review approved = InState(ReviewState::kApproved);
  const auto reason = [&](void (*spoil)(review_command::FollowUp&), const Review& review) {
    review_command::FollowUp command = GoodFollowUp();
    spoil(command);
    return ErrorReason(Apply(review, command, At(kToday), "m").status());
  };
  EXPECT_EQ(reason([](auto& c) { c.finding = 0; }, approved), "FINDING_UNKNOWN");
  EXPECT_EQ(reason([](auto& c) { c.finding = 3; }, approved), "FINDING_UNKNOWN");
  EXPECT_EQ(reason([](auto& c) { c.finding = 1; }, approved), "NOT_A_PROPOSAL");
  EXPECT_EQ(reason([](auto& c) { c.body = "stranger"; }, approved), "NOT_A_PARTY");
  EXPECT_EQ(reason([](auto& c) { c.body = "party"; }, approved), "ETAG_MISMATCH");
  EXPECT_EQ(reason([](auto& c) { c.bodies["council"]->until = c.due; }, approved),
            "BODY_NOT_VALID");
  EXPECT_EQ(reason([](auto& c) { c.due = kToday - 1; }, approved), "DUE_IN_PAST");
  EXPECT_EQ(reason([](auto& c) { c.due = CivilDay(2026, 1, 1); }, approved), "DUE_OUTSIDE_TERM");
  EXPECT_EQ(reason([](auto& c) { c.due = CivilDay(2025, 12, 31); }, approved), "");
  Review final = approved;
  final.content.kind = ReviewKind::kFinal;
  EXPECT_EQ(reason([](auto& c) { c.due = CivilDay(2028, 12, 31); }, final), "");
  EXPECT_EQ(reason([](auto& c) { c.due = CivilDay(2029, 1, 1); }, final), "DUE_OUTSIDE_TERM");
  Review following = approved;
  following.follow_ups = {{2, "council", kToday}};
  EXPECT_EQ(reason([](auto&) {}, following), "FOLLOW_UP_EXISTS");
  following.follow_ups[0].done_day = kToday;
  EXPECT_EQ(reason([](auto&) {}, following), "");
  following.follow_ups.resize(kMaxFollowUps);
  EXPECT_EQ(reason([](auto&) {}, following), "TOO_MANY_FOLLOW_UPS");
}

TEST(ReviewTest, CompletingIsRefused) {
  Review review = InState(ReviewState::kApproved);
  review.follow_ups = {{2, "council", kToday}};
  const auto reason = [&](void (*spoil)(review_command::Complete&)) {
    review_command::Complete command = GoodComplete();
    spoil(command);
    return ErrorReason(Apply(review, command, At(kToday), "m").status());
  };
  EXPECT_EQ(reason([](auto& c) { c.number = 0; }), "FOLLOW_UP_UNKNOWN");
  EXPECT_EQ(reason([](auto& c) { c.number = 2; }), "FOLLOW_UP_UNKNOWN");
  EXPECT_EQ(reason([](auto& c) { c.body = "party"; }), "NOT_THE_OWING_BODY");
  EXPECT_EQ(reason([](auto& c) { c.document_number = ""; }), "EVIDENCE_REQUIRED");
  EXPECT_EQ(reason([](auto& c) { c.day = kToday + 1; }), "DATE_IN_FUTURE");
  EXPECT_EQ(reason([](auto& c) { c.day = kToday - 1; }), "DATE_TOO_EARLY");
  review.follow_ups[0].withdrawn = true;
  EXPECT_EQ(reason([](auto&) {}), "FOLLOW_UP_WITHDRAWN");
  review.follow_ups[0].done_day = kToday;
  EXPECT_EQ(reason([](auto&) {}), "FOLLOW_UP_DONE");
}

TEST(ReviewTest, LateIsAfterTheDueDayAndNotOnIt) {
  Review review = InState(ReviewState::kApproved);
  review.follow_ups = {{2, "council", kToday}};
  auto done = Apply(review, GoodComplete(), At(kToday), "members/m");
  ASSERT_THAT(done, IsOk());
  EXPECT_FALSE(done->follow_ups[0].late);
  EXPECT_EQ(done->follow_ups[0].reported_by, "members/m");
  review_command::Complete later = GoodComplete();
  later.day = kToday + 1;
  done = Apply(review, later, At(kToday + 5), "m");
  ASSERT_THAT(done, IsOk());
  EXPECT_TRUE(done->follow_ups[0].late);
}

TEST(ReviewTest, FollowUpIsOwedOnItsDayWithTheBeginningOfTheProposal) {
  Review review = InState(ReviewState::kApproved);
  std::string text;
  for (int i = 0; i < 600; ++i) text += "ệ";
  review.content.findings[1].text = text + "\nDòng hai";
  review.follow_ups = {{2, "council", CivilDay(2024, 6, 29)}};
  const Obligation owed = FollowUpObligation(review, 1, WorkCalendar());
  EXPECT_EQ(owed.key, "follow-up:r1:1");
  EXPECT_EQ(owed.kind, ObligationKind::kFollowUp);
  EXPECT_EQ(owed.resource, "reviews/r1");
  EXPECT_EQ(owed.body, "council");
  EXPECT_EQ(owed.area, 2);
  EXPECT_EQ(owed.due.day, CivilDay(2024, 6, 29));
  EXPECT_EQ(owed.title, text.substr(0, 500 * 3));
  review.content.findings[1].text = "Ngắn\nDòng hai";
  EXPECT_EQ(FollowUpObligation(review, 1, WorkCalendar()).title, "Ngắn");
}

TEST(ReviewTest, FiguresAddUpWhatTheBodiesDid) {
  LevelCoverage districts, communes;
  districts.level = "DISTRICT";
  districts.signed_count = districts.expected_count = 9;
  communes.level = "COMMUNE";
  communes.signed_count = 80;
  communes.expected_count = 83;
  PartyRecords records;
  records.commitments = {{"a", 3, 2, 1}, {"b", 2, 2, 2}};
  records.deliveries = {{"a", 12, 11, 9}};
  records.requests = {{"b", 4, 2, 1, 3}};
  const std::vector<Figure> figures =
      FiguresOf(std::vector<LevelCoverage>{districts, communes}, records, {5, 412, 2});
  EXPECT_THAT(figures, ElementsAre(Figure{FigureKind::kCoverage, "DISTRICT", 9, 9},
                                   Figure{FigureKind::kCoverage, "COMMUNE", 80, 83},
                                   Figure{FigureKind::kCommitmentsKept, "", 4, 5},
                                   Figure{FigureKind::kCommitmentsOnTime, "", 3, 5},
                                   Figure{FigureKind::kDeliveriesMade, "", 11, 12},
                                   Figure{FigureKind::kDeliveriesOnTime, "", 9, 12},
                                   Figure{FigureKind::kRequestsAnswered, "", 2, 4},
                                   Figure{FigureKind::kRequestsRefused, "", 1, 4},
                                   Figure{FigureKind::kRequestsOnTime, "", 3, 4},
                                   Figure{FigureKind::kDisseminationSessions, "", 5},
                                   Figure{FigureKind::kDisseminationAttendances, "", 412},
                                   Figure{FigureKind::kVisits, "", 2}));
}

TEST(EvaluationTest, FormulaIsTheNewestThatHoldsUnlessOneIsNamed) {
  Formula first, second;
  first.version = 1;
  first.valid_from = CivilDay(2021, 1, 1);
  second.version = 2;
  second.valid_from = CivilDay(2024, 1, 1);
  const std::vector<Formula> all = {first, second};
  const DayInterval y2023 = {CivilDay(2023, 1, 1), CivilDay(2023, 12, 31)};
  const DayInterval y2024 = {CivilDay(2024, 1, 1), CivilDay(2024, 12, 31)};
  const DayInterval y2020 = {CivilDay(2020, 1, 1), CivilDay(2020, 12, 31)};
  EXPECT_EQ(ChooseFormula(all, 0, y2023, "a")->version, 1);
  EXPECT_EQ(ChooseFormula(all, 0, y2024, "a")->version, 2);
  EXPECT_EQ(ChooseFormula(all, 1, y2024, "a")->version, 1);
  EXPECT_THAT(ChooseFormula(all, 2, y2023, "a"),
              StatusIs(StatusCode::kInvalidArgument, "FORMULA_NOT_VALID"));
  EXPECT_THAT(ChooseFormula(all, 3, y2023, "a"),
              StatusIs(StatusCode::kInvalidArgument, "FORMULA_UNKNOWN"));
  EXPECT_THAT(ChooseFormula(all, 0, y2020, "a"),
              StatusIs(StatusCode::kFailedPrecondition, "NO_FORMULA"));
}

TEST(EvaluationTest, OnlyAnIntervalThatHasEndedIsEvaluated) {
  Formula formula;
  formula.version = 1;
  formula.commitment_weight = 1000;
  PartyRecords records;
  records.commitments = {{"council", 2, 1, 1}};
  const auto made =
      NewEvaluation("e1", GoodGround(), {CivilDay(2023, 1, 1), CivilDay(2023, 12, 31)}, formula,
                    records, "members/m", At(kToday));
  ASSERT_THAT(made, IsOk());
  ASSERT_EQ(made->scores.size(), 2);
  EXPECT_EQ(made->scores[0].score, std::nullopt);
  EXPECT_EQ(made->scores[1].score, 500);
  EXPECT_THAT(NewEvaluation("e1", GoodGround(), {CivilDay(2023, 1, 1), kToday}, formula, records,
                            "m", At(kToday)),
              StatusIs(StatusCode::kInvalidArgument, "EVALUATION_NOT_ENDED"));
}

TEST(ReviewTest, DaysBeforeItWasInForceAreNotReviewed) {
  Agreement agreement;
  agreement.id = "a1";
  agreement.term_start = CivilDay(2021, 1, 1);
  agreement.term_end = CivilDay(2025, 12, 31);
  agreement.in_force_date = CivilDay(2021, 2, 15);
  const auto reason = [&](DayInterval interval) {
    const Ground ground = GroundOf(agreement);
    const absl::Status review =
        NewReview("r", ground, interval, GoodContent(), {}, At(kToday)).status();
    const absl::Status evaluation =
        NewEvaluation("e", ground, interval, Formula(), {}, "m", At(kToday)).status();
    EXPECT_EQ(ErrorReason(review), ErrorReason(evaluation));
    return ErrorReason(review);
  };
  EXPECT_EQ(reason({CivilDay(2021, 2, 14), CivilDay(2023, 12, 31)}), "OUTSIDE_TERM");
  EXPECT_EQ(reason({CivilDay(2021, 2, 15), CivilDay(2023, 12, 31)}), "");
  // Signed ahead of its term, it is reviewed from that on.
  agreement.in_force_date = CivilDay(2020, 12, 1);
  EXPECT_EQ(reason({CivilDay(2020, 12, 1), CivilDay(2023, 12, 31)}), "OUTSIDE_TERM");
  EXPECT_EQ(reason({CivilDay(2021, 1, 1), CivilDay(2023, 12, 31)}), "");
}

TEST(ReviewTest, FinalOneLooksBackUntilTheLastDay) {
  Ground ground = GoodGround();
  ground.last_day = CivilDay(2023, 12, 31);
  ReviewContent content = GoodContent();
  content.kind = ReviewKind::kFinal;
  const auto make = [&](CivilDay last) {
    return NewReview("r", ground, {CivilDay(2021, 1, 1), last}, content, {}, At(kToday));
  };
  EXPECT_THAT(make(CivilDay(2023, 12, 31)), IsOk());
  const absl::Status refused = make(CivilDay(2023, 12, 30)).status();
  EXPECT_EQ(ErrorReason(refused), "FINAL_NOT_AT_END");
  EXPECT_THAT(ViolatedFields(refused), ElementsAre("review.last_date"));
  // Nor does a draft become one.
  content.kind = ReviewKind::kPreliminary;
  const auto draft = make(CivilDay(2023, 12, 30));
  ASSERT_THAT(draft, IsOk());
  content.kind = ReviewKind::kFinal;
  EXPECT_EQ(
      ErrorReason(Apply(*draft, review_command::Change{content, ground}, At(kToday), "m").status()),
      "FINAL_NOT_AT_END");
}

}  // namespace
}  // namespace phoihop::agreements::reviews
