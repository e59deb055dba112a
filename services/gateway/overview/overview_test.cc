#include "services/gateway/overview/overview.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <set>

#include "absl/time/clock.h"
#include "common/access/testing_tree.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/agreements.grpc.pb.h"
#include "phoihop/directory/v1/directory.grpc.pb.h"
#include "phoihop/gateway/v1/gateway.pb.h"
#include "phoihop/opinions/v1/opinions.grpc.pb.h"
#include "phoihop/reporting/v1/reporting.grpc.pb.h"

namespace phoihop::gateway {
namespace {

using access::Caller;
using grpc::ServerContext;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using State = v1::UnitOverview::Part;

// How a fake service behaves.
struct Behaviour {
  std::atomic<bool> hangs = false;
  std::atomic<grpc::StatusCode> code = grpc::StatusCode::OK;
  std::atomic<int> asked = 0;

  grpc::Status Act(ServerContext* context, int64_t position = 0) {
    ++asked;
    while (hangs && !context->IsCancelled()) absl::SleepFor(absl::Milliseconds(2));
    if (code != grpc::StatusCode::OK) return grpc::Status(code, "fake");
    if (position > 0) context->AddTrailingMetadata("phoihop-position", std::to_string(position));
    return grpc::Status::OK;
  }
};

class FakeDirectory : public directory::v1::DirectoryService::Service, public Behaviour {
  grpc::Status GetUnit(ServerContext* context, const directory::v1::GetUnitRequest* request,
                       directory::v1::AdministrativeUnit* unit) override {
    unit->set_name(request->name());
    unit->set_display_name("from the directory");
    return Act(context, 11);
  }
};

class FakeAgreements : public agreements::v1::AgreementsService::Service, public Behaviour {
 public:
  std::string term_start = "2020-09-30";

 private:
  grpc::Status GetCoverage(ServerContext* context, const agreements::v1::GetCoverageRequest*,
                           agreements::v1::Coverage* coverage) override {
    if (!term_start.empty()) {
      coverage->set_programme("agreements/p");
      coverage->set_programme_title("Chương trình 02");
      coverage->set_programme_term_start(term_start);
    }
    for (const char* level : {"COMMUNE", "DISTRICT"}) coverage->add_levels()->set_level(level);
    coverage->set_position(22);
    return Act(context);
  }
};

class FakeOpinions : public opinions::v1::OpinionsService::Service, public Behaviour {
 public:
  // Beginnings of the intervals asked about.
  std::set<std::string> asked_since() {
    absl::MutexLock lock(&mutex_);
    return since_;
  }

 private:
  grpc::Status CountPetitions(ServerContext* context,
                              const opinions::v1::CountPetitionsRequest* request,
                              opinions::v1::CountPetitionsResponse* response) override {
    {
      absl::MutexLock lock(&mutex_);
      since_.insert(request->since());
    }
    auto* group = response->add_groups();
    group->set_group(opinions::v1::RECOMMENDATIONS_AND_FEEDBACK);
    group = response->add_groups();
    group->set_group(opinions::v1::COMPLAINTS_AND_DENUNCIATIONS);
    // So that the answer shows of which interval it is: the year.
    group->set_received_count(std::stoi(request->since()));
    response->set_position(33);
    return Act(context);
  }
  grpc::Status CountOpinionEntries(ServerContext* context,
                                   const opinions::v1::CountOpinionEntriesRequest* request,
                                   opinions::v1::CountOpinionEntriesResponse* response) override {
    response->set_entry_count(std::stoi(request->since()));
    response->set_position(34);
    return Act(context);
  }

  absl::Mutex mutex_;
  std::set<std::string> since_;
};

class FakeReporting : public reporting::v1::ReportingService::Service, public Behaviour {
  grpc::Status GetIndicators(ServerContext* context,
                             const reporting::v1::GetIndicatorsRequest* request,
                             reporting::v1::Indicators* indicators) override {
    EXPECT_EQ(request->view(), reporting::v1::GetIndicatorsRequest::BASIC);
    indicators->set_since("2021-02-03");
    indicators->mutable_latest_report()->set_name("reports/r");
    for (const int position : {50, 44, 60}) indicators->add_sources()->set_position(position);
    return Act(context);
  }
};

class OverviewTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (grpc::Service* service : std::initializer_list<grpc::Service*>{&directory_, &agreements_,
                                                                        &opinions_, &reporting_}) {
      grpc::ServerBuilder builder;
      builder.RegisterService(service);
      servers_.push_back(builder.BuildAndStart());
      channels_.push_back(servers_.back()->InProcessChannel(grpc::ChannelArguments()));
    }
    Make();
  }
  void TearDown() override {
    for (Behaviour* service : services()) service->hangs = false;
    for (auto& server : servers_) server->Shutdown(absl::ToChronoTime(absl::Now()));
  }

