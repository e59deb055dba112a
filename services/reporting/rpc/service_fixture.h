// The service as tests run it: a real database, feeds in this process, a clock that stands
// still, a tree and grants that do not change.
#ifndef PHOIHOP_SERVICES_REPORTING_RPC_SERVICE_FIXTURE_H_
#define PHOIHOP_SERVICES_REPORTING_RPC_SERVICE_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/access/snapshot.h"
#include "common/access/testing_tree.h"
#include "common/ledger/reader.h"
#include "common/ledger/writer.h"
#include "common/names/names.h"
#include "common/paging/paging.h"
#include "common/rpc/context.h"
#include "common/status/errors.h"
#include "common/testing/service_database.h"
#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "common/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "migrations/reporting_store.h"
#include "services/reporting/projection/live.h"
#include "services/reporting/rpc/service.h"
#include "services/reporting/store/mysql_projection_store.h"
#include "services/reporting/store/mysql_report_store.h"
#include "services/reporting/testing/fake_feeds.h"

namespace phoihop::reporting {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ServiceTest : public ::testing::Test {
 protected:
  // Members: of the country, of old Can Tho, of its districts Ninh Kieu and Binh Thuy, and one
  // who only reads in the city.
  static inline const access::Caller kNational{access::Caller::kMember, "members/national", "", ""};
  static inline const access::Caller kCity{access::Caller::kMember, "members/city", "", ""};
  static inline const access::Caller kNinhKieuMember{access::Caller::kMember, "members/nk", "", ""};
  static inline const access::Caller kBinhThuyMember{access::Caller::kMember, "members/bt", "", ""};
  static inline const access::Caller kReader{access::Caller::kMember, "members/reader", "", ""};

  void SetUp() override {
    auto database = testing::NewServiceDatabase(migrations::reporting_store(), 12);
    ASSERT_THAT(database, IsOk());
    pool_ = std::move(database->pool);
    auto writer = testing::StartWriter(database->connection, "reporting", clock_);
    ASSERT_THAT(writer, IsOk());
    writer_ = *std::move(writer);
    reports_ = std::make_unique<MysqlReportStore>(*pool_);
    projection_ = std::make_unique<MysqlProjectionStore>(*pool_);
    auto live = LiveProjection::Start(*projection_, feeds_, absl::Now() + absl::Seconds(30));
    ASSERT_THAT(live, IsOk());
    live_ = *std::move(live);
    ReportingService::Parts parts;
    parts.reports = reports_.get();
    parts.projection = projection_.get();
    parts.followed = projection_.get();
    parts.live = live_.get();
    parts.feeds = &feeds_;
    parts.writer = writer_.get();
    parts.snapshots = &snapshots_;
    parts.page_tokens = &page_tokens_;
    parts.patience = absl::Seconds(20);
    service_ = std::make_unique<ReportingService>(parts);
  }

  rpc::RequestContext By(const access::Caller& caller, std::string method = "test/Test") {
    return rpc::RequestContext({.caller = caller,
                                .method = std::move(method),
                                .deadline = absl::InfiniteFuture(),
                                .clock = &clock_,
                                .trace = {},
                                .bearer = ""});
  }

  // What the other services would have recorded.
  void AddPetitions(int64_t unit, int kind, absl::CivilDay received, int count, int resolved,
                    absl::CivilDay resolved_on) {
    for (int i = 0; i < count; ++i) {
      PetitionRow row{absl::StrCat("p", ++last_id_), 1, false, unit, kind, received, std::nullopt};
      if (i < resolved) row.resolved = resolved_on;
      feeds_.Append(kOpinions, row);
    }
  }
  void AddOpinion(int64_t unit, absl::CivilDay heard) {
    feeds_.Append(kOpinions, OpinionRow{absl::StrCat("o", ++last_id_), 1, false, unit, heard});
  }
  void AddAgreement(const std::string& id, int64_t unit, const std::string& parent,
                    std::optional<absl::CivilDay> in_force,
                    absl::CivilDay term_start = absl::CivilDay(2020, 9, 30)) {
    AgreementRow row;
    row.id = id;
    row.revision = 1;
    row.unit = unit;
    row.title = "Chương trình phối hợp";
    row.parent = parent;
    row.term_start = term_start;
    row.term_end = absl::CivilDay(2025, 12, 31);
    row.in_force_date = in_force;
    feeds_.Append(kAgreements, row);
  }

