#include "services/agreements/plans/plan.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"

namespace phoihop::agreements::plans {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

// 2026-03-10 in Viet Nam.
const absl::Time kNow = StartOfDay(absl::CivilDay(2026, 3, 10)) + absl::Hours(9);
const absl::CivilDay kToday(2026, 3, 10);

PlanGround Ground() {
  return {"a1", 2, {absl::CivilDay(2021, 9, 30), absl::CivilDay(2026, 6, 30)}, true};
}

AnnualPlan Draft() {
  AnnualPlan plan = *NewPlan("p1", Ground(), 2026, "Kế hoạch 2026", kNow);
  plan.commitments = 3;
  return plan;
}

plan_command::Approve By(const std::string& party, absl::CivilDay day = kToday) {
  return {party, day, "Nguyễn Văn A", "Trưởng ban"};
}

AnnualPlan In(PlanState state) {
  AnnualPlan plan = Draft();
  if (state == PlanState::kDraft) return plan;
  if (state == PlanState::kDeleted) return *Apply(plan, plan_command::Delete{}, kNow, "members/a");
  plan = *Apply(plan, plan_command::Submit{{"party", "council"}, absl::CivilDay(2026, 3, 2)}, kNow,
                "members/a");
  if (state == PlanState::kApproving) return plan;
  plan = *Apply(plan, By("party", absl::CivilDay(2026, 3, 5)), kNow, "members/a");
  plan = *Apply(plan, By("council", absl::CivilDay(2026, 3, 3)), kNow, "members/b");
  if (state == PlanState::kApproved) return plan;
  return *Apply(plan, plan_command::Close{0}, kNow, "members/a");
}

TEST(PlanTest, LiesInTheYearAndTheTerm) {
  const AnnualPlan plan = Draft();
  EXPECT_EQ(plan.days, (DayInterval{absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 6, 30)}));
  EXPECT_EQ(NewPlan("p", Ground(), 2021, "", kNow)->days.first, absl::CivilDay(2021, 9, 30));
  for (const int year : {2020, 2027}) {
    EXPECT_THAT(NewPlan("p", Ground(), year, "", kNow),
                StatusIs(StatusCode::kInvalidArgument, "YEAR_OUTSIDE_TERM"));
  }
  PlanGround ground = Ground();
  ground.in_force = false;
  EXPECT_THAT(NewPlan("p", ground, 2026, "", kNow),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
}

// Every state and every command: "" when it is allowed, else the reason.
TEST(PlanTest, EveryStateAndCommand) {
  const std::vector<std::pair<std::string, PlanCommand>> commands = {
      {"rename", plan_command::Rename{"Tên mới"}},
      {"delete", plan_command::Delete{}},
      {"count", plan_command::Count{1}},
      {"submit", plan_command::Submit{{"party", "council"}, kToday}},
      {"approve", By("party")},
      {"reject", plan_command::Reject{"council", "thiếu chỉ tiêu"}},
      {"amend", plan_command::Amend{"phát sinh", 1, 1}},
      {"close", plan_command::Close{0}},
  };
  constexpr char kNotDraft[] = "PLAN_NOT_DRAFT", kNotApproving[] = "PLAN_NOT_APPROVING",
                 kNotApproved[] = "PLAN_NOT_APPROVED";
  // In the order of the commands.
  const std::map<PlanState, std::vector<std::string>> table = {
      {PlanState::kDraft,
       {"", "", "", "", kNotApproving, kNotApproving, kNotApproved, kNotApproved}},
      {PlanState::kApproving,
       {kNotDraft, kNotDraft, kNotDraft, kNotDraft, "", "", kNotApproved, kNotApproved}},
      {PlanState::kApproved,
       {kNotDraft, kNotDraft, kNotDraft, kNotDraft, "PARTY_HAS_APPROVED", kNotApproving, "", ""}},
      {PlanState::kClosed,
       {kNotDraft, kNotDraft, kNotDraft, kNotDraft, "PARTY_HAS_APPROVED", kNotApproving,
        kNotApproved, kNotApproved}},
      {PlanState::kDeleted,
       {kNotDraft, kNotDraft, kNotDraft, kNotDraft, kNotApproving, kNotApproving, kNotApproved,
        kNotApproved}},
  };
  for (const auto& [state, reasons] : table) {
    ASSERT_EQ(reasons.size(), commands.size());
    for (size_t i = 0; i < commands.size(); ++i) {
      const AnnualPlan before = In(state);
      ASSERT_EQ(before.state, state);
      const auto after = Apply(before, commands[i].second, kNow, "members/a");
      const std::string what =
          absl::StrCat(commands[i].first, " in state ", static_cast<int>(state));
      if (reasons[i].empty()) {
        ASSERT_THAT(after, IsOk()) << what;
        EXPECT_EQ(after->revision, before.revision + 1) << what;
      } else {
        EXPECT_THAT(after, StatusIs(StatusCode::kFailedPrecondition, reasons[i])) << what;
      }
    }
  }
}

TEST(PlanTest, TheLastApprovalDecidesAsOfTheLatestDay) {
  const AnnualPlan plan = In(PlanState::kApproved);
  EXPECT_EQ(plan.approve_day, absl::CivilDay(2026, 3, 5));
  EXPECT_EQ(plan.approvals[0].recorded_by, "members/a");
  EXPECT_EQ(plan.approvals[1].recorded_by, "members/b");
  EXPECT_FALSE(In(PlanState::kApproving).approve_day.has_value());
}

TEST(PlanTest, ARejectionVoidsTheApprovalsAndTheNextRoundStartsAnew) {
  AnnualPlan plan = *Apply(In(PlanState::kApproving), By("party"), kNow, "members/a");
  plan = *Apply(plan, plan_command::Reject{"council", "thiếu chỉ tiêu"}, kNow, "members/b");
  EXPECT_EQ(plan.state, PlanState::kDraft);
  EXPECT_TRUE(plan.approvals.empty());
  EXPECT_EQ(plan.rejection, (PlanRejection{"council", "thiếu chỉ tiêu", kToday, "members/b"}));
  plan = *Apply(plan, plan_command::Submit{{"party", "council"}, kToday}, kNow, "members/a");
  EXPECT_EQ(plan.round, 2);
  EXPECT_FALSE(plan.approvals[0].day.has_value());
  EXPECT_TRUE(plan.rejection.has_value());
}

TEST(PlanTest, WrongPartiesAndDaysAreNamed) {
  const AnnualPlan plan = In(PlanState::kApproving);
  EXPECT_THAT(Apply(plan, By("court"), kNow, "m"),
              StatusIs(StatusCode::kInvalidArgument, "NOT_A_PARTY"));
  EXPECT_THAT(Apply(plan, plan_command::Reject{"court", "x"}, kNow, "m"),
              StatusIs(StatusCode::kInvalidArgument, "NOT_A_PARTY"));
  EXPECT_THAT(Apply(plan, By("party", kToday + 1), kNow, "m"),
              StatusIs(StatusCode::kInvalidArgument, "DATE_IN_FUTURE"));
  EXPECT_THAT(Apply(plan, By("party", absl::CivilDay(2026, 3, 1)), kNow, "m"),
              StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY"));
  EXPECT_THAT(Apply(Draft(), plan_command::Submit{{}, absl::CivilDay(2024, 12, 1)}, kNow, "m"),
              StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY"));
  EXPECT_THAT(Apply(*Apply(plan, By("party"), kNow, "m"), By("party"), kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "PARTY_HAS_APPROVED"));
}

TEST(PlanTest, LimitsHold) {
  AnnualPlan plan = Draft();
  plan.commitments = 0;
  EXPECT_THAT(Apply(plan, plan_command::Submit{{"party"}, kToday}, kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_EMPTY"));
  plan.commitments = kMaxCommitments;
  EXPECT_THAT(Apply(plan, plan_command::Count{1}, kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_FULL"));
  plan = In(PlanState::kApproved);
  plan.commitments = kMaxCommitments;
  EXPECT_THAT(Apply(plan, plan_command::Amend{"x", 2, 1}, kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_FULL"));
  EXPECT_THAT(Apply(plan, plan_command::Amend{"x", 2, 2}, kNow, "m"), IsOk());
  plan.amendments.resize(kMaxAmendments);
  EXPECT_THAT(Apply(plan, plan_command::Amend{"x", 0, 1}, kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "TOO_MANY_AMENDMENTS"));
}

TEST(PlanTest, APlanClosesWhenItIsOverOrNothingIsOpen) {
  const AnnualPlan plan = In(PlanState::kApproved);
  EXPECT_THAT(Apply(plan, plan_command::Close{1}, kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_NOT_OVER"));
  const absl::Time over = StartOfDay(absl::CivilDay(2026, 7, 1));
  EXPECT_THAT(Apply(plan, plan_command::Close{1}, over, "m"), IsOk());
  EXPECT_THAT(Apply(plan, plan_command::Close{1}, over - absl::Seconds(1), "m"),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_NOT_OVER"));
}

TEST(PlanTest, MemberApprovesForOneParty) {
  const AnnualPlan plan = *Apply(In(PlanState::kApproving), By("party"), kNow, "members/a");
  EXPECT_THAT(Apply(plan, By("council"), kNow, "members/a"),
              StatusIs(StatusCode::kFailedPrecondition, "MEMBER_HAS_APPROVED"));
  EXPECT_THAT(Apply(plan, By("council"), kNow, "members/b"), IsOk());
}

}  // namespace
}  // namespace phoihop::agreements::plans
