#include "services/agreements/duties/duty.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "services/agreements/deadlines/testing_calendar.h"
#include "services/agreements/duties/obligations.h"

namespace phoihop::agreements::duties {
namespace {

using absl::CivilDay;
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::SizeIs;

const absl::Time kNow =
    absl::FromCivil(absl::CivilSecond(2026, 1, 15, 3, 0, 0), absl::UTCTimeZone());
const DayInterval kTerm = {CivilDay(2021, 1, 1), CivilDay(2026, 12, 31)};

Ground TheGround() { return {"a1", 2, kTerm, true, {"court", "council", "party"}}; }

Bodies TheBodies() {
  Bodies bodies;
  for (const char* body : {"court", "council", "party", "stranger"}) {
    bodies[body] = BodyFacts{2, std::nullopt, std::nullopt};
  }
  return bodies;
}

DutyContent Schedule() {
  DutyContent content;
  content.from_body = "court";
  content.to_bodies = {"council", "party"};
  content.kind = DutyKind::kCourtSchedule;
  content.title = "Lịch xét xử";
  content.rhythm.kind = RhythmKind::kMonthly;
  content.rhythm.working_day = 5;
  return content;
}

DutyContent AfterSession() {
  DutyContent content = Schedule();
  content.kind = DutyKind::kCouncilResolutions;
  content.rhythm = {};
  content.rhythm.kind = RhythmKind::kAfterEvent;
  content.rhythm.event = "COUNCIL_SESSION";
  content.rhythm.working_days = 5;
  return content;
}

Event Session(CivilDay day, std::string id = "e1") {
  Event event;
  event.id = std::move(id);
  event.unit = 2;
  event.kind = "COUNCIL_SESSION";
  event.date = day;
  return event;
}

absl::StatusOr<Scheduled> Make(const DutyContent& content,
                               DayInterval days = {CivilDay(2026, 1, 1), CivilDay(2026, 3, 31)},
                               const std::vector<Event>& events = {}, Ground ground = TheGround()) {
  return NewDuty("d1", ground, content, days, TheBodies(), events, VietnamCalendar(), kNow);
}

std::vector<std::string> Days(const std::vector<Occurrence>& occurrences) {
  std::vector<std::string> days;
  for (const Occurrence& occurrence : occurrences) {
    days.push_back(FormatDay(occurrence.due.day));
  }
  return days;
}

TEST(DutyTest, RhythmGivesAllDueDaysOverTet) {
  const auto made = Make(Schedule());
  ASSERT_THAT(made, IsOk());
  // January begins with two days off and has a Saturday that is worked; February's fifth
  // working day lies before Tết.
  EXPECT_THAT(Days(made->occurrences), ElementsAre("2026-01-09", "2026-02-06", "2026-03-06"));
  EXPECT_EQ(made->occurrences[1].number, 2);
  EXPECT_EQ(made->occurrences[1].due.period,
            (DayInterval{CivilDay(2026, 2, 1), CivilDay(2026, 2, 28)}));
  EXPECT_EQ(made->duty.revision, 1);

  DutyContent weekly = Schedule();
  weekly.rhythm = {};
  weekly.rhythm.kind = RhythmKind::kWeekly;
  weekly.rhythm.weekday = 4;
  const auto tet = Make(weekly, {CivilDay(2026, 2, 2), CivilDay(2026, 3, 1)});
  ASSERT_THAT(tet, IsOk());
  // Thursday of Tết's week falls to the Friday before it.
  EXPECT_THAT(Days(tet->occurrences),
              ElementsAre("2026-02-05", "2026-02-12", "2026-02-13", "2026-02-26"));
}

TEST(DutyTest, EventsGiveTheirOwnDueDays) {
  const auto made = Make(AfterSession(), kTerm,
                         {Session(CivilDay(2026, 2, 11)), Session(CivilDay(2026, 7, 8), "e2")});
  ASSERT_THAT(made, IsOk());
  // Tết lies between.
  EXPECT_THAT(Days(made->occurrences), ElementsAre("2026-02-25", "2026-07-15"));
  EXPECT_EQ(made->occurrences[1].event, "e2");
  EXPECT_EQ(made->occurrences[1].number, 2);

  const std::vector<Obligation> owed = Deliveries(made->duty, made->occurrences);
  ASSERT_THAT(owed, SizeIs(2));
  EXPECT_EQ(owed[0].key, "deliver:d1:1");
  EXPECT_EQ(owed[0].resource, "duties/d1/occurrences/1");
  EXPECT_EQ(owed[0].body, "court");
  EXPECT_EQ(owed[0].basis, CivilDay(2026, 2, 11));
  EXPECT_EQ(Recompute(owed[0], VietnamCalendar()).day, CivilDay(2026, 2, 25));
}

TEST(DutyTest, WhatIsWrongNamesItsField) {
  struct Row {
    std::string reason, field;
    std::function<void(DutyContent&, DayInterval&)> spoil;
  };
  const std::vector<Row> table = {
      {"NOT_A_PARTY", "duty.from_body",
       [](DutyContent& c, DayInterval&) { c.from_body = "stranger"; }},
      {"NOT_A_PARTY", "duty.to_bodies[1]",
       [](DutyContent& c, DayInterval&) { c.to_bodies[1] = "stranger"; }},
      {"BODY_TWICE", "duty.to_bodies[1]",
       [](DutyContent& c, DayInterval&) { c.to_bodies[1] = "council"; }},
      {"BODY_TWICE", "duty.to_bodies[0]",
       [](DutyContent& c, DayInterval&) { c.to_bodies[0] = "court"; }},
      {"REQUIRED", "duty.to_bodies", [](DutyContent& c, DayInterval&) { c.to_bodies.clear(); }},
      {"TOO_MANY_BODIES", "duty.to_bodies",
       [](DutyContent& c, DayInterval&) { c.to_bodies.resize(30); }},
      {"OUT_OF_RANGE", "duty.rhythm.working_day",
       [](DutyContent& c, DayInterval&) { c.rhythm.working_day = 24; }},
      {"NO_DUE_DATES", "duty.rhythm",
       [](DutyContent&, DayInterval& days) {
         days = {CivilDay(2026, 1, 2), CivilDay(2026, 1, 30)};
       }},
      {"DUE_OUTSIDE_TERM", "duty.rhythm.date",
       [](DutyContent& c, DayInterval&) {
         c.rhythm = {};
         c.rhythm.kind = RhythmKind::kOnce;
         c.rhythm.day = CivilDay(2026, 4, 1);
       }},
      {"TOO_MANY_DUE_DATES", "duty.rhythm",
       [](DutyContent& c, DayInterval& days) {
         c.rhythm.kind = RhythmKind::kWeekly;
         c.rhythm.weekday = 1;
         days = {CivilDay(2000, 1, 1), CivilDay(2026, 12, 31)};
       }},
  };
  for (const Row& row : table) {
    DutyContent content = Schedule();
    DayInterval days = {CivilDay(2026, 1, 1), CivilDay(2026, 3, 31)};
    row.spoil(content, days);
    const auto made = Make(content, days);
    EXPECT_THAT(made, StatusIs(StatusCode::kInvalidArgument, row.reason)) << row.field;
    EXPECT_THAT(ViolatedFields(made.status()), ElementsAre(row.field)) << row.reason;
  }
  Ground draft = TheGround();
  draft.in_force = false;
  EXPECT_THAT(Make(Schedule(), {CivilDay(2026, 1, 1), CivilDay(2026, 3, 31)}, {}, draft),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
}

TEST(DutyTest, BodiesMustExistInTheDutysTime) {
  Bodies bodies = TheBodies();
  const DayInterval days = {CivilDay(2026, 1, 1), CivilDay(2026, 3, 31)};
  bodies["court"]->until = CivilDay(2026, 1, 1);
  EXPECT_THAT(CheckParty("court", "f", TheGround(), bodies, days),
              StatusIs(StatusCode::kInvalidArgument, "BODY_NOT_VALID"));
  bodies["court"]->carried_on = true;
  EXPECT_THAT(CheckParty("court", "f", TheGround(), bodies, days), IsOk());
  bodies["court"]->carried_on = false;
  bodies["court"]->until = CivilDay(2026, 1, 2);
  EXPECT_THAT(CheckParty("court", "f", TheGround(), bodies, days), IsOk());
  bodies["court"] = std::nullopt;
  EXPECT_THAT(CheckParty("court", "f", TheGround(), bodies, days),
              StatusIs(StatusCode::kInvalidArgument, "BODY_NOT_VALID"));
  // Nobody asked: the parties were changed meanwhile.
  bodies.erase("court");
  EXPECT_THAT(CheckParty("court", "f", TheGround(), bodies, days), StatusIs(StatusCode::kAborted));
}

TEST(DutyTest, TimeLiesWithinTheTerm) {
  const CivilDay today(2026, 1, 15);
  const auto given = DutyDays(std::nullopt, std::nullopt, kTerm, today);
  ASSERT_THAT(given, IsOk());
  EXPECT_EQ(*given, (DayInterval{today, kTerm.last}));
  EXPECT_THAT(DutyDays(kTerm.first - 1, std::nullopt, kTerm, today),
              StatusIs(StatusCode::kInvalidArgument, "OUTSIDE_TERM"));
  EXPECT_THAT(DutyDays(std::nullopt, kTerm.last + 1, kTerm, today),
              StatusIs(StatusCode::kInvalidArgument, "OUTSIDE_TERM"));
  EXPECT_THAT(DutyDays(CivilDay(2024, 2, 1), CivilDay(2024, 1, 31), kTerm, today),
              StatusIs(StatusCode::kInvalidArgument, "TERM_REVERSED"));
  // Before the term begins, its first day.
  EXPECT_EQ(DutyDays(std::nullopt, std::nullopt, kTerm, CivilDay(2020, 1, 1))->first, kTerm.first);
}

TEST(DutyTest, EndCancelsOnlyWhatFallsDueLater) {
  auto made = *Make(Schedule());
  made.occurrences[0].state = OccurrenceState::kOpen;
  made.occurrences[2].state = OccurrenceState::kDelivered;
  const auto ended = End(made.duty, made.occurrences, CivilDay(2026, 1, 31), "Sửa quy chế", kNow);
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(ended->duty.state, DutyState::kEnded);
  EXPECT_EQ(ended->duty.revision, 2);
  ASSERT_THAT(ended->occurrences, SizeIs(1));
  EXPECT_EQ(ended->occurrences[0].number, 2);
  EXPECT_EQ(ended->occurrences[0].state, OccurrenceState::kCancelled);
  EXPECT_TRUE(ended->duty.Owes(CivilDay(2026, 1, 31)));
  EXPECT_FALSE(ended->duty.Owes(CivilDay(2026, 2, 1)));

  EXPECT_THAT(End(made.duty, made.occurrences, CivilDay(2026, 1, 14), "x", kNow),
              StatusIs(StatusCode::kInvalidArgument, "DATE_IN_PAST"));
  EXPECT_THAT(End(made.duty, made.occurrences, CivilDay(2026, 4, 1), "x", kNow),
              StatusIs(StatusCode::kInvalidArgument, "OUTSIDE_TERM"));
  EXPECT_THAT(End(ended->duty, made.occurrences, CivilDay(2026, 1, 31), "x", kNow),
              StatusIs(StatusCode::kFailedPrecondition, "DUTY_ENDED"));
}

// Every state of the duty x every state of the event.
TEST(DutyTest, EventsCountWhereTheDutyIsOwed) {
  const Duty active = Make(AfterSession())->duty;
  const Duty ended = End(active, {}, CivilDay(2026, 2, 28), "x", kNow)->duty;
  const WorkCalendar calendar = VietnamCalendar();
  struct Row {
    const Duty* duty;
    CivilDay day;
    EventState state;
    std::string kind;
    bool counts, adds;
  };
  const std::vector<Row> table = {
      {&active, CivilDay(2026, 3, 4), EventState::kScheduled, "COUNCIL_SESSION", true, true},
      {&active, CivilDay(2026, 3, 4), EventState::kScheduled, "VOTER_MEETING", false, true},
      {&active, CivilDay(2026, 3, 4), EventState::kCancelled, "COUNCIL_SESSION", false, true},
      {&active, CivilDay(2026, 4, 1), EventState::kScheduled, "COUNCIL_SESSION", false, true},
      {&ended, CivilDay(2026, 2, 4), EventState::kScheduled, "COUNCIL_SESSION", true, true},
      {&ended, CivilDay(2026, 3, 4), EventState::kScheduled, "COUNCIL_SESSION", true, false},
  };
  for (const Row& row : table) {
    Event event = Session(row.day);
    event.state = row.state;
    event.kind = row.kind;
    EXPECT_EQ(CountsFrom(*row.duty, event), row.counts) << row.kind << FormatDay(row.day);
    EXPECT_EQ(AddOccurrence(*row.duty, 1, event, calendar).has_value(), row.adds)
        << FormatDay(row.day);
  }
  EXPECT_FALSE(CountsFrom(Make(Schedule())->duty, Session(CivilDay(2026, 3, 4))));
}

TEST(DutyTest, MovedEventMovesItsOccurrenceOrEndsIt) {
  const auto made = *Make(AfterSession(), {CivilDay(2026, 1, 1), CivilDay(2026, 3, 31)},
                          {Session(CivilDay(2026, 3, 4))});
  const WorkCalendar calendar = VietnamCalendar();
  const Occurrence& before = made.occurrences[0];
  const Occurrence moved =
      MoveOccurrence(made.duty, before, Session(CivilDay(2026, 2, 11)), calendar);
  EXPECT_EQ(moved.state, OccurrenceState::kOpen);
  EXPECT_EQ(moved.due.day, CivilDay(2026, 2, 25));
  EXPECT_EQ(moved.revision, 2);
  EXPECT_EQ(MoveNotice(made.duty, moved).kind, "DUE_DAY_MOVED");

  Event off = Session(CivilDay(2026, 3, 4));
  off.state = EventState::kCancelled;
  for (const Event& event : {off, Session(CivilDay(2026, 4, 1))}) {
    const Occurrence gone = MoveOccurrence(made.duty, before, event, calendar);
    EXPECT_EQ(gone.state, OccurrenceState::kCancelled);
    EXPECT_EQ(gone.due, before.due);
    EXPECT_EQ(MoveNotice(made.duty, gone).kind, "DELIVERY_NOT_OWED");
  }
}

TEST(DutyTest, WhatFallsDueAfterTheAgreementArisesOnceThatLastsLonger) {
  DutyContent quarterly = Schedule();
  quarterly.rhythm.kind = RhythmKind::kQuarterly;
  const DayInterval days = {CivilDay(2026, 7, 1), kTerm.last};
  const DayInterval later = {kTerm.last + 1, CivilDay(2027, 12, 31)};
  const std::vector<Event> sessions = {Session(CivilDay(2026, 12, 29))};
  const auto made = Make(quarterly, days);
  ASSERT_THAT(made, IsOk());
  ASSERT_THAT(made->occurrences, SizeIs(1));
  const auto more = AddLater(made->duty, made->occurrences, later, {}, VietnamCalendar());
  ASSERT_THAT(more, SizeIs(1));
  EXPECT_EQ(more[0].due.day.year(), 2027);
  EXPECT_EQ(more[0].number, 2);
  std::vector<Occurrence> all = made->occurrences;
  all.push_back(more[0]);
  EXPECT_THAT(AddLater(made->duty, all, later, {}, VietnamCalendar()), SizeIs(0));
  const auto none = Make(AfterSession(), days, sessions);
  ASSERT_THAT(none, IsOk());
  EXPECT_THAT(none->occurrences, SizeIs(0));
  EXPECT_THAT(AddLater(none->duty, {}, later, sessions, VietnamCalendar()), SizeIs(1));
  EXPECT_EQ(ErrorReason(Make(quarterly, {CivilDay(2026, 10, 1), kTerm.last}).status()),
            "NO_DUE_DATES");
}

}  // namespace
}  // namespace phoihop::agreements::duties
