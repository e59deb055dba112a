#include "services/agreements/duties/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "services/agreements/deadlines/testing_calendar.h"
#include "services/agreements/duties/obligations.h"

namespace phoihop::agreements::duties {
namespace {

using absl::CivilDay;
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

const absl::Time kNow =
    absl::FromCivil(absl::CivilSecond(2026, 2, 25, 3, 0, 0), absl::UTCTimeZone());

Ground TheGround() {
  return {"a1", 2, {CivilDay(2021, 1, 1), CivilDay(2026, 12, 31)}, true, {"council", "court"}};
}

RequestContent Question() {
  return {"council", "court", "Tình hình thi hành án hành chính", "", "Quy chế phối hợp", 5};
}

absl::StatusOr<Request> AskOn(CivilDay day, const RequestContent& content = Question(),
                              const Ground& ground = TheGround()) {
  Bodies bodies;
  for (const char* body : {"council", "court", "stranger"}) bodies[body] = BodyFacts{2, {}, {}};
  return Ask("r1", ground, content, day, bodies, "members/an", VietnamCalendar(), kNow);
}

TEST(RequestTest, AnswerIsDueAfterWorkingDaysOverTet) {
  const auto request = AskOn(CivilDay(2026, 2, 11));
  ASSERT_THAT(request, IsOk());
  // The 12th and 13th, then the 23rd to the 25th.
  EXPECT_EQ(request->due.day, CivilDay(2026, 2, 25));
  EXPECT_EQ(request->calendar_revision, 4);
  const Obligation owed = Answering(*request);
  EXPECT_EQ(owed.key, "answer:r1");
  EXPECT_EQ(owed.resource, "informationRequests/r1");
  EXPECT_EQ(owed.body, "court");
  EXPECT_EQ(Recompute(owed, WorkCalendar()).day, CivilDay(2026, 2, 18));
  EXPECT_EQ(RequestNotice(*request).body, "court");
}

TEST(RequestTest, WhatIsWrongNamesItsField) {
  const auto expect = [](const absl::StatusOr<Request>& asked, const char* reason,
                         const char* field) {
    EXPECT_THAT(asked, StatusIs(StatusCode::kInvalidArgument, reason));
    EXPECT_THAT(ViolatedFields(asked.status()),
                ElementsAre(absl::StrCat("information_request.", field)));
  };
  const CivilDay day(2026, 2, 11);
  RequestContent content = Question();
  content.from_body = "stranger";
  expect(AskOn(day, content), "NOT_A_PARTY", "from_body");
  content = Question();
  content.to_body = "stranger";
  expect(AskOn(day, content), "NOT_A_PARTY", "to_body");
  content.to_body = "council";
  expect(AskOn(day, content), "BODY_TWICE", "to_body");
  expect(AskOn(CivilDay(2026, 2, 26)), "DATE_IN_FUTURE", "request_date");
  expect(AskOn(CivilDay(2020, 12, 31)), "OUTSIDE_TERM", "request_date");
  Ground ending = TheGround();
  ending.term.last = CivilDay(2026, 2, 24);
  expect(AskOn(day, Question(), ending), "DUE_OUTSIDE_TERM", "working_days");
  ending.term.last = CivilDay(2026, 2, 25);
  EXPECT_THAT(AskOn(day, Question(), ending), IsOk());
  Ground draft = TheGround();
  draft.in_force = false;
  EXPECT_THAT(AskOn(day, Question(), draft),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
}

TEST(RequestTest, EveryStateAllowsOrRefusesEveryCommand) {
  const std::map<std::string, RequestCommand> commands = {
      {"answer", request_command::Answer{{"15/BC", "", {}}, CivilDay(2026, 2, 25)}},
      {"refuse", request_command::Refuse{"Bí mật nhà nước", "Điều 8", CivilDay(2026, 2, 25)}},
      {"withdraw", request_command::Withdraw{"Không cần nữa"}},
  };
  const std::map<std::string, RequestState> becomes = {
      {"answer", RequestState::kAnswered},
      {"refuse", RequestState::kRefused},
      {"withdraw", RequestState::kWithdrawn},
  };
  const Request open = *AskOn(CivilDay(2026, 2, 11));
  for (const RequestState state : {RequestState::kOpen, RequestState::kAnswered,
                                   RequestState::kRefused, RequestState::kWithdrawn}) {
    for (const auto& [name, command] : commands) {
      Request before = open;
      before.state = state;
      const auto after = Apply(before, command, "members/binh", VietnamCalendar(), kNow);
      const std::string what = absl::StrCat(name, " in state ", static_cast<int>(state));
      if (state != RequestState::kOpen) {
        EXPECT_THAT(after, StatusIs(StatusCode::kFailedPrecondition, "REQUEST_NOT_OPEN")) << what;
        continue;
      }
      ASSERT_THAT(after, IsOk()) << what;
      EXPECT_EQ(after->state, becomes.at(name)) << what;
      EXPECT_EQ(after->settled_day, CivilDay(2026, 2, 25)) << what;
      EXPECT_EQ(after->settled_by, "members/binh") << what;
      EXPECT_EQ(after->revision, 2) << what;
      EXPECT_EQ(after->due, open.due) << what;
      EXPECT_EQ(RequestNotice(*after).body, name == "withdraw" ? "court" : "council") << what;
    }
  }
  // Where the agreement ended early only the withdrawal is left.
  Request not_owed = open;
  not_owed.owed = false;
  for (const auto& [name, command] : commands) {
    const auto after = Apply(not_owed, command, "members/binh", VietnamCalendar(), kNow);
    if (name == "withdraw") {
      EXPECT_THAT(after, IsOk());
    } else {
      EXPECT_THAT(after, StatusIs(StatusCode::kFailedPrecondition, "NO_LONGER_OWED")) << name;
    }
  }
}

TEST(RequestTest, LatenessIsFrozen) {
  // Due on 2026-02-23, the first working day after Tết's week.
  RequestContent content = Question();
  content.working_days = 1;
  const Request open = *AskOn(CivilDay(2026, 2, 13), content);
  ASSERT_EQ(open.due.day, CivilDay(2026, 2, 23));
  const auto answered =
      Apply(open, request_command::Answer{{"", "Đã rõ", {}}, CivilDay(2026, 2, 25)}, "members/binh",
            VietnamCalendar(), kNow);
  ASSERT_THAT(answered, IsOk());
  EXPECT_TRUE(answered->late);
  EXPECT_EQ(answered->late_working_days, 2);
  const auto refused =
      Apply(open, request_command::Refuse{"Chưa kết luận", "Điều 6", CivilDay(2026, 2, 23)},
            "members/binh", VietnamCalendar(), kNow);
  ASSERT_THAT(refused, IsOk());
  EXPECT_FALSE(refused->late);
}

TEST(RequestTest, BadSettlementsNameTheirField) {
  const Request open = *AskOn(CivilDay(2026, 2, 11));
  const auto expect = [&](const RequestCommand& command, const char* reason, const char* field) {
    const auto after = Apply(open, command, "members/binh", VietnamCalendar(), kNow);
    EXPECT_THAT(after, StatusIs(StatusCode::kInvalidArgument, reason));
    EXPECT_THAT(ViolatedFields(after.status()), ElementsAre(field));
  };
  const CivilDay today(2026, 2, 25);
  expect(request_command::Answer{{"", "", {"aa"}}, today}, "ANSWER_EMPTY", "answer");
  expect(request_command::Answer{{"1", "", {}}, today + 1}, "DATE_IN_FUTURE", "answer_date");
  expect(request_command::Answer{{"1", "", {}}, CivilDay(2026, 2, 10)}, "DATE_TOO_EARLY",
         "answer_date");
  expect(request_command::Refuse{"Bận", "", today}, "LEGAL_GROUND_REQUIRED", "legal_ground");
  expect(request_command::Refuse{"x", "y", today + 1}, "DATE_IN_FUTURE", "refuse_date");
}

}  // namespace
}  // namespace phoihop::agreements::duties
