#include "services/agreements/plans/content.h"

#include <functional>
#include <string>
#include <vector>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"

namespace phoihop::agreements::plans {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

const WorkCalendar& Calendar() {
  static const auto* const calendar = new WorkCalendar;
  return *calendar;
}

Rhythm Once(absl::CivilDay day) {
  Rhythm rhythm;
  rhythm.kind = RhythmKind::kOnce;
  rhythm.day = day;
  return rhythm;
}

CommitmentContent Good() {
  CommitmentContent content;
  content.title = "Báo cáo dư luận";
  content.lead = "party";
  content.supporting = {"council"};
  content.rhythm = Once(absl::CivilDay(2026, 6, 15));
  return content;
}

// a <- b <- c, and d withdrawn, e confirmed, f with a part g.
ContentFacts Facts() {
  ContentFacts facts;
  facts.days = {absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 12, 31)};
  facts.parties = {"party", "council", "court", "ended", "merged"};
  for (const std::string& party : facts.parties) facts.bodies[party] = BodyFacts{2, {}, {}};
  facts.bodies["ended"] = BodyFacts{2, std::nullopt, absl::CivilDay(2026, 3, 1)};
  facts.bodies["merged"] = BodyFacts{2, std::nullopt, absl::CivilDay(2025, 3, 1), "", true};
  facts.nodes = {{"a", "", CommitmentState::kActive},    {"b", "a", CommitmentState::kActive},
                 {"c", "b", CommitmentState::kActive},   {"d", "", CommitmentState::kWithdrawn},
                 {"e", "", CommitmentState::kConfirmed}, {"f", "", CommitmentState::kActive},
                 {"g", "f", CommitmentState::kActive}};
  facts.calendar = &Calendar();
  return facts;
}

TEST(ContentTest, WhatIsWrongIsNamed) {
  struct Row {
    std::string reason, field;
    std::function<void(CommitmentContent&)> spoil;
    std::string id = {};
  };
  const std::vector<Row> table = {
      {"", "", [](CommitmentContent&) {}},
      {"NOT_A_PARTY", "commitment.lead", [](CommitmentContent& c) { c.lead = "stranger"; }},
      {"NOT_A_PARTY", "commitment.supporting[0]",
       [](CommitmentContent& c) { c.supporting = {"stranger"}; }},
      {"BODY_TWICE", "commitment.supporting[1]",
       [](CommitmentContent& c) {
         c.supporting = {"council", "council"};
       }},
      {"SUPPORTS_ITSELF", "commitment.supporting[0]",
       [](CommitmentContent& c) { c.supporting = {"party"}; }},
      {"TOO_MANY_BODIES", "commitment.supporting",
       [](CommitmentContent& c) { c.supporting.assign(30, "council"); }},
      {"BODY_NOT_VALID", "commitment.lead", [](CommitmentContent& c) { c.lead = "ended"; }},
      {"", "",
       [](CommitmentContent& c) {
         c.lead = "ended";
         c.rhythm.day = absl::CivilDay(2026, 2, 28);
       }},
      // Others carry on its part.
      {"", "", [](CommitmentContent& c) { c.lead = "merged"; }},
      {"DUE_OUTSIDE_TERM", "commitment.rhythm.date",
       [](CommitmentContent& c) { c.rhythm.day = absl::CivilDay(2027, 1, 1); }},
      {"DUE_OUTSIDE_TERM", "commitment.rhythm.date",
       [](CommitmentContent& c) { c.rhythm.day = absl::CivilDay(2025, 12, 31); }},
      {"REQUIRED", "commitment.rhythm.kind",
       [](CommitmentContent& c) { c.rhythm.kind = static_cast<RhythmKind>(0); }},
      {"OUT_OF_RANGE", "commitment.rhythm.weekday",
       [](CommitmentContent& c) {
         c.rhythm = {};
         c.rhythm.kind = RhythmKind::kWeekly;
       }},
      {"PARENT_UNKNOWN", "commitment.parent", [](CommitmentContent& c) { c.parent = "none"; }},
      {"PARENT_WITHDRAWN", "commitment.parent", [](CommitmentContent& c) { c.parent = "d"; }},
      {"PARENT_CONFIRMED", "commitment.parent", [](CommitmentContent& c) { c.parent = "e"; }},
      {"", "", [](CommitmentContent& c) { c.parent = "b"; }},
      {"NESTED_TOO_DEEP", "commitment.parent", [](CommitmentContent& c) { c.parent = "c"; }},
      // One that has parts itself is two levels.
      {"NESTED_TOO_DEEP", "commitment.parent", [](CommitmentContent& c) { c.parent = "b"; }, "f"},
      {"", "", [](CommitmentContent& c) { c.parent = "a"; }, "f"},
      {"COMMITMENT_CIRCLE", "commitment.parent", [](CommitmentContent& c) { c.parent = "c"; }, "a"},
      {"COMMITMENT_CIRCLE", "commitment.parent", [](CommitmentContent& c) { c.parent = "a"; }, "a"},
  };
  for (size_t i = 0; i < table.size(); ++i) {
    CommitmentContent content = Good();
    table[i].spoil(content);
    const absl::Status status = CheckContent(table[i].id, content, Facts(), "commitment");
    if (table[i].reason.empty()) {
      EXPECT_THAT(status, IsOk()) << i;
    } else {
      EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument, table[i].reason)) << i;
      EXPECT_THAT(ViolatedFields(status), ElementsAre(table[i].field)) << i;
    }
  }
}