  void Make() {
    overview_ = std::make_unique<Overview>(
        Overview::Parts{&snapshots_, [](const Caller&) { return std::string("token"); },
                        channels_[0], channels_[1], channels_[2], channels_[3]});
  }

  std::vector<Behaviour*> services() {
    return {&directory_, &agreements_, &opinions_, &reporting_};
  }

  absl::StatusOr<v1::UnitOverview> Get(const v1::GetUnitOverviewRequest& request,
                                       absl::Duration timeout = absl::Seconds(10),
                                       const Caller& caller = kCity) {
    rpc::RequestContext context(
        {.caller = caller, .deadline = absl::Now() + timeout, .clock = &clock_});
    return overview_->GetUnitOverview(context, request);
  }

  static v1::GetUnitOverviewRequest ByCode(const std::string& code, const std::string& since = "") {
    v1::GetUnitOverviewRequest request;
    request.set_unit_code(code);
    request.set_on_date("2023-10-24");
    request.set_since(since);
    return request;
  }

  static std::vector<State::State> States(const v1::UnitOverview& overview) {
    std::vector<State::State> states;
    for (const auto& part : overview.parts()) states.push_back(part.state());
    return states;
  }

  static inline const Caller kCity{Caller::kMember, "members/city", "", "s"};
  static inline const Caller kDistrict{Caller::kMember, "members/district", "", "s"};

  FakeClock clock_;
  access::StaticSnapshot snapshots_{
      access::TestTree(),
      {{"g1", "members/city", "viewer", "", access::kOldCanTho, false},
       {"g2", "members/district", "viewer", "", access::kNinhKieu, false}}};
  FakeDirectory directory_;
  FakeAgreements agreements_;
  FakeOpinions opinions_;
  FakeReporting reporting_;
  std::vector<std::unique_ptr<grpc::Server>> servers_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::unique_ptr<Overview> overview_;
};

TEST_F(OverviewTest, AllPartsMakeOneAnswer) {
  const auto overview = Get(ByCode("92"));
  ASSERT_THAT(overview, IsOk());
  EXPECT_EQ(overview->unit().display_name(), "from the directory");
  EXPECT_EQ(overview->on_date(), "2023-10-24");
  EXPECT_EQ(overview->since(), "2020-09-30");
  EXPECT_THAT(opinions_.asked_since(), ElementsAre("2020-09-30"));
  EXPECT_EQ(overview->programme(), "agreements/p");
  EXPECT_EQ(overview->programme_title(), "Chương trình 02");
  ASSERT_EQ(overview->coverage_size(), 2);
  EXPECT_EQ(overview->coverage(0).level(), "DISTRICT");
  EXPECT_EQ(overview->coverage(1).level(), "COMMUNE");
  ASSERT_EQ(overview->petitions_size(), 2);
  EXPECT_EQ(overview->petitions(0).received_count(), 2020);
  EXPECT_EQ(overview->opinion_count(), 2020);
  EXPECT_EQ(overview->latest_report().name(), "reports/r");
  std::vector<std::string> names;
  std::vector<int64_t> positions;
  for (const auto& part : overview->parts()) {
    names.push_back(part.service());
    positions.push_back(part.position());
    EXPECT_EQ(part.state(), State::OK);
    EXPECT_EQ(part.message(), "");
  }
  EXPECT_THAT(names, ElementsAre("directory", "agreements", "opinions", "reporting"));
  EXPECT_THAT(positions, ElementsAre(11, 22, 33, 44));
}

