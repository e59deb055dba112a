#include "services/agreements/plans/schedule.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "services/agreements/deadlines/testing_calendar.h"
#include "services/agreements/plans/obligations.h"

namespace phoihop::agreements::plans {
namespace {

using ::testing::ElementsAre;

const absl::Time kNow = StartOfDay(absl::CivilDay(2026, 3, 10));

Commitment Planned(Rhythm rhythm) {
  Commitment commitment;
  commitment.id = "c1";
  commitment.agreement = "a1";
  commitment.unit = 2;
  commitment.days = {absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 12, 31)};
  commitment.content.title = "Nhiệm vụ";
  commitment.content.lead = "party";
  commitment.content.rhythm = rhythm;
  commitment.revision = 1;
  return commitment;
}

Rhythm Of(RhythmKind kind) {
  Rhythm rhythm;
  rhythm.kind = kind;
  return rhythm;
}

Rhythm BeforeSession(int working_days) {
  Rhythm rhythm = Of(RhythmKind::kBeforeEvent);
  rhythm.event = "COUNCIL_SESSION";
  rhythm.working_days = working_days;
  return rhythm;
}

Event Session(const std::string& id, absl::CivilDay day) {
  Event event;
  event.id = id;
  event.unit = 2;
  event.kind = "COUNCIL_SESSION";
  event.date = day;
  return event;
}

std::vector<std::string> Dues(const Scheduled& scheduled) {
  std::vector<std::string> days;
  for (const Occurrence& occurrence : scheduled.occurrences) {
    days.push_back(FormatDay(occurrence.due.day));
  }
  return days;
}

TEST(ScheduleTest, ADateIsOneOccurrenceAlsoWhenItIsPast) {
  Rhythm rhythm = Of(RhythmKind::kOnce);
  rhythm.day = absl::CivilDay(2026, 2, 3);
  const Scheduled scheduled =
      Activate(Planned(rhythm), absl::CivilDay(2026, 3, 1), 0, {}, VietnamCalendar(), kNow);
  EXPECT_THAT(Dues(scheduled), ElementsAre("2026-02-03"));
  EXPECT_EQ(scheduled.commitment.state, CommitmentState::kActive);
  EXPECT_EQ(scheduled.commitment.occurrences, 1);
  EXPECT_EQ(scheduled.commitment.active_day, absl::CivilDay(2026, 3, 1));
  EXPECT_EQ(scheduled.occurrences[0].calendar_revision, 4);
}

TEST(ScheduleTest, ARhythmIsOwedFromItsApprovalOn) {
  Rhythm rhythm = Of(RhythmKind::kMonthly);
  rhythm.working_day = 3;
  const Scheduled scheduled =
      Activate(Planned(rhythm), absl::CivilDay(2026, 9, 10), 2, {}, VietnamCalendar(), kNow);
  EXPECT_THAT(Dues(scheduled), ElementsAre("2026-10-05", "2026-11-04", "2026-12-03"));
  EXPECT_EQ(scheduled.occurrences[2].number, 3);
  EXPECT_EQ(scheduled.commitment.added_by, 2);
  // Approved after all of it: the last remains.
  EXPECT_THAT(
      Dues(Activate(Planned(rhythm), absl::CivilDay(2026, 12, 30), 0, {}, VietnamCalendar(), kNow)),
      ElementsAre("2026-12-03"));
}

TEST(ScheduleTest, EventsGiveOccurrencesThatMoveAndAreCancelledWithThem) {
  const WorkCalendar calendar = VietnamCalendar();
  const Commitment planned = Planned(BeforeSession(5));
  // Tet 2026 lies between: 16 to 20 February.
  Scheduled scheduled = Activate(
      planned, absl::CivilDay(2026, 1, 5), 0,
      {Session("e0", absl::CivilDay(2026, 1, 6)), Session("e1", absl::CivilDay(2026, 2, 25))},
      calendar, kNow);
  // That of January fell due before the approval.
  EXPECT_THAT(Dues(scheduled), ElementsAre("2026-02-11"));
  EXPECT_EQ(scheduled.occurrences[0].event, "e1");

  const Event later = Session("e1", absl::CivilDay(2026, 3, 4));
  EXPECT_TRUE(CountsFrom(scheduled.commitment, later));
  const Scheduled moved =
      MoveOccurrence(scheduled.commitment, scheduled.occurrences[0], later, calendar, kNow);
  EXPECT_THAT(Dues(moved), ElementsAre("2026-02-25"));
  EXPECT_EQ(moved.occurrences[0].revision, 2);

  const auto added =
      AddOccurrence(moved.commitment, Session("e2", absl::CivilDay(2026, 7, 8)), calendar, kNow);
  ASSERT_TRUE(added.has_value());
  EXPECT_EQ(added->occurrences[0].number, 2);
  EXPECT_EQ(added->commitment.occurrences, 2);
  EXPECT_FALSE(
      AddOccurrence(moved.commitment, Session("e3", absl::CivilDay(2026, 1, 7)), calendar, kNow)
          .has_value());

  const Scheduled cancelled = CancelOccurrence(added->commitment, added->occurrences[0], kNow);
  EXPECT_EQ(cancelled.occurrences[0].state, OccurrenceState::kCancelled);
  EXPECT_EQ(cancelled.commitment.occurrences, 1);
  EXPECT_EQ(cancelled.commitment.last_number, 2);
}

TEST(ScheduleTest, OnlyEventsOfKindUnitAndTimeCount) {
  Commitment commitment = Activate(Planned(BeforeSession(1)), absl::CivilDay(2026, 1, 5), 0, {},
                                   VietnamCalendar(), kNow)
                              .commitment;
  EXPECT_EQ(commitment.state, CommitmentState::kActive);
  EXPECT_EQ(commitment.occurrences, 0);
  const Event good = Session("e", absl::CivilDay(2026, 7, 8));
  EXPECT_TRUE(CountsFrom(commitment, good));
  Event event = good;
  event.unit = 3;
  EXPECT_FALSE(CountsFrom(commitment, event));
  event = good;
  event.kind = "VOTER_MEETING";
  EXPECT_FALSE(CountsFrom(commitment, event));
  event = good;
  event.state = EventState::kCancelled;
  EXPECT_FALSE(CountsFrom(commitment, event));
  event = good;
  event.date = absl::CivilDay(2027, 1, 1);
  EXPECT_FALSE(CountsFrom(commitment, event));
  commitment.state = CommitmentState::kWithdrawn;
  EXPECT_FALSE(CountsFrom(commitment, good));
  EXPECT_FALSE(CountsFrom(Planned(BeforeSession(1)), good));
}

TEST(ObligationsTest, AnOccurrenceIsOwedByItsLeadUnderTheRuleOfItsDueDay) {
  const WorkCalendar calendar = VietnamCalendar();
  const Scheduled scheduled =
      Activate(Planned(BeforeSession(5)), absl::CivilDay(2026, 1, 5), 0,
               {Session("e1", absl::CivilDay(2026, 2, 25))}, calendar, kNow);
  const Obligation owed = Fulfilment(scheduled.commitment, scheduled.occurrences[0]);
  EXPECT_EQ(owed.key, "fulfil:c1:1");
  EXPECT_EQ(owed.kind, ObligationKind::kFulfil);
  EXPECT_EQ(owed.resource, "commitments/c1/occurrences/1");
  EXPECT_EQ(owed.body, "party");
  EXPECT_EQ(owed.due.day, absl::CivilDay(2026, 2, 11));
  EXPECT_EQ(Recompute(owed, calendar), owed.due);
}

TEST(ObligationsTest, SupportersConfirmOrElseTheOtherParties) {
  Commitment commitment = Planned({});
  const std::vector<std::string> parties = {"party", "council", "court"};
  EXPECT_THAT(Confirmers(commitment, parties), ElementsAre("council", "court"));
  commitment.content.supporting = {"court"};
  EXPECT_THAT(Confirmers(commitment, parties), ElementsAre("court"));
  Occurrence occurrence;
  occurrence.commitment = "c1";
  occurrence.number = 2;
  occurrence.refusals = 1;
  occurrence.fulfil_day = absl::CivilDay(2026, 2, 13);  // the Friday before Tet
  const auto owed = Confirmations(commitment, occurrence, {"court"}, VietnamCalendar());
  ASSERT_EQ(owed.size(), 1);
  EXPECT_EQ(owed[0].key, "confirm:c1:2:1:court");
  EXPECT_EQ(owed[0].due.day, absl::CivilDay(2026, 2, 27));
  EXPECT_EQ(owed[0].working_days, 5);
}

TEST(ObligationsTest, ThoseWhoHadApprovedAreToldOfARejection) {
  AnnualPlan before;
  before.id = "p1";
  before.round = 1;
  before.year = 2026;
  before.approvals = {{"party", absl::CivilDay(2026, 1, 8), "", "", "", {}},
                      {"council", std::nullopt, "", "", "", {}}};
  AnnualPlan after = before;
  after.rejection = {"council", "thiếu chỉ tiêu", absl::CivilDay(2026, 1, 9), "members/b"};
  const auto notices = RejectionNotices(before, after);
  ASSERT_EQ(notices.size(), 1);
  EXPECT_EQ(notices[0].body, "party");
  EXPECT_EQ(notices[0].kind, "PLAN_REJECTED");
  EXPECT_THAT(notices[0].text_vi, ::testing::HasSubstr("thiếu chỉ tiêu"));
}

TEST(ScheduleTest, WhatFallsDueAfterTheAgreementArisesOnceThatLastsLonger) {
  const absl::CivilDay last(2026, 12, 31);
  const DayInterval later = {last + 1, absl::CivilDay(2027, 12, 31)};
  Rhythm quarterly = Of(RhythmKind::kQuarterly);
  quarterly.working_day = 5;
  const std::vector<Event> sessions = {Session("e1", absl::CivilDay(2026, 7, 10)),
                                       Session("e2", absl::CivilDay(2026, 12, 29))};
  Rhythm after_session = BeforeSession(5);
  after_session.kind = RhythmKind::kAfterEvent;
  for (const Rhythm& rhythm : {quarterly, after_session}) {
    const Scheduled scheduled = Activate(Planned(rhythm), absl::CivilDay(2026, 1, 1), 0, sessions,
                                         VietnamCalendar(), kNow, last);
    ASSERT_FALSE(scheduled.occurrences.empty());
    EXPECT_LE(scheduled.occurrences.back().due.day, last);
    const auto more = AddLater(scheduled.commitment, scheduled.occurrences, later, sessions,
                               VietnamCalendar(), kNow);
    ASSERT_TRUE(more.has_value());
    ASSERT_EQ(more->occurrences.size(), 1);
    EXPECT_EQ(more->occurrences[0].due.day.year(), 2027);
    EXPECT_EQ(more->occurrences[0].number, scheduled.commitment.last_number + 1);
    EXPECT_EQ(more->commitment.occurrences, scheduled.commitment.occurrences + 1);
    // What is there already does not arise again.
    std::vector<Occurrence> all = scheduled.occurrences;
    all.push_back(more->occurrences[0]);
    EXPECT_FALSE(AddLater(more->commitment, all, later, sessions, VietnamCalendar(), kNow));
  }
}

}  // namespace
}  // namespace phoihop::agreements::plans
