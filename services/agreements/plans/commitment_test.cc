#include "services/agreements/plans/commitment.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"

namespace phoihop::agreements::plans {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

const absl::Time kNow = StartOfDay(absl::CivilDay(2026, 3, 10)) + absl::Hours(9);
const absl::CivilDay kToday(2026, 3, 10);
const DueDay kDue = {absl::CivilDay(2026, 3, 9),
                     {absl::CivilDay(2026, 3, 1), absl::CivilDay(2026, 3, 31)},
                     "vi",
                     "en"};

Commitment Base() {
  Commitment commitment;
  commitment.id = "c1";
  commitment.plan = "p1";
  commitment.content.lead = "party";
  commitment.content.supporting = {"council"};
  commitment.days = {absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 12, 31)};
  commitment.revision = 1;
  return commitment;
}

// A commitment with one occurrence, in this state.
Step In(CommitmentState state) {
  Step step{Base(), {}};
  step.commitment.state = state;
  Occurrence& occurrence = step.occurrence;
  occurrence.commitment = "c1";
  occurrence.number = 1;
  occurrence.due = kDue;
  occurrence.revision = 1;
  if (state == CommitmentState::kPlanned) return step;
  step.commitment.active_day = absl::CivilDay(2026, 1, 15);
  step.commitment.last_number = 1;
  step.commitment.occurrences = state == CommitmentState::kWithdrawn ? 0 : 1;
  if (state == CommitmentState::kFulfilled || state == CommitmentState::kConfirmed) {
    occurrence.state = OccurrenceState::kFulfilled;
    occurrence.fulfil_day = kToday;
    occurrence.late = true;
    step.commitment.late = 1;
  }
  if (state == CommitmentState::kFulfilled) step.commitment.fulfilled = 1;
  if (state == CommitmentState::kConfirmed) {
    occurrence.state = OccurrenceState::kConfirmed;
    step.commitment.confirmed = 1;
  }
  if (state == CommitmentState::kWithdrawn) occurrence.state = OccurrenceState::kCancelled;
  return step;
}

const Report kReport = {"party", kToday, 1};
const Verdict kVerdict = {"council", kToday, {"party", "council", "court"}, 0};

Progress By(const std::string& body) {
  Progress progress;
  progress.body = body;
  progress.percent = 40;
  return progress;
}

// Every state and every command: "" when it is allowed, else the reason.
TEST(CommitmentTest, EveryStateAndCommand) {
  using Command = std::function<absl::Status(const Step&)>;
  const std::vector<std::pair<std::string, Command>> commands = {
      {"change",
       [](const Step& s) {
         return ChangeContent(s.commitment, s.commitment.content, kNow).status();
       }},
      {"progress",
       [](const Step& s) { return AfterUpdate(s.commitment, By("council"), kNow).status(); }},
      {"fulfil", [](const Step& s) { return Fulfil(s, kReport, kDue, kNow).status(); }},
      {"confirm", [](const Step& s) { return Confirm(s, kVerdict, kNow).status(); }},
      {"refuse", [](const Step& s) { return Refuse(s, kVerdict, "thiếu", kNow).status(); }},
      {"withdraw",
       [](const Step& s) {
         return Withdraw(s.commitment, {s.occurrence}, 0, 1, "thôi", kNow).status();
       }},
  };
  constexpr char kFixed[] = "PLAN_NOT_DRAFT", kNotActive[] = "COMMITMENT_NOT_ACTIVE",
                 kNotOpen[] = "OCCURRENCE_NOT_OPEN", kNotReported[] = "OCCURRENCE_NOT_FULFILLED",
                 kConfirmed[] = "COMMITMENT_CONFIRMED", kWithdrawn[] = "COMMITMENT_WITHDRAWN";
  // In the order of the commands.
  const std::map<CommitmentState, std::vector<std::string>> table = {
      {CommitmentState::kPlanned, {"", kNotActive, kNotActive, kNotActive, kNotActive, ""}},
      {CommitmentState::kActive, {kFixed, "", "", kNotReported, kNotReported, ""}},
      {CommitmentState::kFulfilled, {kFixed, "", kNotOpen, "", "", ""}},
      {CommitmentState::kConfirmed,
       {kFixed, kConfirmed, kConfirmed, kConfirmed, kConfirmed, kConfirmed}},
      {CommitmentState::kWithdrawn,
       {kWithdrawn, kWithdrawn, kWithdrawn, kWithdrawn, kWithdrawn, kWithdrawn}},
  };
  for (const auto& [state, reasons] : table) {
    ASSERT_EQ(reasons.size(), commands.size());
    for (size_t i = 0; i < commands.size(); ++i) {
      const absl::Status status = commands[i].second(In(state));
      const std::string what =
          absl::StrCat(commands[i].first, " in state ", static_cast<int>(state));
      if (reasons[i].empty()) {
        EXPECT_THAT(status, IsOk()) << what;
      } else {
        EXPECT_THAT(status, StatusIs(StatusCode::kFailedPrecondition, reasons[i])) << what;
      }
    }
  }
}