TEST_F(OverviewTest, TheIntervalBeginsWithTheProgrammeOrTheYear) {
  const auto expect = [&](const std::string& asked, const std::string& since, int year) {
    const auto overview = Get(ByCode("92", asked));
    ASSERT_THAT(overview, IsOk());
    EXPECT_EQ(overview->since(), since);
    EXPECT_EQ(overview->petitions(0).received_count(), year);
    EXPECT_EQ(overview->opinion_count(), year);
  };
  expect("2022-05-06", "2022-05-06", 2022);
  agreements_.term_start = "";
  expect("", "2023-01-01", 2023);
  agreements_.code = grpc::StatusCode::UNAVAILABLE;
  expect("", "2021-02-03", 2021);
  EXPECT_THAT(opinions_.asked_since(), ElementsAre("2021-02-03", "2022-05-06", "2023-01-01"));
}

TEST_F(OverviewTest, FiguresAreOfTheIntervalOfTodayAlsoWhenItBeganElsewhereTheLastTime) {
  for (const char* start : {"2020-09-30", "2020-09-30", "2019-01-01", "2021-03-01", "2021-03-01"}) {
    agreements_.term_start = start;
    const int before = opinions_.asked;
    const auto overview = Get(ByCode("92"));
    ASSERT_THAT(overview, IsOk());
    EXPECT_EQ(overview->since(), start);
    EXPECT_EQ(overview->petitions(0).received_count(), std::stoi(start));
    EXPECT_EQ(overview->opinion_count(), std::stoi(start));
    EXPECT_EQ(States(*overview), std::vector<State::State>(4, State::OK));
    EXPECT_LE(opinions_.asked - before, 4);
  }
}

TEST_F(OverviewTest, AGuessedIntervalIsNotShownWhenNobodyConfirmsIt) {
  ASSERT_THAT(Get(ByCode("92")), IsOk());
  agreements_.code = reporting_.code = grpc::StatusCode::UNAVAILABLE;
  const auto unknown = Get(ByCode("92"));
  ASSERT_THAT(unknown, IsOk());
  EXPECT_EQ(unknown->since(), "");
  EXPECT_EQ(unknown->petitions_size(), 0);
  EXPECT_FALSE(unknown->has_opinion_count());
}

TEST_F(OverviewTest, WhatPeopleRaisedIsLeftOutWhenNobodyKnowsSinceWhen) {
  agreements_.code = reporting_.code = grpc::StatusCode::UNAVAILABLE;
  const auto unknown = Get(ByCode("92"));
  ASSERT_THAT(unknown, IsOk());
  EXPECT_EQ(unknown->since(), "");
  EXPECT_EQ(States(*unknown), (std::vector<State::State>{State::OK, State::UNAVAILABLE,
                                                         State::UNAVAILABLE, State::UNAVAILABLE}));
  EXPECT_THAT(unknown->parts(2).message(), HasSubstr("`since`"));
  EXPECT_EQ(unknown->petitions_size(), 0);
  EXPECT_FALSE(unknown->has_opinion_count());
  const auto given = Get(ByCode("92", "2022-05-06"));
  ASSERT_THAT(given, IsOk());
  EXPECT_EQ(given->parts(2).state(), State::OK);
  EXPECT_EQ(given->petitions_size(), 2);
}

TEST_F(OverviewTest, AFailingServiceLeavesItsPartOut) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::INTERNAL,
        grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::DEADLINE_EXCEEDED}) {
    for (size_t i = 0; i < services().size(); ++i) {
      services()[i]->code = code;
      const auto overview = Get(ByCode("92"));
      ASSERT_THAT(overview, IsOk());
      std::vector<State::State> expected(4, State::OK);
      expected[i] = State::UNAVAILABLE;
      EXPECT_EQ(States(*overview), expected);
      EXPECT_EQ(overview->parts(static_cast<int>(i)).position(), 0);
      EXPECT_THAT(overview->parts(static_cast<int>(i)).message(), HasSubstr("tạm thời thiếu"));
      services()[i]->code = grpc::StatusCode::OK;
    }
  }
}

TEST_F(OverviewTest, WhatIsMissingIsAbsentAndNotZero) {
  for (Behaviour* service : services()) service->code = grpc::StatusCode::UNAVAILABLE;
  const auto overview = Get(ByCode("916"));
  ASSERT_THAT(overview, IsOk());
  EXPECT_EQ(overview->unit().name(), "units/20");
  EXPECT_EQ(overview->unit().display_name(), "Quận Ninh Kiều");
  EXPECT_EQ(overview->unit().level(), "DISTRICT");
  EXPECT_EQ(overview->unit().parent(), "units/2");
  EXPECT_EQ(overview->unit().valid_until(), "2025-07-01");
  EXPECT_EQ(overview->coverage_size(), 0);
  EXPECT_EQ(overview->petitions_size(), 0);
  EXPECT_FALSE(overview->has_opinion_count());
  EXPECT_FALSE(overview->has_latest_report());
}

