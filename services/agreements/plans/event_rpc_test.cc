#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/access/authority.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/plans/testing_plans.h"

namespace phoihop::agreements::plans {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EventsTest : public PlansTest {
 protected:
  // A commitment 5 working days before each council session.
  v1::CreateCommitmentRequest Before(const std::string& plan) {
    v1::CreateCommitmentRequest request = CommitmentRequest(plan);
    v1::Rhythm& rhythm = *request.mutable_commitment()->mutable_rhythm();
    rhythm.Clear();
    rhythm.set_kind(v1::Rhythm::BEFORE_EVENT);
    rhythm.set_event("COUNCIL_SESSION");
    rhythm.set_working_days(5);
    return request;
  }

  absl::StatusOr<v1::Event> Move(const std::string& event, const std::string& day) {
    v1::UpdateEventRequest request;
    request.mutable_event()->set_name(event);
    request.mutable_event()->set_date(day);
    return Call(&Stub::UpdateEvent, request);
  }

  absl::StatusOr<v1::Event> Cancel(const std::string& event) {
    v1::CancelEventRequest request;
    request.set_name(event);
    request.set_reason("Hoãn theo thông báo của Thường trực Hội đồng");
    return Call(&Stub::CancelEvent, request);
  }
};

TEST_F(EventsTest, BadEventsNameTheirField) {
  struct Row {
    std::string reason, field;
    std::function<void(v1::Event&)> spoil;
  };
  for (const Row& row : std::vector<Row>{
           {"INVALID_EVENT_KIND", "event.kind", [](auto& e) { e.set_kind("council"); }},
           {"", "event.date", [](auto& e) { e.set_date("10/07/2024"); }},
           {"", "event.title", [](auto& e) { e.clear_title(); }},
           {"", "event.unit", [](auto& e) { e.set_unit("units/x"); }},
       }) {
    v1::CreateEventRequest request = EventRequest();
    row.spoil(*request.mutable_event());
    const absl::Status status = Call(&Stub::CreateEvent, request).status();
    EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument)) << row.field;
    EXPECT_THAT(ViolatedFields(status), ElementsAre(row.field));
    if (!row.reason.empty()) {
      EXPECT_EQ(ErrorReason(status), row.reason);
    }
  }
  // Old Can Tho ended on 2025-06-30.
  EXPECT_THAT(Call(&Stub::CreateEvent, EventRequest("2025-07-01")),
              StatusIs(StatusCode::kInvalidArgument, "UNIT_NOT_ON_DATE"));
  EXPECT_THAT(Call(&Stub::CreateEvent, EventRequest(), "members/viewer"),
              StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(EventsTest, DueDatesComeMoveAndGoWithTheirEvent) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string name = Add(Before(plan.name())).name();
  // One is known at the approval, one of another kind and one of another unit do not count.
  const std::string first = NewEvent(EventRequest("2024-07-10")).name();
  v1::CreateEventRequest meeting = EventRequest("2024-07-11");
  meeting.mutable_event()->set_kind("VOTER_MEETING");
  NewEvent(meeting);
  NewEvent(EventRequest("2024-07-12", access::kNinhKieu));
  EXPECT_THAT(Owed("fulfil:"), IsEmpty());
  Approved(plan.name());
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2024-07-03 open"));
  EXPECT_EQ(Occurrences(name)[0].event(), first);

  const std::string second = NewEvent(EventRequest("2024-12-10")).name();
  EXPECT_THAT(Owed("fulfil:"),
              ElementsAre("fulfil party 2024-07-03 open", "fulfil party 2024-12-03 open"));
  EXPECT_EQ(Get(name).occurrence_count(), 2);
  EXPECT_EQ(Get(name).next_due_date(), "2024-07-03");

  const auto moved = Move(first, "2024-07-17");
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->date(), "2024-07-17");
  EXPECT_THAT(Owed("fulfil:"),
              ElementsAre("fulfil party 2024-07-10 open", "fulfil party 2024-12-03 open"));
  EXPECT_EQ(Get(name).next_due_date(), "2024-07-10");
  EXPECT_EQ(Occurrences(name)[0].due().date(), "2024-07-10");
  EXPECT_THAT(Told(), ElementsAre("DUE_DAY_MOVED party"));

  // What was reported stays as it was.
  SetDay("2024-07-10");
  ASSERT_THAT(Fulfil(name, 1), IsOk());
  ASSERT_THAT(Move(first, "2024-07-24"), IsOk());
  EXPECT_EQ(Occurrences(name)[0].due().date(), "2024-07-10");

  const auto cancelled = Cancel(second);
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_EQ(cancelled->state(), v1::Event::CANCELLED);
  EXPECT_EQ(Occurrences(name)[1].state(), v1::CommitmentOccurrence::CANCELLED);
  EXPECT_THAT(Owed("fulfil:"),
              ElementsAre("fulfil party 2024-07-10 done", "fulfil party 2024-12-03 withdrawn"));
  EXPECT_EQ(Get(name).occurrence_count(), 1);
  EXPECT_EQ(Get(name).state(), v1::Commitment::FULFILLED);
  EXPECT_THAT(Fulfil(name, 2), StatusIs(StatusCode::kFailedPrecondition, "OCCURRENCE_NOT_OPEN"));
  EXPECT_THAT(Cancel(second), StatusIs(StatusCode::kFailedPrecondition, "EVENT_CANCELLED"));
  EXPECT_THAT(Move(second, "2024-12-11"),
              StatusIs(StatusCode::kFailedPrecondition, "EVENT_CANCELLED"));

  // More sessions may come in the plan's time.
  ASSERT_THAT(Confirm(name, 1), IsOk());
  EXPECT_EQ(Get(name).state(), v1::Commitment::ACTIVE);
  NewEvent(EventRequest("2024-12-12"));
  EXPECT_EQ(Get(name).state(), v1::Commitment::ACTIVE);
  EXPECT_EQ(Get(name).next_occurrence(), 3);
}