TEST(ContentTest, ARhythmNeedsADueDayInThePlansTime) {
  CommitmentContent content = Good();
  content.rhythm = {};
  content.rhythm.kind = RhythmKind::kQuarterly;
  content.rhythm.working_day = 5;
  ContentFacts facts = Facts();
  EXPECT_THAT(CheckContent("", content, facts, "x"), IsOk());
  facts.days = {absl::CivilDay(2026, 2, 1), absl::CivilDay(2026, 3, 15)};
  EXPECT_THAT(CheckContent("", content, facts, "x"),
              StatusIs(StatusCode::kInvalidArgument, "NO_DUE_DATES"));
  content.rhythm = {};
  content.rhythm.kind = RhythmKind::kBeforeEvent;
  content.rhythm.event = "COUNCIL_SESSION";
  EXPECT_THAT(CheckContent("", content, facts, "x"), IsOk());
}

TEST(ContentTest, APartyThatNobodyAskedForIsAChangeMeanwhile) {
  ContentFacts facts = Facts();
  facts.bodies.erase("council");
  EXPECT_THAT(CheckContent("", Good(), facts, "commitment"), StatusIs(StatusCode::kAborted));
}

TEST(ContentTest, TheNextYearMovesDatesAndLeavesOutWhoIsNoParty) {
  const DayInterval days{absl::CivilDay(2025, 1, 1), absl::CivilDay(2025, 6, 30)};
  const std::vector<std::string> parties = {"party", "court"};
  CommitmentContent content = Good();
  content.supporting = {"council", "court"};
  content.rhythm = Once(absl::CivilDay(2024, 2, 29));
  auto next = NextYear(content, 1, days, parties);
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->rhythm.day, absl::CivilDay(2025, 2, 28));
  EXPECT_THAT(next->supporting, ElementsAre("court"));
  content.rhythm = Once(absl::CivilDay(2024, 11, 30));
  EXPECT_EQ(NextYear(content, 1, days, parties)->rhythm.day, absl::CivilDay(2025, 6, 30));
  content.rhythm = {};
  content.rhythm.kind = RhythmKind::kMonthly;
  content.rhythm.working_day = 3;
  EXPECT_EQ(NextYear(content, 1, days, parties)->rhythm, content.rhythm);
  content.lead = "council";
  EXPECT_FALSE(NextYear(content, 1, days, parties).has_value());
}

}  // namespace
}  // namespace phoihop::agreements::plans