  // The city of the published account, in small: 407 complaints and denunciations of which 381
  // are resolved, and a programme that all but one unit have signed.
  void AddCanTho() {
    const absl::CivilDay day(2022, 3, 1), end(2023, 10, 24);
    AddPetitions(access::kCaiKhe, 1, day, 200, 190, end);
    AddPetitions(access::kAnThoi, 2, day, 150, 140, end);
    AddPetitions(access::kNinhKieu, 1, day, 50, 44, end);
    AddPetitions(access::kOldCanTho, 1, day, 7, 7, end);
    AddPetitions(access::kAnThoi, 3, day, 20, 10, end);
    AddPetitions(access::kMoved, 4, end + 1, 5, 0, end);  // after the interval
    AddOpinion(access::kCaiKhe, day);
    AddOpinion(access::kAnThoi, end);
    AddAgreement("city", access::kOldCanTho, "", absl::CivilDay(2020, 9, 30));
    AddAgreement("nk", access::kNinhKieu, "city", absl::CivilDay(2021, 1, 5));
    AddAgreement("bt", access::kBinhThuy, "city", absl::CivilDay(2021, 1, 6));
    AddAgreement("ck", access::kCaiKhe, "nk", absl::CivilDay(2021, 2, 1));
    AddAgreement("at", access::kAnThoi, "bt", absl::CivilDay(2021, 2, 1));
    AddAgreement("mv", access::kMoved, "nk", std::nullopt);  // still being signed
  }

  static v1::CreateReportRequest ReviewOf(int64_t unit, const std::string& request_id = "",
                                          const std::string& since = "2020-09-30",
                                          const std::string& until = "2023-10-24") {
    v1::CreateReportRequest request;
    v1::Report& report = *request.mutable_report();
    report.set_title("Báo cáo sơ kết 3 năm");
    report.set_kind(v1::Report::PRELIMINARY);
    report.set_unit(UnitName(unit));
    report.set_since(since);
    report.set_until(until);
    request.set_request_id(request_id);
    return request;
  }

  // "key numerator/denominator rate" of each value.
  static std::vector<std::string> Texts(
      const google::protobuf::RepeatedPtrField<v1::IndicatorValue>& values) {
    std::vector<std::string> texts;
    for (const v1::IndicatorValue& value : values) {
      texts.push_back(
          absl::StrCat(value.indicator(), " ", value.numerator(),
                       value.has_denominator() ? absl::StrCat("/", value.denominator()) : "",
                       value.rate_text().empty() ? "" : " ", value.rate_text()));
    }
    return texts;
  }

  v1::Report Create(const v1::CreateReportRequest& request) {
    const auto report = service_->CreateReport(By(kNational), request);
    EXPECT_THAT(report, IsOk());
    return report.value_or(v1::Report());
  }

  absl::StatusOr<v1::Report> Get(const access::Caller& caller, const std::string& name) {
    v1::GetReportRequest request;
    request.set_name(name);
    return service_->GetReport(By(caller), request);
  }

  absl::StatusOr<v1::Indicators> Indicators(const access::Caller& caller, int64_t unit,
                                            const std::string& since, const std::string& until,
                                            v1::GetIndicatorsRequest::View view = {}) {
    v1::GetIndicatorsRequest request;
    request.set_view(view);
    request.set_unit(UnitName(unit));
    request.set_since(since);
    request.set_until(until);
    return service_->GetIndicators(By(caller), request);
  }

  void AwaitFeeds() { ASSERT_THAT(live_->WaitForHeads(absl::Now() + absl::Seconds(30)), IsOk()); }

  static access::Grant GrantOf(std::string id, std::string member, int64_t unit,
                               std::string role = "officer") {
    return {std::move(id), std::move(member), std::move(role), "", unit, false};
  }

  // After all dates of the tests.
  FakeClock clock_{StartOfDay(absl::CivilDay(2025, 12, 1)) + absl::Hours(9)};
  access::StaticSnapshot snapshots_{
      access::TestTree(),
      {GrantOf("g1", "members/national", access::kCountryUnit),
       GrantOf("g2", "members/city", access::kOldCanTho),
       GrantOf("g3", "members/nk", access::kNinhKieu),
       GrantOf("g4", "members/bt", access::kBinhThuy),
       GrantOf("g5", "members/reader", access::kOldCanTho, "viewer")}};
  PageTokens page_tokens_{std::string(32, 'k')};
  FakeFeeds feeds_;
  int last_id_ = 0;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<MysqlReportStore> reports_;
  std::unique_ptr<MysqlProjectionStore> projection_;
  std::unique_ptr<LiveProjection> live_;
  std::unique_ptr<ReportingService> service_;
};

inline constexpr char kId1[] = "6f0f3e5a-57a4-4a0a-9d3c-0d2b6d6f0001";

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_RPC_SERVICE_FIXTURE_H_