TEST_F(EventsTest, WhatIsOverdueStaysWhateverBecomesOfItsEvent) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string name = Add(Before(plan.name())).name();
  Approved(plan.name());
  const std::string event = NewEvent(EventRequest("2024-07-10")).name();
  SetDay("2024-07-04");
  ASSERT_THAT(Move(event, "2024-08-14"), IsOk());
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2024-07-03 open"));
  ASSERT_THAT(Cancel(event), IsOk());
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2024-07-03 open"));
  EXPECT_EQ(Occurrences(name)[0].state(), v1::CommitmentOccurrence::OPEN);
  EXPECT_TRUE(Fulfil(name, 1)->late());
  // Refused, it is as overdue as before.
  ASSERT_THAT(Refuse(name, 1), IsOk());
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2024-07-03 open"));
}

TEST_F(EventsTest, WhatChangedWhileItWasReportedCountsOnceThatIsRefused) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string name = Add(Before(plan.name())).name();
  Approved(plan.name());
  const std::string event = NewEvent(EventRequest("2024-07-10")).name();
  SetDay("2024-07-01");
  ASSERT_THAT(Fulfil(name, 1), IsOk());
  ASSERT_THAT(Move(event, "2024-07-24"), IsOk());
  EXPECT_EQ(Occurrences(name)[0].due().date(), "2024-07-03");
  const auto moved = Refuse(name, 1);
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->due().date(), "2024-07-17");
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2024-07-17 open"));
  EXPECT_EQ(Get(name).next_due_date(), "2024-07-17");
  EXPECT_THAT(Told(), Contains("DUE_DAY_MOVED party"));
  ASSERT_THAT(Fulfil(name, 1), IsOk());
  ASSERT_THAT(Cancel(event), IsOk());
  const auto gone = Refuse(name, 1);
  ASSERT_THAT(gone, IsOk());
  EXPECT_EQ(gone->state(), v1::CommitmentOccurrence::CANCELLED);
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2024-07-17 withdrawn"));
  EXPECT_EQ(Get(name).occurrence_count(), 0);
}

TEST_F(EventsTest, AWholeThatCountsFromEventsWaitsForItsPartsAndTheEndOfThePlan) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string whole = Add(Before(plan.name())).name();
  v1::CreateCommitmentRequest request = CommitmentRequest(plan.name(), "2024-12-20");
  request.mutable_commitment()->set_parent(whole);
  const std::string part = Add(request).name();
  Approved(plan.name());
  NewEvent(EventRequest("2024-07-10"));
  ASSERT_THAT(Fulfil(whole, 1), IsOk());
  ASSERT_THAT(Confirm(whole, 1), IsOk());
  const std::string second = NewEvent(EventRequest("2024-12-10")).name();
  // Neither the confirmation nor the end of the last event passes over the part.
  ASSERT_THAT(Cancel(second), IsOk());
  EXPECT_EQ(Get(whole).state(), v1::Commitment::ACTIVE);
  SetDay("2024-12-20");
  ASSERT_THAT(Fulfil(part), IsOk());
  ASSERT_THAT(Confirm(part), IsOk());
  EXPECT_EQ(Get(whole).state(), v1::Commitment::ACTIVE);
  v1::ClosePlanRequest close;
  close.set_name(plan.name());
  EXPECT_THAT(Call(&Stub::ClosePlan, close),
              StatusIs(StatusCode::kFailedPrecondition, "PLAN_NOT_OVER"));
  SetDay("2025-01-06");
  ASSERT_THAT(Call(&Stub::ClosePlan, close), IsOk());
  EXPECT_EQ(Get(whole).state(), v1::Commitment::CONFIRMED);
}