TEST_F(OverviewTest, AHangingServiceDoesNotTakeTheDeadline) {
  for (size_t i = 0; i < services().size(); ++i) {
    services()[i]->hangs = true;
    const absl::Time start = absl::Now();
    const auto overview = Get(ByCode("92"), absl::Milliseconds(1500));
    EXPECT_LT(absl::Now() - start, absl::Milliseconds(1400));
    ASSERT_THAT(overview, IsOk());
    std::vector<State::State> expected(4, State::OK);
    expected[i] = State::UNAVAILABLE;
    EXPECT_EQ(States(*overview), expected);
    EXPECT_THAT(overview->parts(static_cast<int>(i)).message(),
                HasSubstr("không trả lời kịp thời"));
    services()[i]->hangs = false;
  }
}

TEST_F(OverviewTest, EvenAllHangingServicesGiveAnAnswerInTime) {
  for (Behaviour* service : services()) service->hangs = true;
  const absl::Time start = absl::Now();
  const auto overview = Get(ByCode("92"), absl::Seconds(30));
  ASSERT_THAT(overview, IsOk());
  // Two rounds of at most a second each.
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
  EXPECT_EQ(States(*overview), std::vector<State::State>(4, State::UNAVAILABLE));
}

TEST_F(OverviewTest, ADeadServiceIsMissingAndBackAfterwards) {
  const auto alive = channels_[2];
  channels_[2] = grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials());
  Make();
  auto overview = Get(ByCode("92"));
  ASSERT_THAT(overview, IsOk());
  EXPECT_EQ(overview->parts(2).state(), State::UNAVAILABLE);
  channels_[2] = alive;
  Make();
  overview = Get(ByCode("92"));
  EXPECT_EQ(overview->parts(2).state(), State::OK);
}

TEST_F(OverviewTest, ARefusalOfOneServiceDecidesForAll) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::NOT_FOUND, grpc::StatusCode::PERMISSION_DENIED,
        grpc::StatusCode::UNAUTHENTICATED}) {
    for (Behaviour* service : services()) {
      service->code = code;
      EXPECT_THAT(Get(ByCode("92")), StatusIs(static_cast<absl::StatusCode>(code)));
      service->code = grpc::StatusCode::OK;
    }
  }
}

TEST_F(OverviewTest, OutOfScopeAndUnknownAreTheSame) {
  EXPECT_THAT(Get(ByCode("916"), absl::Seconds(10), kDistrict), IsOk());
  EXPECT_THAT(Get(ByCode("31117"), absl::Seconds(10), kDistrict), IsOk());
  const auto error = [&](const std::string& unit) {
    v1::GetUnitOverviewRequest request;
    request.set_unit(unit);
    request.set_on_date("2023-10-24");
    return Get(request, absl::Seconds(10), kDistrict).status();
  };
  const absl::Status out_of_scope = error("units/21"), unknown = error("units/99");
  EXPECT_THAT(out_of_scope, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(out_of_scope.message(), unknown.message());
  EXPECT_EQ(ErrorReason(out_of_scope), ErrorReason(unknown));
  const absl::Status by_code = Get(ByCode("918"), absl::Seconds(10), kDistrict).status();
  EXPECT_EQ(by_code.message(), Get(ByCode("999"), absl::Seconds(10), kDistrict).status().message());
  EXPECT_EQ(directory_.asked, 2);
}

TEST_F(OverviewTest, BadRequestsNameTheField) {
  EXPECT_THAT(ViolatedFields(Get({}).status()), ElementsAre("unit"));
  v1::GetUnitOverviewRequest request = ByCode("92");
  request.set_unit("units/2");
  EXPECT_THAT(ViolatedFields(Get(request).status()), ElementsAre("unit"));
  request = ByCode("92");
  request.set_on_date("24/10/2023");
  EXPECT_THAT(ViolatedFields(Get(request).status()), ElementsAre("on_date"));
  EXPECT_THAT(ViolatedFields(Get(ByCode("92", "2023-10-25")).status()), ElementsAre("since"));
}

}  // namespace
}  // namespace phoihop::gateway
