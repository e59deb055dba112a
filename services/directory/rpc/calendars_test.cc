// The yearly tables through the contract, and a service's snapshot that follows them.
#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <iterator>

#include "common/access/directory_follower.h"
#include "services/directory/rpc/service_fixture.h"

namespace phoihop::directory {
namespace {

using Calendars = v1::CalendarService::Stub;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kId[] = "6f0f3e5a-57a4-4a0a-9d3c-0d2b6d6f0001";
constexpr char kOpinions[] = "services/opinions";

class CalendarsTest : public DirectoryTest {
 protected:
  template <class Req, class Res>
  absl::StatusOr<Res> Ask(grpc::Status (Calendars::*method)(grpc::ClientContext*, const Req&, Res*),
                          const Req& request, const std::string& who = kCtl) {
    const auto stub = v1::CalendarService::NewStub(channel_);
    rpc::CallOptions options = As(who);
    options.deadline = absl::Now() + absl::Seconds(60);
    return rpc::Call(*stub, method, request, options);
  }

  static v1::SetCalendarYearRequest Table(int year, const std::vector<std::string>& off,
                                          const std::vector<std::string>& worked = {}) {
    v1::SetCalendarYearRequest request;
    v1::CalendarYear& table = *request.mutable_calendar_year();
    table.set_name("calendarYears/" + std::to_string(year));
    table.set_source("Thông báo 1/TB");
    for (const std::string& day : off) {
      table.add_holidays()->set_date(day);
      table.mutable_holidays()->rbegin()->set_display_name("Nghỉ lễ");
    }
    for (const std::string& day : worked) table.add_worked_dates(day);
    return request;
  }
  absl::StatusOr<v1::CalendarYear> Set(const v1::SetCalendarYearRequest& request,
                                       const std::string& who = kCtl) {
    return Ask(&Calendars::SetCalendarYear, request, who);
  }
  std::vector<std::string> Refused(const v1::SetCalendarYearRequest& request) {
    const auto status = Set(request).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
    return ViolatedFields(status);
  }
  absl::StatusOr<v1::CalendarYear> Get(const std::string& name, const std::string& who) {
    v1::GetCalendarYearRequest request;
    request.set_name(name);
    return Ask(&Calendars::GetCalendarYear, request, who);
  }
  v1::WorkCalendar Snapshot(int64_t known = 0) {
    v1::GetWorkCalendarRequest request;
    request.set_known_revision(known);
    const auto calendar = Ask(&Calendars::GetWorkCalendar, request, kOpinions);
    EXPECT_THAT(calendar, IsOk());
    return calendar.value_or(v1::WorkCalendar());
  }
};

TEST_F(CalendarsTest, TableIsSetAndReadByEveryMember) {
  const auto set = Set(Table(2026, {"2026-09-02", "2026-01-01"}, {"2026-08-22", "2026-01-10"}));
  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(set->year(), 2026);
  EXPECT_EQ(set->calendar_revision(), 1);
  ASSERT_THAT(set->holidays(), SizeIs(2));
  EXPECT_EQ(set->holidays(0).date(), "2026-01-01");
  EXPECT_EQ(set->holidays(0).display_name(), "Nghỉ lễ");
  EXPECT_THAT(set->worked_dates(), ElementsAre("2026-01-10", "2026-08-22"));
  EXPECT_EQ(absl::FromUnixSeconds(set->update_time().seconds()), clock_.Now());
  const std::string member = NewMember();
  const auto read = Get(set->name(), member);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), set->SerializeAsString());
  ASSERT_THAT(Set(Table(2025, {"2025-01-01"})), IsOk());
  const auto list = Ask(&Calendars::ListCalendarYears, v1::ListCalendarYearsRequest(), member);
  ASSERT_THAT(list, IsOk());
  ASSERT_THAT(list->calendar_years(), SizeIs(2));
  EXPECT_EQ(list->calendar_years(0).name(), "calendarYears/2025");
  EXPECT_EQ(list->calendar_years(1).SerializeAsString(), set->SerializeAsString());
  EXPECT_THAT(Get("calendarYears/2031", member), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CalendarsTest, OnlyAnAdministratorOfTheCountryWrites) {
  ImportBoth();
  const auto table = Table(2026, {"2026-01-01"});
  const std::string stranger = NewMember(), leader = NewMember(), provincial = NewMember(),
                    administrator = NewMember();
  Give(leader, v1::Grant::LEADER, "units/1");
  Give(provincial, v1::Grant::ADMINISTRATOR, Unit("92", kReform));
  Give(administrator, v1::Grant::ADMINISTRATOR, "units/1");
  for (const std::string& who : {stranger, leader, provincial, std::string(kOpinions)}) {
    EXPECT_THAT(Set(table, who), StatusIs(absl::StatusCode::kPermissionDenied)) << who;
  }
  EXPECT_THAT(Set(table, ""), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(Get("calendarYears/2026", ""), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(Get("calendarYears/2026", stranger), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Set(table, administrator), IsOk());
  EXPECT_THAT(Ask(&Calendars::GetWorkCalendar, v1::GetWorkCalendarRequest(), administrator),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(CalendarsTest, EqualTableChangesNothing) {
  const auto first = Set(Table(2026, {"2026-01-01", "2026-09-02"}, {"2026-01-10"}));
  ASSERT_THAT(first, IsOk());
  const size_t records = Ledger().size();
  clock_.Advance(absl::Hours(1));
  const auto again = Set(Table(2026, {"2026-09-02", "2026-01-01"}, {"2026-01-10"}));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Ledger().size(), records);
  EXPECT_EQ(Snapshot().revision(), 1);

  const auto changed = Set(Table(2026, {"2026-01-01"}));
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->calendar_revision(), 2);
  EXPECT_THAT(changed->holidays(), SizeIs(1));
  EXPECT_THAT(changed->worked_dates(), IsEmpty());
  EXPECT_NE(changed->etag(), first->etag());
  ASSERT_EQ(Ledger().size(), records + 1);
  const ledger::Record record = Ledger().back();
  EXPECT_EQ(record.resource, "calendarYears/2026");
  EXPECT_EQ(record.revision, 2);
  EXPECT_EQ(record.effective, absl::CivilDay(2026, 1, 1));
}

TEST_F(CalendarsTest, OldEtagIsRefusedAndARepeatAnswered) {
  v1::SetCalendarYearRequest request = Table(2026, {"2026-01-01"});
  request.set_request_id(kId);
  const auto first = Set(request);
  ASSERT_THAT(first, IsOk());
  v1::SetCalendarYearRequest second = Table(2026, {"2026-01-02"});
  second.mutable_calendar_year()->set_etag(first->etag());
  ASSERT_THAT(Set(second), IsOk());
  second.mutable_calendar_year()->mutable_holidays(0)->set_date("2026-01-05");
  EXPECT_THAT(Set(second), StatusIs(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_EQ(Set(request)->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Get(first->name(), kCtl)->holidays(0).date(), "2026-01-02");
}

TEST_F(CalendarsTest, WhatIsWrongIsNamedAndNothingStored) {
  EXPECT_THAT(Refused({}), ElementsAre("calendar_year"));
  v1::SetCalendarYearRequest request;
  request.mutable_calendar_year();
  EXPECT_THAT(Refused(request), ElementsAre("calendar_year.name", "calendar_year.source"));
  EXPECT_THAT(Refused(Table(2026, {})), ElementsAre("calendar_year.holidays"));
  EXPECT_THAT(Refused(Table(1999, {"1999-01-01"})), ElementsAre("calendar_year.name"));
  EXPECT_THAT(Refused(Table(2026, {"2026-01-01", "2026-02-30"}, {"10/01/2026"})),
              ElementsAre("calendar_year.holidays[1].date", "calendar_year.worked_dates[0]"));
  EXPECT_THAT(Refused(Table(2026, {"2027-01-01", "2026-01-01", "2026-01-01"},
                            {"2026-01-09", "2025-01-11"})),
              ElementsAre("calendar_year.holidays[0].date", "calendar_year.holidays[2].date",
                          "calendar_year.worked_dates[0]", "calendar_year.worked_dates[1]"));
  EXPECT_THAT(Refused(Table(2026, {"2026-01-10"}, {"2026-01-10"})),
              ElementsAre("calendar_year.worked_dates[0]"));
  EXPECT_THAT(Refused(Table(2026, std::vector<std::string>(61, "2026-01-01"))),
              ElementsAre("calendar_year.holidays"));
  request = Table(2026, {"2026-01-01"});
  request.mutable_calendar_year()->mutable_holidays(0)->set_display_name("Tết\u0001");
  request.mutable_calendar_year()->set_note(std::string(1001, 'a'));
  request.set_request_id("x");
  EXPECT_THAT(Refused(request), ElementsAre("request_id", "calendar_year.note",
                                            "calendar_year.holidays[0].display_name"));
  EXPECT_THAT(Ledger(), IsEmpty());
  EXPECT_EQ(Snapshot().revision(), 0);
}

TEST_F(CalendarsTest, ServicesGetAllTablesOnce) {
  EXPECT_THAT(Snapshot().years(), IsEmpty());
  ASSERT_THAT(Set(Table(2026, {"2026-01-01"})), IsOk());
  ASSERT_THAT(Set(Table(2025, {"2025-01-01"})), IsOk());
  const v1::WorkCalendar calendar = Snapshot();
  EXPECT_EQ(calendar.revision(), 2);
  EXPECT_EQ(calendar.position(), 2);
  ASSERT_THAT(calendar.years(), SizeIs(2));
  EXPECT_EQ(calendar.years(0).year(), 2025);
  EXPECT_THAT(Snapshot(1).years(), SizeIs(2));
  EXPECT_THAT(Snapshot(2).years(), IsEmpty());
  // The directory decides by them too.
  const auto own = cache_->Get();
  ASSERT_THAT(own, IsOk());
  EXPECT_EQ(own->calendar->revision(), 2);
  EXPECT_FALSE(own->calendar->IsWorkingDay(absl::CivilDay(2026, 1, 1)));
}

TEST_F(CalendarsTest, ShippedTablesAreTakenAndTakenAgain) {
  for (const int year : {2024, 2025, 2026, 2027}) {
    std::ifstream file("deploy/calendars/" + std::to_string(year) + ".json");
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    v1::SetCalendarYearRequest request;
    ASSERT_TRUE(
        google::protobuf::util::JsonStringToMessage(text, request.mutable_calendar_year()).ok());
    const auto set = Set(request);
    ASSERT_THAT(set, IsOk()) << year;
    EXPECT_EQ(set->year(), year);
    EXPECT_EQ(Set(request)->SerializeAsString(), set->SerializeAsString());
  }
  const auto calendar = cache_->Get()->calendar;
  EXPECT_EQ(calendar->revision(), 4);
  // The last working day before each Tết and the first one after it that is sure.
  const auto off = [&](absl::CivilDay first, absl::CivilDay last) {
    return calendar->CountBetween(first, last) == 0;
  };
  EXPECT_TRUE(off(absl::CivilDay(2024, 2, 8), absl::CivilDay(2024, 2, 14)));
  EXPECT_TRUE(off(absl::CivilDay(2025, 1, 25), absl::CivilDay(2025, 2, 2)));
  EXPECT_TRUE(off(absl::CivilDay(2026, 2, 14), absl::CivilDay(2026, 2, 22)));
  EXPECT_TRUE(off(absl::CivilDay(2027, 2, 5), absl::CivilDay(2027, 2, 10)));
  EXPECT_TRUE(Get("calendarYears/2027", kCtl)->provisional());
  EXPECT_FALSE(Get("calendarYears/2025", kCtl)->provisional());
  // 366 or 365 days less weekends, 11 holidays on working days or made up for, and the swaps.
  EXPECT_EQ(calendar->CountBetween(absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 12, 31)), 251);
  EXPECT_EQ(calendar->CountBetween(absl::CivilDay(2025, 1, 1), absl::CivilDay(2025, 12, 31)), 250);
  EXPECT_EQ(calendar->CountBetween(absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 12, 31)), 250);
}

class CalendarFollowerTest : public CalendarsTest {
 protected:
  void Follow(std::shared_ptr<grpc::Channel> channel) {
    access::DirectoryFollower::Options options;
    options.channel = std::move(channel);
    options.bearer = [] { return kOpinions; };
    follower_ = access::DirectoryFollower::Start(std::move(options));
    ASSERT_TRUE(follower_->WaitUntilReady(absl::Now() + absl::Seconds(30)));
  }
  void TearDown() override {
    follower_.reset();
    DirectoryTest::TearDown();
  }
  int64_t Revision() { return follower_->Get()->calendar->revision(); }
  // When the follower had the revision; infinite when it never came.
  absl::Time Reached(int64_t revision) {
    const absl::Time limit = absl::Now() + absl::Seconds(30);
    while (absl::Now() < limit) {
      if (Revision() == revision) return absl::Now();
      absl::SleepFor(absl::Milliseconds(5));
    }
    return absl::InfiniteFuture();
  }

  std::unique_ptr<access::DirectoryFollower> follower_;
};

TEST_F(CalendarFollowerTest, NewTableArrivesByTheFeed) {
  ASSERT_THAT(Set(Table(2025, {"2025-01-01"})), IsOk());
  Follow(channel_);
  EXPECT_EQ(Revision(), 1);
  EXPECT_TRUE(follower_->Get()->calendar->IsWorkingDay(absl::CivilDay(2026, 1, 1)));
  const absl::Time before = absl::Now();
  ASSERT_THAT(Set(Table(2026, {"2026-01-01"}, {"2026-01-10"})), IsOk());
  const absl::Time reached = Reached(2);
  ASSERT_NE(reached, absl::InfiniteFuture());
  RecordProperty("arrived_after_ms", absl::ToInt64Milliseconds(reached - before));
  const auto calendar = follower_->Get()->calendar;
  EXPECT_FALSE(calendar->IsWorkingDay(absl::CivilDay(2026, 1, 1)));
  EXPECT_EQ(calendar->HolidayName(absl::CivilDay(2026, 1, 1)), "Nghỉ lễ");
  EXPECT_TRUE(calendar->IsWorkingDay(absl::CivilDay(2026, 1, 10)));
  EXPECT_TRUE(calendar->Knows(2025));
}

TEST_F(CalendarFollowerTest, DirectoryWithoutTablesIsFollowedStill) {
  // As an older one: it serves no CalendarService.
  rpc::ServerOptions options;
  options.port = -1;
  rpc::Server::Builder builder(options);
  builder.set_authenticator(std::make_shared<phoihop::testing::FakeAuthenticator>());
  service_->Register(builder);
  ledger::RegisterLedgerService(builder, *writer_, *pool_, {.heartbeat = absl::Milliseconds(50)});
  const auto older = builder.Start();
  ASSERT_THAT(older, IsOk());
  Follow((*older)->InProcessChannel());
  EXPECT_EQ(Revision(), 0);
  ASSERT_NE(follower_->Get()->calendar, nullptr);
  // What else it says still arrives, over a table that a newer replica has stored.
  ASSERT_THAT(Set(Table(2026, {"2026-01-01"})), IsOk());
  const std::string member = NewMember();
  Give(member, v1::Grant::VIEWER, "units/1");
  EXPECT_TRUE(follower_->WaitForPosition(static_cast<int64_t>(Ledger().size()),
                                         absl::Now() + absl::Seconds(30)));
  EXPECT_TRUE(follower_->Get()->grants->Has({access::Caller::kMember, member, "", ""},
                                            "opinions.petition.read"));
  follower_.reset();
}

}  // namespace
}  // namespace phoihop::directory
