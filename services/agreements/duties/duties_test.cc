// Duties and their lists through the service.
#include <functional>
#include <optional>

#include "common/ledger/reader.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/duties/duty_terms.h"
#include "services/agreements/duties/testing_duties.h"

namespace phoihop::agreements::duties {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kUuid[] = "7f2c1a9e-4b1d-4a53-9f0e-2d6b8c1e0a11";

using DutyTest = DutiesTest;

TEST_F(DutyTest, IsOwedOnceForEveryDueDayOfItsRhythm) {
  const v1::InformationDuty duty = NewDuty(ScheduleRequest());
  EXPECT_EQ(duty.unit(), "units/2");
  EXPECT_EQ(duty.state(), v1::InformationDuty::ACTIVE);
  EXPECT_FALSE(duty.has_figures());
  EXPECT_THAT(OccurrencesOf(duty.name()),
              ElementsAre("1 2024-01-09 OPEN", "2 2024-02-15 OPEN", "3 2024-03-08 OPEN",
                          "4 2024-04-08 OPEN", "5 2024-05-08 OPEN", "6 2024-06-10 OPEN"));
  EXPECT_THAT(Owed("deliver:"),
              ElementsAre("deliver court 2024-01-09 open", "deliver court 2024-02-15 open",
                          "deliver court 2024-03-08 open", "deliver court 2024-04-08 open",
                          "deliver court 2024-05-08 open", "deliver court 2024-06-10 open"));
  const v1::InformationDuty got = Duty(duty.name());
  EXPECT_EQ(got.figures().occurrence_count(), 6);
  EXPECT_EQ(got.figures().next_occurrence(), 1);
  EXPECT_EQ(got.figures().next_due_date(), "2024-01-09");
  EXPECT_EQ(got.rhythm().working_day(), 6);
  EXPECT_THAT(got.to_bodies(), ElementsAre("bodies/council", "bodies/party"));

  v1::ListDutyOccurrencesRequest request;
  request.set_parent(duty.name());
  request.set_page_size(4);
  const auto first = Do(&DutyStub::ListDutyOccurrences, request);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(first->occurrences(), SizeIs(4));
  EXPECT_EQ(first->occurrences(1).name(), duty.name() + "/occurrences/2");
  EXPECT_EQ(first->occurrences(1).due().calendar_revision(), 4);
  EXPECT_NE(first->occurrences(1).due().calculation(), "");
  request.set_page_token(first->next_page_token());
  const auto second = Do(&DutyStub::ListDutyOccurrences, request);
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(second->occurrences(), SizeIs(2));
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(DutyTest, WhatFallsDueAfterAnEarlierEndIsNoLongerOwedUnlessItIsExtendedAgain) {
  const std::string duty = NewDuty(ScheduleRequest()).name();
  const auto end = [&](absl::CivilDay last) {
    Commit([&](ledger::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const std::optional<Agreement> before, agreements_->Lock(tx, "a1"));
      Agreement after = *before;
      after.term_end = last;
      ++after.revision;
      RETURN_IF_ERROR(agreements_->Replace(tx, *before, after));
      DutyTerms terms(&duty_parts_);
      if (last < before->term_end) return terms.TermShortened(tx, *before, after);
      return terms.TermExtended(tx, *before, after, *snapshots_->Get()->calendar);
    });
  };
  end(absl::CivilDay(2024, 4, 8));
  EXPECT_THAT(OccurrencesOf(duty),
              ElementsAre("1 2024-01-09 OPEN", "2 2024-02-15 OPEN", "3 2024-03-08 OPEN",
                          "4 2024-04-08 OPEN", "5 2024-05-08 CANCELLED", "6 2024-06-10 CANCELLED"));
  EXPECT_THAT(Owed("deliver:"), Contains("deliver court 2024-05-08 withdrawn"));
  EXPECT_THAT(Told(), ElementsAre("DELIVERY_NOT_OWED court", "DELIVERY_NOT_OWED court"));
  end(absl::CivilDay(2024, 5, 31));
  EXPECT_THAT(OccurrencesOf(duty), Contains("7 2024-05-08 OPEN"));
  EXPECT_THAT(OccurrencesOf(duty), SizeIs(7));
}

TEST_F(DutyTest, BadInputNamesItsFieldAndStoresNothing) {
  struct Row {
    std::string reason, field;
    std::function<void(v1::InformationDuty&)> spoil;
  };
  const std::vector<Row> table = {
      {"REQUIRED", "duty.title", [](auto& d) { d.clear_title(); }},
      {"INVALID_LENGTH", "duty.title", [](auto& d) { d.set_title(std::string(100000, 'x')); }},
      {"INVALID_TEXT", "duty.description", [](auto& d) { d.set_description("a\x01"); }},
      {"REQUIRED", "duty.kind", [](auto& d) { d.clear_kind(); }},
      {"REQUIRED", "duty.rhythm.kind", [](auto& d) { d.clear_rhythm(); }},
      {"OUT_OF_RANGE", "duty.rhythm.working_day",
       [](auto& d) { d.mutable_rhythm()->set_working_day(0); }},
      {"NOT_A_PARTY", "duty.from_body", [](auto& d) { d.set_from_body("bodies/party-n"); }},
      {"NOT_A_PARTY", "duty.to_bodies[1]", [](auto& d) { d.set_to_bodies(1, "bodies/nobody"); }},
      {"BODY_TWICE", "duty.to_bodies[1]", [](auto& d) { d.set_to_bodies(1, "bodies/court"); }},
      {"REQUIRED", "duty.to_bodies", [](auto& d) { d.clear_to_bodies(); }},
      {"TOO_MANY_BODIES", "duty.to_bodies",
       [](auto& d) {
         for (int i = 0; i < 5000; ++i) d.add_to_bodies("bodies/b" + std::to_string(i));
       }},
      {"INVALID_DAY", "duty.start_date", [](auto& d) { d.set_start_date("1/1/2024"); }},
      {"OUTSIDE_TERM", "duty.start_date", [](auto& d) { d.set_start_date("2020-12-31"); }},
      {"OUTSIDE_TERM", "duty.end_date", [](auto& d) { d.set_end_date("2025-07-01"); }},
      {"TERM_REVERSED", "duty.end_date", [](auto& d) { d.set_end_date("2023-12-31"); }},
      {"NO_DUE_DATES", "duty.rhythm", [](auto& d) { d.set_end_date("2024-01-30"); }},
      {"DUE_OUTSIDE_TERM", "duty.rhythm.date",
       [](auto& d) {
         d.mutable_rhythm()->Clear();
         d.mutable_rhythm()->set_kind(v1::Rhythm::ONCE);
         d.mutable_rhythm()->set_date("2024-07-01");
       }},
      {"NOT_OF_THIS_KIND", "duty.rhythm.working_day",
       [](auto& d) {
         d.mutable_rhythm()->set_kind(v1::Rhythm::ONCE);
         d.mutable_rhythm()->set_date("2024-03-01");
       }},
  };
  for (const Row& row : table) {
    v1::CreateDutyRequest request = ScheduleRequest();
    row.spoil(*request.mutable_duty());
    const auto made = Do(&DutyStub::CreateDuty, request);
    EXPECT_THAT(made, StatusIs(StatusCode::kInvalidArgument, row.reason)) << row.field;
    EXPECT_THAT(ViolatedFields(made.status()), ElementsAre(row.field)) << row.reason;
  }
  EXPECT_THAT(Do(&DutyStub::CreateDuty, ScheduleRequest("agreements/draft")),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
  bodies_.known["court"]->until = absl::CivilDay(2023, 12, 31);
  EXPECT_THAT(Do(&DutyStub::CreateDuty, ScheduleRequest()),
              StatusIs(StatusCode::kInvalidArgument, "BODY_NOT_VALID"));
  bodies_.reachable = false;
  EXPECT_THAT(Do(&DutyStub::CreateDuty, ScheduleRequest()),
              StatusIs(StatusCode::kUnavailable, "DIRECTORY_UNAVAILABLE"));
  EXPECT_THAT(Owed("deliver:"), IsEmpty());
}

TEST_F(DutyTest, EndTakesAwayWhatFallsDueLater) {
  const v1::InformationDuty duty = NewDuty(ScheduleRequest());
  SetDay("2024-02-20");
  v1::EndDutyRequest end;
  end.set_name(duty.name());
  end.set_reason("Nội dung đã chuyển sang báo cáo tháng");
  end.set_etag("\"7\"");
  EXPECT_THAT(Do(&DutyStub::EndDuty, end), StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  end.set_etag(duty.etag());
  end.set_last_date("2024-02-19");
  EXPECT_THAT(Do(&DutyStub::EndDuty, end), StatusIs(StatusCode::kInvalidArgument, "DATE_IN_PAST"));
  end.set_last_date("2024-03-31");
  const auto ended = Do(&DutyStub::EndDuty, end);
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(ended->state(), v1::InformationDuty::ENDED);
  EXPECT_EQ(ended->last_date(), "2024-03-31");
  EXPECT_EQ(ended->end_date(), "2024-06-30");
  EXPECT_EQ(ended->revision(), 2);
  // Overdue ones stay owed.
  EXPECT_THAT(
      OccurrencesOf(duty.name()),
      ElementsAre("1 2024-01-09 OPEN", "2 2024-02-15 OPEN", "3 2024-03-08 OPEN",
                  "4 2024-04-08 CANCELLED", "5 2024-05-08 CANCELLED", "6 2024-06-10 CANCELLED"));
  EXPECT_THAT(Owed("deliver:"), Contains("deliver court 2024-04-08 withdrawn"));
  EXPECT_THAT(Told(),
              UnorderedElementsAre("DUTY_ENDED court", "DUTY_ENDED council", "DUTY_ENDED party"));
  EXPECT_EQ(Duty(duty.name()).figures().occurrence_count(), 3);
  EXPECT_THAT(Do(&DutyStub::CreateDelivery, DeliveryRequest(duty.name(), 4)),
              StatusIs(StatusCode::kFailedPrecondition, "OCCURRENCE_NOT_OPEN"));
  EXPECT_EQ(Deliver(DeliveryRequest(duty.name())).occurrence(), 1);
  end.clear_etag();
  EXPECT_THAT(Do(&DutyStub::EndDuty, end), StatusIs(StatusCode::kFailedPrecondition, "DUTY_ENDED"));
}

TEST_F(DutyTest, EventsAddMoveAndCancelWhatIsOwed) {
  const v1::Event summer = NewEvent(EventRequest("2024-07-10"));
  const v1::InformationDuty duty = NewDuty(ResolutionsRequest());
  EXPECT_THAT(OccurrencesOf(duty.name()), ElementsAre("1 2024-07-17 OPEN"));
  // Tết lies between; another unit's sessions and other years do not count.
  const v1::Event extra = NewEvent(EventRequest("2024-02-05"));
  NewEvent(EventRequest("2024-03-05", access::kNinhKieu));
  NewEvent(EventRequest("2025-01-06"));
  EXPECT_THAT(OccurrencesOf(duty.name()), ElementsAre("1 2024-07-17 OPEN", "2 2024-02-19 OPEN"));
  EXPECT_EQ(Duty(duty.name()).figures().next_occurrence(), 2);

  v1::UpdateEventRequest move;
  *move.mutable_event() = summer;
  move.mutable_event()->set_date("2024-07-03");
  move.mutable_update_mask()->add_paths("date");
  const auto moved = Call(&Stub::UpdateEvent, move);
  ASSERT_THAT(moved, IsOk());
  EXPECT_THAT(OccurrencesOf(duty.name()), ElementsAre("1 2024-07-10 OPEN", "2 2024-02-19 OPEN"));
  EXPECT_THAT(Told(), ElementsAre("DUE_DAY_MOVED council"));

  // What was delivered stays when its event moves; what is open goes with it.
  SetDay("2024-02-20");
  EXPECT_TRUE(Deliver(DeliveryRequest(duty.name(), 2)).late());
  *move.mutable_event() = extra;
  move.mutable_event()->set_date("2024-02-19");
  EXPECT_THAT(Call(&Stub::UpdateEvent, move), IsOk());
  v1::CancelEventRequest cancel;
  cancel.set_name(summer.name());
  cancel.set_reason("Hoãn kỳ họp");
  EXPECT_THAT(Call(&Stub::CancelEvent, cancel), IsOk());
  EXPECT_THAT(OccurrencesOf(duty.name()),
              ElementsAre("1 2024-07-10 CANCELLED", "2 2024-02-19 DELIVERED"));
  EXPECT_THAT(Owed("deliver:"), ElementsAre("deliver council 2024-07-10 withdrawn",
                                            "deliver council 2024-02-19 late"));
  EXPECT_THAT(Told(), Contains("DELIVERY_NOT_OWED council"));
}

TEST_F(DutyTest, WhatIsOverdueStaysWhateverBecomesOfItsEvent) {
  const v1::Event session = NewEvent(EventRequest("2024-02-05"));
  const v1::InformationDuty duty = NewDuty(ResolutionsRequest());
  SetDay("2024-02-20");
  v1::UpdateEventRequest move;
  *move.mutable_event() = session;
  move.mutable_event()->set_date("2024-03-05");
  move.mutable_update_mask()->add_paths("date");
  ASSERT_THAT(Call(&Stub::UpdateEvent, move), IsOk());
  EXPECT_THAT(OccurrencesOf(duty.name()), ElementsAre("1 2024-02-19 OPEN"));
  v1::CancelEventRequest cancel;
  cancel.set_name(session.name());
  cancel.set_reason("Hoãn kỳ họp");
  ASSERT_THAT(Call(&Stub::CancelEvent, cancel), IsOk());
  EXPECT_THAT(OccurrencesOf(duty.name()), ElementsAre("1 2024-02-19 OPEN"));
  EXPECT_THAT(Owed("deliver:"), ElementsAre("deliver council 2024-02-19 open"));
  EXPECT_TRUE(Deliver(DeliveryRequest(duty.name(), 1)).late());
}

TEST_F(DutyTest, WhatChangedWhileItWasDeliveredCountsOnceThatIsWithdrawn) {
  const v1::Event session = NewEvent(EventRequest("2024-07-10"));
  const v1::InformationDuty duty = NewDuty(ResolutionsRequest());
  const auto withdraw = [&](const v1::InformationDelivery& delivery) {
    v1::WithdrawDeliveryRequest request;
    request.set_name(delivery.name());
    request.set_reason("Gửi nhầm");
    EXPECT_THAT(Do(&DutyStub::WithdrawDelivery, request), IsOk());
  };
  SetDay("2024-07-11");
  const v1::InformationDelivery first = Deliver(DeliveryRequest(duty.name(), 1));
  v1::UpdateEventRequest move;
  *move.mutable_event() = session;
  move.mutable_event()->set_date("2024-07-17");
  move.mutable_update_mask()->add_paths("date");
  ASSERT_THAT(Call(&Stub::UpdateEvent, move), IsOk());
  EXPECT_THAT(OccurrencesOf(duty.name()), ElementsAre("1 2024-07-17 DELIVERED"));
  withdraw(first);
  EXPECT_THAT(OccurrencesOf(duty.name()), ElementsAre("1 2024-07-24 OPEN"));
  EXPECT_THAT(Owed("deliver:"), ElementsAre("deliver council 2024-07-24 open"));
  const v1::InformationDelivery second = Deliver(DeliveryRequest(duty.name(), 1));
  v1::CancelEventRequest cancel;
  cancel.set_name(session.name());
  cancel.set_reason("Hoãn kỳ họp");
  ASSERT_THAT(Call(&Stub::CancelEvent, cancel), IsOk());
  withdraw(second);
  EXPECT_THAT(OccurrencesOf(duty.name()), ElementsAre("1 2024-07-24 CANCELLED"));
  EXPECT_THAT(Owed("deliver:"), ElementsAre("deliver council 2024-07-24 withdrawn"));
}

TEST_F(DutyTest, EventThatLeavesTheDutysTimeAndComesBackCountsAnew) {
  const v1::Event session = NewEvent(EventRequest("2024-07-10"));
  const v1::InformationDuty duty = NewDuty(ResolutionsRequest());
  v1::UpdateEventRequest move;
  *move.mutable_event() = session;
  move.mutable_update_mask()->add_paths("date");
  for (const char* day : {"2025-01-06", "2024-12-02"}) {
    move.mutable_event()->set_date(day);
    move.mutable_event()->clear_etag();
    EXPECT_THAT(Call(&Stub::UpdateEvent, move), IsOk());
  }
  EXPECT_THAT(OccurrencesOf(duty.name()),
              ElementsAre("1 2024-07-17 CANCELLED", "2 2024-12-09 OPEN"));
}

TEST_F(DutyTest, RepeatGivesTheFirstAnswer) {
  v1::CreateDutyRequest request = ScheduleRequest();
  request.set_request_id(kUuid);
  const v1::InformationDuty first = NewDuty(request);
  bodies_.reachable = false;
  EXPECT_EQ(NewDuty(request).name(), first.name());
  EXPECT_THAT(Owed("deliver:"), SizeIs(6));
  request.mutable_duty()->set_title("Khác");
  EXPECT_THAT(Do(&DutyStub::CreateDuty, request),
              StatusIs(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
}

TEST_F(DutyTest, WhatIsOutOfScopeDoesNotExist) {
  const v1::InformationDuty city = NewDuty(ScheduleRequest());
  const v1::InformationDuty district = NewDuty(ScheduleRequest("agreements/n1", "-n"));
  v1::GetDutyRequest get;
  get.set_name(city.name());
  const auto hidden = Do(&DutyStub::GetDuty, get, "members/district");
  EXPECT_THAT(hidden, StatusIs(StatusCode::kNotFound));
  get.set_name("duties/nothing");
  const auto nothing = Do(&DutyStub::GetDuty, get, "members/district");
  EXPECT_THAT(nothing, StatusIs(StatusCode::kNotFound));
  get.set_name(district.name());
  EXPECT_THAT(Do(&DutyStub::GetDuty, get, "members/district"), IsOk());
  EXPECT_THAT(Do(&DutyStub::GetDuty, get, "members/viewer"), IsOk());
  EXPECT_THAT(Do(&DutyStub::CreateDuty, ScheduleRequest(), "members/district"),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Do(&DutyStub::CreateDuty, ScheduleRequest(), "members/viewer"),
              StatusIs(StatusCode::kPermissionDenied));
  v1::EndDutyRequest end;
  end.set_name(city.name());
  end.set_reason("x");
  EXPECT_THAT(Do(&DutyStub::EndDuty, end, "members/district"), StatusIs(StatusCode::kNotFound));
  v1::ListDutyOccurrencesRequest occurrences;
  occurrences.set_parent(city.name());
  EXPECT_THAT(Do(&DutyStub::ListDutyOccurrences, occurrences, "members/district"),
              StatusIs(StatusCode::kNotFound));
  // Who acts for one body makes duties of that body alone.
  EXPECT_THAT(Do(&DutyStub::CreateDuty, ScheduleRequest(), "members/council"), IsOk());
  v1::CreateDutyRequest others = ScheduleRequest();
  others.mutable_duty()->mutable_to_bodies()->DeleteSubrange(0, 1);
  EXPECT_THAT(Do(&DutyStub::CreateDuty, others, "members/council"),
              StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(DutyTest, ListsByUnitFilterAndOrder) {
  const v1::InformationDuty schedule = NewDuty(ScheduleRequest());
  clock_.Advance(absl::Minutes(1));
  const v1::InformationDuty resolutions = NewDuty(ResolutionsRequest());
  clock_.Advance(absl::Minutes(1));
  const v1::InformationDuty district = NewDuty(ScheduleRequest("agreements/n1", "-n"));
  const auto list = [&](const std::string& filter, const std::string& order_by = "",
                        bool subtree = true) {
    v1::ListDutiesRequest request;
    request.set_unit("units/2");
    request.set_include_subtree(subtree);
    request.set_filter(filter);
    request.set_order_by(order_by);
    request.set_page_size(1);
    std::vector<std::string> names;
    do {
      const auto page = Do(&DutyStub::ListDuties, request);
      EXPECT_THAT(page, IsOk()) << filter;
      if (!page.ok()) break;
      for (const v1::InformationDuty& duty : page->duties()) names.push_back(duty.name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  };
  EXPECT_THAT(list(""), ElementsAre(district.name(), resolutions.name(), schedule.name()));
  EXPECT_THAT(list("", "", false), ElementsAre(resolutions.name(), schedule.name()));
  EXPECT_THAT(list("", "title"), ElementsAre(schedule.name(), district.name(), resolutions.name()));
  EXPECT_THAT(list("lich xet xu", "create_time"), ElementsAre(schedule.name(), district.name()));
  EXPECT_THAT(list("to_body = bodies/party"), ElementsAre(resolutions.name(), schedule.name()));
  EXPECT_THAT(list("body = bodies/court-n"), ElementsAre(district.name()));
  EXPECT_THAT(list("from_body = bodies/council AND state = ACTIVE"),
              ElementsAre(resolutions.name()));
  EXPECT_THAT(list("kind = COURT_SCHEDULE AND agreement = agreements/a1"),
              ElementsAre(schedule.name()));
  EXPECT_THAT(list("end_date > 2024-07-01"), ElementsAre(resolutions.name()));

  v1::ListDutiesRequest request;
  request.set_unit("units/2");
  EXPECT_THAT(Do(&DutyStub::ListDuties, request, "members/district"),
              StatusIs(StatusCode::kNotFound));
  request.set_filter("nothing = 1");
  EXPECT_THAT(Do(&DutyStub::ListDuties, request), StatusIs(StatusCode::kInvalidArgument));
  request.clear_filter();
  request.set_page_token("x");
  EXPECT_THAT(Do(&DutyStub::ListDuties, request), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(DutyTest, EveryChangeIsARecordWithTheWholeResource) {
  const v1::InformationDuty duty = NewDuty(ScheduleRequest());
  const v1::InformationDelivery delivery = Deliver(DeliveryRequest(duty.name(), 1));
  const auto page = ledger::ReadRecords(*pool_, absl::InfiniteFuture(), 0, 100, 1 << 20);
  ASSERT_THAT(page, IsOk());
  ASSERT_THAT(page->records, SizeIs(2));
  EXPECT_EQ(page->records[0].resource, duty.name());
  EXPECT_EQ(page->records[0].resource_type, "phoihop.agreements.v1.InformationDuty");
  EXPECT_EQ(page->records[0].unit, "units/2");
  v1::InformationDelivery stored;
  ASSERT_TRUE(stored.ParseFromString(page->records[1].payload));
  EXPECT_EQ(stored.SerializeAsString(), delivery.SerializeAsString());
}

}  // namespace
}  // namespace phoihop::agreements::duties
