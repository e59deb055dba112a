#include "services/agreements/duties/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

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
using ::testing::IsEmpty;

const absl::Time kNow =
    absl::FromCivil(absl::CivilSecond(2026, 2, 25, 3, 0, 0), absl::UTCTimeZone());

Duty TheDuty() {
  Duty duty;
  duty.id = "d1";
  duty.agreement = "a1";
  duty.unit = 2;
  duty.term_start = CivilDay(2021, 1, 1);
  duty.days = {CivilDay(2026, 1, 1), CivilDay(2026, 12, 31)};
  duty.content.from_body = "court";
  duty.content.to_bodies = {"council", "party"};
  duty.content.title = "Lịch xét xử";
  duty.content.rhythm.kind = RhythmKind::kMonthly;
  duty.content.rhythm.working_day = 10;
  duty.revision = 1;
  return duty;
}

Occurrence Open() {
  Occurrence occurrence;
  occurrence.duty = "d1";
  occurrence.number = 2;
  occurrence.due = DueDays(TheDuty().content.rhythm, TheDuty().days, VietnamCalendar())[1];
  occurrence.calendar_revision = 4;
  occurrence.revision = 1;
  return occurrence;
}

DeliveryContent Document() { return {"12/LX-TA", "Lịch xét xử tháng 2", "", {}}; }

absl::StatusOr<Delivered> DeliverOn(CivilDay day, const Occurrence& occurrence = Open(),
                                    const DeliveryContent& content = Document()) {
  return Deliver("v1", TheDuty(), occurrence, content, day, "members/an", VietnamCalendar(), kNow);
}

TEST(DeliveryTest, DueDayAndLatenessAreFrozenOnTheDay) {
  // The tenth working day of February 2026 is the 13th, the last one before Tết.
  ASSERT_EQ(Open().due.day, CivilDay(2026, 2, 13));
  struct Row {
    CivilDay day;
    bool late;
    int working_days;
  };
  const std::vector<Row> table = {
      {CivilDay(2026, 2, 2), false, 0},
      {CivilDay(2026, 2, 13), false, 0},
      // A Saturday: late, though no working day lies between.
      {CivilDay(2026, 2, 14), true, 0},
      // Tết's days off do not count.
      {CivilDay(2026, 2, 23), true, 1},
      {CivilDay(2026, 2, 25), true, 3},
  };
  for (const Row& row : table) {
    const auto made = DeliverOn(row.day);
    ASSERT_THAT(made, IsOk()) << FormatDay(row.day);
    EXPECT_EQ(made->delivery.late, row.late) << FormatDay(row.day);
    EXPECT_EQ(made->delivery.late_working_days, row.working_days) << FormatDay(row.day);
    EXPECT_EQ(made->delivery.due, Open().due);
    EXPECT_EQ(made->delivery.calendar_revision, 4);
    EXPECT_EQ(made->occurrence.state, OccurrenceState::kDelivered);
    EXPECT_EQ(made->occurrence.late, row.late);
    EXPECT_EQ(made->occurrence.delivery, "v1");
    EXPECT_EQ(made->occurrence.revision, 2);
  }
}