TEST_F(EventsTest, AnEventThatLeavesThePlansYearTakesItsDueDateAlong) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string name = Add(Before(plan.name())).name();
  Approved(plan.name());
  const std::string event = NewEvent(EventRequest("2024-12-10")).name();
  ASSERT_THAT(Move(event, "2025-01-14"), IsOk());
  EXPECT_EQ(Get(name).occurrence_count(), 0);
  EXPECT_EQ(Get(name).state(), v1::Commitment::ACTIVE);
  ASSERT_THAT(Move(event, "2024-12-17"), IsOk());
  EXPECT_THAT(Owed("fulfil:"),
              ElementsAre("fulfil party 2024-12-03 withdrawn", "fulfil party 2024-12-10 open"));
}

TEST_F(EventsTest, EventsAndApprovalsAtOnceMissNothing) {
  for (int round = 0; round < 10; ++round) {
    const v1::AnnualPlan plan = NewPlan(2024);
    const std::string name = Add(Before(plan.name())).name();
    Submit(plan.name());
    ASSERT_THAT(ApproveBy(plan.name(), "party"), IsOk());
    ASSERT_THAT(ApproveBy(plan.name(), "council"), IsOk());
    absl::StatusOr<v1::AnnualPlan> approved;
    absl::StatusOr<v1::Event> event;
    std::thread approving([&] { approved = ApproveBy(plan.name(), "court"); });
    std::thread recording([&] { event = Call(&Stub::CreateEvent, EventRequest("2024-07-10")); });
    approving.join();
    recording.join();
    ASSERT_THAT(approved, IsOk());
    ASSERT_THAT(event, IsOk());
    ASSERT_EQ(Get(name).occurrence_count(), 1) << round;
    // Room for the next round.
    ASSERT_THAT(Cancel(event->name()), IsOk());
    v1::AmendPlanRequest amend;
    amend.set_name(plan.name());
    amend.set_reason("x");
    amend.add_withdrawals(name);
    ASSERT_THAT(Call(&Stub::AmendPlan, amend), IsOk());
    const auto gone = pool_->Acquire(absl::Now() + absl::Seconds(5));
    ASSERT_THAT(gone, IsOk());
    ASSERT_THAT((**gone).Execute("UPDATE plans SET live_year = NULL"), IsOk());
  }
}

TEST_F(EventsTest, OtherRoomsAreToldInTheSameTransaction) {
  struct Counter : EventListener {
    absl::Status EventChanged(ledger::Transaction&, const EventChange& change,
                              const WorkCalendar&) override {
      seen.push_back(absl::StrCat(change.before.has_value() ? FormatDay(change.before->date) : "-",
                                  " ", FormatDay(change.after.date), " ", change.moves()));
      return fails ? Precondition("NOT_NOW", {"no", "không"}, "x") : absl::OkStatus();
    }
    std::vector<std::string> seen;
    bool fails = false;
  };
  Counter counter;
  parts_.listeners = {&counter};
  server_ = std::make_unique<testing::TestServer>([&](rpc::Server::Builder& builder) {
    builder.set_permission_checker(std::make_shared<access::SnapshotPermissions>(snapshots_.get()));
    AddPlanHandlers(parts_, builder);
  });
  stub_ = v1::PlansService::NewStub(server_->channel());
  const std::string event = NewEvent(EventRequest()).name();
  ASSERT_THAT(Move(event, "2024-07-11"), IsOk());
  v1::UpdateEventRequest rename;
  rename.mutable_event()->set_name(event);
  rename.mutable_event()->set_title("Kỳ họp chuyên đề");
  ASSERT_THAT(Call(&Stub::UpdateEvent, rename), IsOk());
  EXPECT_THAT(counter.seen,
              ElementsAre("- 2024-07-10 1", "2024-07-10 2024-07-11 1", "2024-07-11 2024-07-11 0"));
  counter.fails = true;
  EXPECT_THAT(Cancel(event), StatusIs(StatusCode::kFailedPrecondition, "NOT_NOW"));
  v1::GetEventRequest get;
  get.set_name(event);
  EXPECT_EQ(Call(&Stub::GetEvent, get)->state(), v1::Event::SCHEDULED);
}

}  // namespace
}  // namespace phoihop::agreements::plans