TEST(CommitmentTest, LateIsTheDayOfTheReportAfterTheDueDay) {
  const Step active = In(CommitmentState::kActive);
  const auto late = Fulfil(active, kReport, kDue, kNow);
  ASSERT_THAT(late, IsOk());
  EXPECT_TRUE(late->occurrence.late);
  EXPECT_EQ(late->commitment.late, 1);
  EXPECT_EQ(late->commitment.state, CommitmentState::kFulfilled);
  EXPECT_EQ(late->occurrence.due, kDue);
  const auto on_time = Fulfil(active, {"party", kDue.day, 1}, kDue, kNow);
  ASSERT_THAT(on_time, IsOk());
  EXPECT_FALSE(on_time->occurrence.late);
  // The due day of that time counts, not the one that was planned.
  DueDay moved = kDue;
  moved.day = kToday;
  EXPECT_FALSE(Fulfil(active, kReport, moved, kNow)->occurrence.late);
  // It stays with the confirmation.
  const auto confirmed = Confirm(*late, kVerdict, kNow);
  ASSERT_THAT(confirmed, IsOk());
  EXPECT_TRUE(confirmed->occurrence.late);
  EXPECT_EQ(confirmed->occurrence.confirmed_by, "council");
  EXPECT_EQ(confirmed->commitment.state, CommitmentState::kConfirmed);
  EXPECT_EQ(confirmed->commitment.late, 1);
}

TEST(CommitmentTest, OnlyTheLeadReportsAndNeverConfirms) {
  const Step active = In(CommitmentState::kActive);
  EXPECT_THAT(Fulfil(active, {"council", kToday, 1}, kDue, kNow),
              StatusIs(StatusCode::kInvalidArgument, "NOT_LEAD"));
  Verdict verdict = kVerdict;
  verdict.body = "party";
  const Step reported = In(CommitmentState::kFulfilled);
  EXPECT_THAT(Confirm(reported, verdict, kNow),
              StatusIs(StatusCode::kInvalidArgument, "CONFIRMER_IS_LEAD"));
  EXPECT_THAT(Refuse(reported, verdict, "x", kNow),
              StatusIs(StatusCode::kInvalidArgument, "CONFIRMER_IS_LEAD"));
  verdict.body = "council";
  verdict.member = "members/an";
  verdict.reported_by = "members/an";
  EXPECT_THAT(Confirm(reported, verdict, kNow),
              StatusIs(StatusCode::kFailedPrecondition, "CONFIRMER_IS_REPORTER"));
  verdict.reported_by = "members/binh";
  verdict.member_body = "party";
  EXPECT_THAT(Refuse(reported, verdict, "x", kNow),
              StatusIs(StatusCode::kFailedPrecondition, "CONFIRMER_IS_LEAD"));
  verdict.member_body = "council";
  EXPECT_THAT(Confirm(reported, verdict, kNow), IsOk());
  verdict.body = "stranger";
  EXPECT_THAT(Confirm(reported, verdict, kNow),
              StatusIs(StatusCode::kInvalidArgument, "NOT_A_PARTY"));
  verdict.body = "court";  // a party that does not support it
  EXPECT_THAT(Confirm(reported, verdict, kNow), IsOk());
  EXPECT_THAT(AfterUpdate(active.commitment, By("court"), kNow),
              StatusIs(StatusCode::kInvalidArgument, "NOT_INVOLVED"));
  EXPECT_EQ(AfterUpdate(active.commitment, By("party"), kNow)->percent, 40);
}