TEST(DeliveryTest, WhatIsWrongNamesItsField) {
  const auto field = [](const absl::StatusOr<Delivered>& made) {
    return ViolatedFields(made.status());
  };
  const auto future = DeliverOn(CivilDay(2026, 2, 26));
  EXPECT_THAT(future, StatusIs(StatusCode::kInvalidArgument, "DATE_IN_FUTURE"));
  EXPECT_THAT(field(future), ElementsAre("delivery.delivered_date"));
  const auto early = DeliverOn(CivilDay(2026, 1, 31));
  EXPECT_THAT(early, StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY"));
  EXPECT_THAT(field(early), ElementsAre("delivery.delivered_date"));
  const auto empty = DeliverOn(CivilDay(2026, 2, 2), Open(), {"", "", "", {"aa"}});
  EXPECT_THAT(empty, StatusIs(StatusCode::kInvalidArgument, "DELIVERY_EMPTY"));
  EXPECT_THAT(field(empty), ElementsAre("delivery"));
  EXPECT_THAT(DeliverOn(CivilDay(2026, 2, 2), Open(), {"", "", "Không phát sinh", {}}), IsOk());
}

TEST(DeliveryTest, EarliestDayFollowsTheRhythm) {
  Duty duty = TheDuty();
  Occurrence occurrence = Open();
  EXPECT_EQ(EarliestDelivery(duty, occurrence), CivilDay(2026, 2, 1));
  // Monday of Tết's week: due before its week begins.
  duty.content.rhythm = {};
  duty.content.rhythm.kind = RhythmKind::kWeekly;
  duty.content.rhythm.weekday = 1;
  occurrence.due = DueDays(duty.content.rhythm, {CivilDay(2026, 2, 9), CivilDay(2026, 2, 22)},
                           VietnamCalendar())[1];
  EXPECT_EQ(occurrence.due.day, CivilDay(2026, 2, 13));
  EXPECT_EQ(EarliestDelivery(duty, occurrence), CivilDay(2026, 2, 13));
  // A date, or an event, may be served any time before.
  duty.content.rhythm.kind = RhythmKind::kOnce;
  EXPECT_EQ(EarliestDelivery(duty, occurrence), duty.days.first);
  duty.content.rhythm.kind = RhythmKind::kBeforeEvent;
  EXPECT_EQ(EarliestDelivery(duty, occurrence), duty.days.first);
}

TEST(DeliveryTest, EveryStateOfAnOccurrenceAllowsOrRefusesDelivery) {
  for (const auto& [state, reason] : std::map<OccurrenceState, std::string>{
           {OccurrenceState::kOpen, ""},
           {OccurrenceState::kDelivered, "OCCURRENCE_NOT_OPEN"},
           {OccurrenceState::kCancelled, "OCCURRENCE_NOT_OPEN"}}) {
    Occurrence occurrence = Open();
    occurrence.state = state;
    const auto made = DeliverOn(CivilDay(2026, 2, 2), occurrence);
    if (reason.empty()) {
      EXPECT_THAT(made, IsOk());
    } else {
      EXPECT_THAT(made, StatusIs(StatusCode::kFailedPrecondition, reason));
    }
  }
}

TEST(DeliveryTest, EveryStateAllowsOrRefusesEveryCommand) {
  const Delivered made = *DeliverOn(CivilDay(2026, 2, 2));
  const std::map<std::string, std::function<absl::Status(const Delivery&)>> commands = {
      {"correct",
       [&](const Delivery& delivery) {
         return Correct(delivery, made.occurrence, "v2", {"13/LX-TA", "", "", {}}, "Sai số",
                        "members/an", kNow)
             .status();
       }},
      {"withdraw",
       [&](const Delivery& delivery) {
         return Withdraw(delivery, made.occurrence, "Nhầm kỳ", true, kNow).status();
       }},
      {"acknowledge",
       [&](const Delivery& delivery) {
         return Acknowledge(delivery, "party", "members/binh", "party", kNow).status();
       }},
  };
  const std::map<DeliveryState, std::string> table = {
      {DeliveryState::kDelivered, ""},
      {DeliveryState::kCorrected, "DELIVERY_CORRECTED"},
      {DeliveryState::kWithdrawn, "DELIVERY_WITHDRAWN"},
  };
  for (const auto& [state, reason] : table) {
    for (const auto& [name, run] : commands) {
      Delivery delivery = made.delivery;
      delivery.state = state;
      const std::string what = absl::StrCat(name, " in state ", static_cast<int>(state));
      if (reason.empty()) {
        EXPECT_THAT(run(delivery), IsOk()) << what;
      } else {
        EXPECT_THAT(run(delivery), StatusIs(StatusCode::kFailedPrecondition, reason)) << what;
      }
    }
  }
}

TEST(DeliveryTest, CorrectionKeepsTheOldTextAndTheDay) {
  Delivered made = *DeliverOn(CivilDay(2026, 2, 24));
  made.delivery = *Acknowledge(made.delivery, "party", "members/binh", "party", kNow);
  const auto corrected = Correct(made.delivery, made.occurrence, "v2", {"13/LX-TA", "", "", {}},
                                 "Sai số", "members/cuc", kNow + absl::Hours(1));
  ASSERT_THAT(corrected, IsOk());
  EXPECT_EQ(corrected->before.state, DeliveryState::kCorrected);
  EXPECT_EQ(corrected->before.replaced_by, "v2");
  EXPECT_EQ(corrected->before.content, Document());
  EXPECT_EQ(corrected->before.receipts.size(), 1);
  const Delivery& after = corrected->after;
  EXPECT_EQ(after.state, DeliveryState::kDelivered);
  EXPECT_EQ(after.replaces, "v1");
  EXPECT_EQ(after.content.document_number, "13/LX-TA");
  EXPECT_EQ(after.correct_reason, "Sai số");
  EXPECT_EQ(after.delivered_day, CivilDay(2026, 2, 24));
  EXPECT_TRUE(after.late);
  EXPECT_EQ(after.late_working_days, 2);
  EXPECT_THAT(after.receipts, IsEmpty());
  EXPECT_EQ(after.recorded_by, "members/cuc");
  EXPECT_EQ(after.revision, 1);
  EXPECT_EQ(corrected->occurrence.delivery, "v2");
  EXPECT_EQ(DeliveryNotices(TheDuty(), after)[0].kind, "DELIVERY_CORRECTED");

  EXPECT_THAT(Correct(made.delivery, made.occurrence, "v2", Document(), "x", "members/an", kNow),
              StatusIs(StatusCode::kInvalidArgument, "NOTHING_CORRECTED"));
  EXPECT_THAT(Correct(made.delivery, made.occurrence, "v2", {}, "x", "members/an", kNow),
              StatusIs(StatusCode::kInvalidArgument, "DELIVERY_EMPTY"));
}

TEST(DeliveryTest, WithdrawalReopensTheOccurrenceWithItsDueDay) {
  const Delivered made = *DeliverOn(CivilDay(2026, 2, 24));
  const auto withdrawn = Withdraw(made.delivery, made.occurrence, "Nhầm kỳ", true, kNow);
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_EQ(withdrawn->delivery.state, DeliveryState::kWithdrawn);
  EXPECT_EQ(withdrawn->delivery.content, Document());
  EXPECT_TRUE(withdrawn->delivery.late);
  EXPECT_EQ(withdrawn->delivery.withdraw_day, CivilDay(2026, 2, 25));
  EXPECT_EQ(withdrawn->occurrence.state, OccurrenceState::kOpen);
  EXPECT_EQ(withdrawn->occurrence.due, Open().due);
  EXPECT_EQ(withdrawn->occurrence.delivery, "");
  EXPECT_FALSE(withdrawn->occurrence.late);
  EXPECT_EQ(withdrawn->occurrence.withdrawals, 1);
  EXPECT_EQ(Withdraw(made.delivery, made.occurrence, "x", false, kNow)->occurrence.state,
            OccurrenceState::kCancelled);
  EXPECT_EQ(DeliveryNotices(TheDuty(), withdrawn->delivery)[1].kind, "DELIVERY_WITHDRAWN");
}

TEST(DeliveryTest, WhatWasWithdrawnIsNotGivenAnewWithAnEarlierDay) {
  const Delivered made = *DeliverOn(CivilDay(2026, 2, 25));
  ASSERT_TRUE(made.delivery.late);
  const Delivered withdrawn = *Withdraw(made.delivery, made.occurrence, "Nhầm kỳ", true, kNow);
  const auto early = DeliverOn(Open().due.day, withdrawn.occurrence);
  EXPECT_THAT(early, StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY"));
  EXPECT_THAT(ViolatedFields(early.status()), ElementsAre("delivery.delivered_date"));
  EXPECT_TRUE(DeliverOn(CivilDay(2026, 2, 25), withdrawn.occurrence)->delivery.late);
}

TEST(DeliveryTest, EachReceiverAcknowledgesOnce) {
  const Delivered made = *DeliverOn(CivilDay(2026, 2, 2));
  const auto once = Acknowledge(made.delivery, "party", "members/binh", "party", kNow);
  ASSERT_THAT(once, IsOk());
  EXPECT_THAT(once->receipts, ElementsAre(Receipt{"party", "members/binh", kNow}));
  EXPECT_EQ(once->revision, 2);
  EXPECT_THAT(Acknowledge(*once, "party", "members/binh", "party", kNow),
              StatusIs(StatusCode::kFailedPrecondition, "ALREADY_ACKNOWLEDGED"));
  EXPECT_THAT(Acknowledge(*once, "council", "members/binh", "", kNow), IsOk());
  EXPECT_THAT(Acknowledge(*once, "council", "members/an", "", kNow),
              StatusIs(StatusCode::kFailedPrecondition, "ACKNOWLEDGER_DELIVERED"));
  EXPECT_THAT(Acknowledge(*once, "council", "members/binh", "court", kNow),
              StatusIs(StatusCode::kFailedPrecondition, "ACKNOWLEDGER_DELIVERED"));
  const auto own = Acknowledge(*once, "court", "members/binh", "", kNow);
  EXPECT_THAT(own, StatusIs(StatusCode::kInvalidArgument, "NOT_A_RECIPIENT"));
  EXPECT_THAT(ViolatedFields(own.status()), ElementsAre("body"));
}

}  // namespace
}  // namespace phoihop::agreements::duties
