#include "services/agreements/reviews/visit.h"

#include <string>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::agreements::reviews {
namespace {

using absl::CivilDay;
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

VisitFacts GoodFacts() {
  VisitFacts facts;
  facts.in_force_from = CivilDay(2021, 1, 1);
  facts.in_force_until = CivilDay(2026, 1, 1);
  facts.unit_within = true;
  facts.parties = {"party", "council", "court"};
  for (const char* body : {"party", "council"}) facts.bodies[body] = BodyFacts{2, {}, {}};
  facts.bodies["visited"] = BodyFacts{20, {}, {}};
  facts.today = CivilDay(2024, 1, 8);
  return facts;
}

VisitContent GoodContent() {
  return {CivilDay(2023, 6, 1), 20, "visited", {"party", "council"}, "Việc ký kết", "Tốt", ""};
}

std::string Reason(void (*spoil)(VisitContent&, VisitFacts&)) {
  VisitContent content = GoodContent();
  VisitFacts facts = GoodFacts();
  spoil(content, facts);
  return ErrorReason(CheckVisit("v1", "a1", content, facts));
}

TEST(VisitTest, WhatIsWrongIsRefusedWithTheReason) {
  EXPECT_EQ(Reason([](auto&, auto&) {}), "");
  EXPECT_EQ(Reason([](auto&, auto& f) { f.in_force_from.reset(); }), "AGREEMENT_NOT_IN_FORCE");
  EXPECT_EQ(Reason([](auto& c, auto&) { c.date = CivilDay(2020, 12, 31); }),
            "NOT_IN_FORCE_ON_DATE");
  EXPECT_EQ(Reason([](auto& c, auto&) {
              c.date = CivilDay(2026, 1, 1);
              c.findings = "";
            }),
            "NOT_IN_FORCE_ON_DATE");
  EXPECT_EQ(Reason([](auto&, auto& f) { f.unit_within = false; }), "UNIT_NOT_WITHIN");
  EXPECT_EQ(Reason([](auto& c, auto&) { c.unit = 21; }), "BODY_OF_OTHER_UNIT");
  EXPECT_EQ(Reason([](auto&, auto& f) { f.bodies["visited"] = std::nullopt; }), "BODY_NOT_VALID");
  EXPECT_EQ(Reason([](auto&, auto& f) { f.bodies["party"]->until = CivilDay(2023, 6, 1); }),
            "BODY_NOT_VALID");
  EXPECT_EQ(Reason([](auto&, auto& f) {
              f.bodies["party"]->until = CivilDay(2023, 6, 1);
              f.bodies["party"]->carried_on = true;
            }),
            "");
  EXPECT_EQ(Reason([](auto& c, auto& f) {
              c.visiting = {"stranger"};
              f.bodies["stranger"] = BodyFacts{2, {}, {}};
            }),
            "NOT_A_PARTY");
  EXPECT_EQ(Reason([](auto& c, auto&) { c.visiting = {"party", "party"}; }), "BODY_TWICE");
  EXPECT_EQ(Reason([](auto& c, auto&) {
              c.unit = 2;
              c.body = "party";
            }),
            "VISITS_ITSELF");
  // A party that nobody asked for.
  EXPECT_EQ(Reason([](auto& c, auto&) { c.visiting = {"court"}; }), "ETAG_MISMATCH");
  EXPECT_EQ(Reason([](auto& c, auto&) { c.date = CivilDay(2024, 1, 9); }), "FINDINGS_BEFORE_VISIT");
  EXPECT_EQ(Reason([](auto& c, auto&) {
              c.date = CivilDay(2024, 1, 9);
              c.findings = "";
            }),
            "");
  EXPECT_EQ(Reason([](auto& c, auto&) { c.body = ""; }), "");
}

TEST(VisitTest, EveryFieldThatIsWrongIsNamedAtOnce) {
  VisitContent content = GoodContent();
  content.visiting = {"party", "stranger"};
  VisitFacts facts = GoodFacts();
  facts.unit_within = false;
  facts.bodies["stranger"] = std::nullopt;
  EXPECT_THAT(ViolatedFields(CheckVisit("v1", "a1", content, facts)),
              ElementsAre("visit.unit", "visit.visiting_bodies[1]"));
}

TEST(VisitTest, EveryCommandInEveryState) {
  for (const VisitState state : kAllVisitStates) {
    Visit visit;
    visit.id = "v1";
    visit.agreement = "a1";
    visit.content = GoodContent();
    visit.state = state;
    visit.revision = 1;
    VisitContent other = GoodContent();
    other.findings = "Chưa tốt";
    const auto changed = ChangeVisit(visit, other, GoodFacts(), absl::UnixEpoch());
    const auto same = ChangeVisit(visit, visit.content, GoodFacts(), absl::UnixEpoch());
    const auto cancelled = CancelVisit(visit, "Hoãn", absl::UnixEpoch());
    if (state == VisitState::kRecorded) {
      ASSERT_THAT(changed, IsOk());
      EXPECT_EQ(changed->content, other);
      EXPECT_EQ(changed->revision, 2);
      ASSERT_THAT(same, IsOk());
      EXPECT_EQ(*same, visit);
      ASSERT_THAT(cancelled, IsOk());
      EXPECT_EQ(cancelled->state, VisitState::kCancelled);
      EXPECT_EQ(cancelled->cancel_reason, "Hoãn");
    } else {
      for (const auto& refused : {changed, same, cancelled}) {
        EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition, "VISIT_CANCELLED"));
      }
    }
  }
}

}  // namespace
}  // namespace phoihop::agreements::reviews