TEST(CommitmentTest, DaysAreInOrderAndReportsHaveEvidence) {
  const Step active = In(CommitmentState::kActive);
  EXPECT_THAT(Fulfil(active, {"party", kToday + 1, 1}, kDue, kNow),
              StatusIs(StatusCode::kInvalidArgument, "DATE_IN_FUTURE"));
  EXPECT_THAT(Fulfil(active, {"party", absl::CivilDay(2026, 1, 14), 1}, kDue, kNow),
              StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY"));
  EXPECT_THAT(Fulfil(active, {"party", kToday, 0}, kDue, kNow),
              StatusIs(StatusCode::kInvalidArgument, "EVIDENCE_REQUIRED"));
  Verdict verdict = kVerdict;
  verdict.day = kToday - 1;
  EXPECT_THAT(Confirm(In(CommitmentState::kFulfilled), verdict, kNow),
              StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY"));
}

TEST(CommitmentTest, ARefusalOpensTheOccurrenceAgainWithItsDueDay) {
  const auto refused = Refuse(In(CommitmentState::kFulfilled), kVerdict, "thiếu số liệu", kNow);
  ASSERT_THAT(refused, IsOk());
  EXPECT_EQ(refused->commitment.state, CommitmentState::kActive);
  EXPECT_EQ(refused->commitment.late, 0);
  EXPECT_EQ(refused->commitment.open(), 1);
  EXPECT_EQ(refused->occurrence.state, OccurrenceState::kOpen);
  EXPECT_EQ(refused->occurrence.due, kDue);
  EXPECT_EQ(refused->occurrence.refusals, 1);
  EXPECT_EQ(refused->occurrence.refuse_reason, "thiếu số liệu");
  EXPECT_FALSE(refused->occurrence.fulfil_day.has_value());
}

TEST(CommitmentTest, AReportAfterARefusalIsNotDatedBeforeIt) {
  const auto refused = Refuse(In(CommitmentState::kFulfilled), kVerdict, "thiếu số liệu", kNow);
  ASSERT_THAT(refused, IsOk());
  Report again = kReport;
  again.refuse_day = kToday;
  again.day = kDue.day;  // which would be punctual
  const auto early = Fulfil(*refused, again, kDue, kNow);
  EXPECT_THAT(early, StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY"));
  EXPECT_THAT(ViolatedFields(early.status()), ElementsAre("fulfil_date"));
  again.day = kToday;
  const auto late = Fulfil(*refused, again, kDue, kNow);
  ASSERT_THAT(late, IsOk());
  EXPECT_TRUE(late->occurrence.late);
}

TEST(CommitmentTest, OpenPartsHoldUpOnlyTheLastConfirmation) {
  Verdict verdict = kVerdict;
  verdict.open_children = 1;
  Step reported = In(CommitmentState::kFulfilled);
  EXPECT_THAT(Confirm(reported, verdict, kNow),
              StatusIs(StatusCode::kFailedPrecondition, "CHILDREN_OPEN"));
  reported.commitment.occurrences = 2;  // another one is open
  EXPECT_THAT(Confirm(reported, verdict, kNow), IsOk());
  EXPECT_THAT(Withdraw(reported.commitment, {}, 1, 1, "x", kNow),
              StatusIs(StatusCode::kFailedPrecondition, "CHILDREN_OPEN"));
}

TEST(CommitmentTest, OneThatCountsFromEventsIsConfirmedWhenNoMoreCome) {
  Step reported = In(CommitmentState::kFulfilled);
  reported.commitment.content.rhythm.kind = RhythmKind::kBeforeEvent;
  Verdict verdict = kVerdict;
  verdict.open_children = 1;
  const auto confirmed = Confirm(reported, verdict, kNow);
  ASSERT_THAT(confirmed, IsOk());
  EXPECT_EQ(confirmed->commitment.state, CommitmentState::kActive);
  EXPECT_FALSE(Settle(confirmed->commitment, 1, kNow).has_value());
  const auto settled = Settle(confirmed->commitment, 0, kNow);
  ASSERT_TRUE(settled.has_value());
  EXPECT_EQ(settled->state, CommitmentState::kConfirmed);
  EXPECT_EQ(settled->revision, confirmed->commitment.revision + 1);
  EXPECT_FALSE(Settle(*settled, 0, kNow).has_value());
  EXPECT_FALSE(Settle(In(CommitmentState::kActive).commitment, 0, kNow).has_value());
  // After the plan's time the last confirmation decides, like that of any other.
  const absl::Time later = StartOfDay(absl::CivilDay(2027, 1, 4));
  EXPECT_THAT(Confirm(reported, verdict, later),
              StatusIs(StatusCode::kFailedPrecondition, "CHILDREN_OPEN"));
  EXPECT_EQ(Confirm(reported, kVerdict, later)->commitment.state, CommitmentState::kConfirmed);
}

TEST(CommitmentTest, AWithdrawalUndoesNothingThatWasDueBefore) {
  Commitment commitment = Base();
  commitment.state = CommitmentState::kActive;
  commitment.active_day = absl::CivilDay(2026, 1, 15);
  commitment.occurrences = 3;
  commitment.fulfilled = 1;
  commitment.late = 1;
  std::vector<Occurrence> occurrences(3);
  for (Occurrence& occurrence : occurrences) occurrence.due = kDue;
  occurrences[0].state = OccurrenceState::kFulfilled;
  occurrences[0].late = true;
  occurrences[0].fulfil_day = kToday;
  occurrences[2].due.day = kToday;
  const auto withdrawal = Withdraw(commitment, occurrences, 0, 2, "không còn cần", kNow);
  ASSERT_THAT(withdrawal, IsOk());
  ASSERT_EQ(withdrawal->cancelled.size(), 1);
  EXPECT_EQ(withdrawal->cancelled[0].due.day, kToday);
  const Commitment& after = withdrawal->commitment;
  EXPECT_EQ(after.state, CommitmentState::kWithdrawn);
  EXPECT_EQ(after.occurrences, 2);
  EXPECT_EQ(after.fulfilled, 1);
  EXPECT_EQ(after.late, 1);
  // It is reported and judged like before, and the commitment stays withdrawn.
  const auto reported = Fulfil({after, occurrences[1]}, kReport, kDue, kNow);
  ASSERT_THAT(reported, IsOk());
  EXPECT_EQ(reported->commitment.state, CommitmentState::kWithdrawn);
  EXPECT_EQ(reported->commitment.late, 2);
  const auto first = Confirm(*reported, kVerdict, kNow);
  ASSERT_THAT(first, IsOk());
  const auto last = Confirm({first->commitment, occurrences[0]}, kVerdict, kNow);
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ(last->commitment.state, CommitmentState::kWithdrawn);
  EXPECT_THAT(RequireRunning(last->commitment),
              StatusIs(StatusCode::kFailedPrecondition, "COMMITMENT_WITHDRAWN"));
}

TEST(CommitmentTest, AWithdrawalLeavesWhatIsConfirmed) {
  Commitment commitment = Base();
  commitment.state = CommitmentState::kActive;
  commitment.occurrences = 3;
  commitment.fulfilled = 1;
  commitment.confirmed = 1;
  commitment.late = 2;
  std::vector<Occurrence> occurrences(4);
  for (Occurrence& occurrence : occurrences) occurrence.due.day = kToday;
  occurrences[0].state = OccurrenceState::kConfirmed;
  occurrences[0].late = true;
  occurrences[1].state = OccurrenceState::kFulfilled;
  occurrences[1].late = true;
  occurrences[2].state = OccurrenceState::kOpen;
  occurrences[3].state = OccurrenceState::kCancelled;
  const auto withdrawal = Withdraw(commitment, occurrences, 0, 2, "không còn cần", kNow);
  ASSERT_THAT(withdrawal, IsOk());
  EXPECT_EQ(withdrawal->cancelled.size(), 2);
  EXPECT_EQ(withdrawal->commitment.state, CommitmentState::kWithdrawn);
  EXPECT_EQ(withdrawal->commitment.occurrences, 1);
  EXPECT_EQ(withdrawal->commitment.fulfilled, 0);
  EXPECT_EQ(withdrawal->commitment.confirmed, 1);
  EXPECT_EQ(withdrawal->commitment.late, 1);
  EXPECT_EQ(withdrawal->commitment.withdrawn_by, 2);
  EXPECT_EQ(withdrawal->commitment.withdraw_reason, "không còn cần");
}

}  // namespace
}  // namespace phoihop::agreements::plans
