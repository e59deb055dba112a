#include "services/agreements/coverage/handlers.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/access/authority.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "phoihop/agreements/v1/coverage.grpc.pb.h"
#include "services/agreements/rpc/testing_service.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using access::kAnThoi, access::kBinhThuy, access::kCaiKhe, access::kNewCaiKhe, access::kNewCanTho,
    access::kNinhKieu, access::kOldCanTho;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Successions that a test sets.
class FakeLineage : public LineageSource {
 public:
  absl::StatusOr<std::shared_ptr<const Lineage>> Get(int64_t tree_version, absl::Time) override {
    asked_version = tree_version;
    if (!reachable) return Unavailable("DIRECTORY_UNAVAILABLE", {"down", "ngừng"});
    return std::make_shared<const Lineage>(successions);
  }

  std::vector<Succession> successions;
  bool reachable = true;
  int64_t asked_version = 0;
};

std::string Unit(int64_t id) { return absl::StrCat("units/", id); }

// The service with CoverageService beside it. The city's programme is followed by one district
// and one commune.
class CoverageHandlersTest : public ServiceTest {
 protected:
  using CoverageStub = v1::CoverageService::Stub;

  void SetUp() override {
    ServiceTest::SetUp();
    coverage_ = std::make_unique<testing::TestServer>(
        [&](rpc::Server::Builder& builder) {
          builder.set_permission_checker(
              std::make_shared<access::SnapshotPermissions>(snapshots_.get()));
          AddCoverageHandlers({store_.get(), snapshots_.get(), &lineage_, &page_tokens_}, builder);
        },
        [&] {
          rpc::ServerOptions options;
          options.clock = &clock_;
          return options;
        }());
    ASSERT_NE(coverage_->channel(), nullptr);
    coverage_stub_ = v1::CoverageService::NewStub(coverage_->channel());
    lineage_.successions = {
        {kOldCanTho, kNewCanTho, access::kReform, Descent::kMerged},
        {kCaiKhe, kNewCaiKhe, access::kReform, Descent::kMerged},
        {kAnThoi, kNewCaiKhe, access::kReform, Descent::kMerged},
    };
    city_ = InForce(GoodRequest()).name();
    v1::CreateAgreementRequest district = GoodRequest(kNinhKieu, city_);
    district.mutable_agreement()->set_document_number("05\u00a0- CTr/QU");
    district_ = InForce(district, "2020-11-01").name();
    commune_ = InForce(GoodRequest(kCaiKhe, district_), "2020-12-01").name();
  }

  template <class Base, class Req, class Res>
  absl::StatusOr<Res> Ask(grpc::Status (Base::*method)(grpc::ClientContext*, const Req&, Res*),
                          const std::type_identity_t<Req>& request,
                          const std::string& caller = "members/city") {
    return rpc::Call(*coverage_stub_, method, request, testing::As(caller));
  }

  static v1::ListCoverageUnitsRequest ListRequest(const std::string& day = "2023-10-24",
                                                  const std::string& view = "") {
    v1::ListCoverageUnitsRequest request;
    request.set_unit(Unit(kOldCanTho));
    request.set_on_date(day);
    request.set_view_date(view);
    return request;
  }

  // "916 SIGNED 2020-11-01" of every unit.
  std::vector<std::string> List(const v1::ListCoverageUnitsRequest& request,
                                const std::string& caller = "members/city") {
    const auto page = Ask(&CoverageStub::ListCoverageUnits, request, caller);
    EXPECT_THAT(page, IsOk());
    std::vector<std::string> rows;
    if (!page.ok()) return rows;
    for (const v1::CoverageUnit& unit : page->units()) {
      rows.push_back(absl::StrCat(unit.code(), " ", v1::CoverageUnit::State_Name(unit.state()), " ",
                                  unit.since_date()));
    }
    return rows;
  }

  FakeLineage lineage_;
  std::unique_ptr<testing::TestServer> coverage_;
  std::unique_ptr<CoverageStub> coverage_stub_;
  std::string city_, district_, commune_;
};

TEST_F(CoverageHandlersTest, ListsSignedAndMissingWithSinceWhen) {
  EXPECT_THAT(
      List(ListRequest()),
      ElementsAre("916 SIGNED 2020-11-01", "918 MISSING 2020-10-01", "31117 SIGNED 2020-12-01",
                  "31174 MISSING 2020-10-01", "31199 MISSING 2020-10-01"));
  const auto page = Ask(&CoverageStub::ListCoverageUnits, ListRequest());
  EXPECT_EQ(page->total_size(), 5);
  EXPECT_EQ(page->units(0).agreement(), district_);
  EXPECT_EQ(page->units(0).agreement_number(), "05\u00a0- CTr/QU");
  EXPECT_EQ(page->units(2).agreement_number(), "");
  EXPECT_EQ(page->units(0).level(), "DISTRICT");
  EXPECT_EQ(page->units(0).display_name(), "Quận Ninh Kiều");
  EXPECT_EQ(page->units(2).agreement(), commune_);
  EXPECT_EQ(page->units(1).agreement(), "");
  v1::ListCoverageUnitsRequest missing = ListRequest();
  missing.set_state(v1::CoverageUnit::MISSING);
  missing.set_level("COMMUNE");
  EXPECT_THAT(List(missing), ElementsAre("31174 MISSING 2020-10-01", "31199 MISSING 2020-10-01"));
}

TEST_F(CoverageHandlersTest, TargetAndDueDateOfTheProgrammeCount) {
  v1::CreateAgreementRequest request = GoodRequest();
  request.mutable_agreement()->mutable_cascade_target()->add_levels("DISTRICT");
  request.mutable_agreement()->mutable_cascade_target()->set_due_date("2021-06-30");
  const std::string programme = InForce(request, "2020-10-05").name();
  const std::string district = InForce(GoodRequest(kBinhThuy, programme), "2021-07-01").name();
  const auto coverage = [&](const std::string& day) {
    v1::GetCoverageRequest get;
    get.set_unit(Unit(kOldCanTho));
    get.set_programme(programme);
    get.set_on_date(day);
    const auto got = Call(&Stub::GetCoverage, get);
    EXPECT_THAT(got, IsOk());
    return got.value_or(v1::Coverage());
  };
  const v1::Coverage on_time = coverage("2021-06-30");
  EXPECT_EQ(on_time.due_date(), "2021-06-30");
  EXPECT_FALSE(on_time.overdue());
  ASSERT_EQ(on_time.levels_size(), 1);
  EXPECT_EQ(on_time.levels(0).level(), "DISTRICT");
  EXPECT_EQ(on_time.levels(0).signed_count(), 0);
  EXPECT_EQ(on_time.levels(0).expected_count(), 2);
  EXPECT_EQ(on_time.levels(0).missing(0).since_date(), "2020-10-05");
  const v1::Coverage late = coverage("2021-07-01");
  EXPECT_TRUE(late.overdue());
  EXPECT_EQ(late.levels(0).signed_count(), 1);
  EXPECT_EQ(late.levels(0).first_in_force_date(), "2021-07-01");
  ASSERT_EQ(late.levels(0).missing_size(), 1);
  EXPECT_EQ(late.levels(0).missing(0).code(), "916");
  // Communes are not named.
  v1::ListCoverageUnitsRequest list = ListRequest();
  list.set_programme(programme);
  EXPECT_THAT(List(list), ElementsAre("916 MISSING 2020-10-05", "918 SIGNED 2021-07-01"));
}

TEST_F(CoverageHandlersTest, PagesMeetEachUnitOnceAndBelongToTheirQuery) {
  v1::ListCoverageUnitsRequest request = ListRequest();
  request.set_page_size(2);
  std::vector<std::string> codes;
  int pages = 0;
  do {
    const auto page = Ask(&CoverageStub::ListCoverageUnits, request);
    ASSERT_THAT(page, IsOk());
    for (const v1::CoverageUnit& unit : page->units()) codes.push_back(unit.code());
    request.set_page_token(page->next_page_token());
    ASSERT_LT(++pages, 10);
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(codes, ElementsAre("916", "918", "31117", "31174", "31199"));
  request.clear_page_token();
  request.set_page_token(Ask(&CoverageStub::ListCoverageUnits, request)->next_page_token());
  request.set_state(v1::CoverageUnit::MISSING);
  EXPECT_THAT(Ask(&CoverageStub::ListCoverageUnits, request),
              StatusIs(StatusCode::kInvalidArgument, "INVALID_PAGE_TOKEN"));
}

TEST_F(CoverageHandlersTest, SeenAsItIsTheDifferenceIsExplained) {
  v1::GetCoverageAsItIsRequest request;
  request.set_unit(Unit(kOldCanTho));
  request.set_on_date("2023-10-24");
  request.set_view_date("2026-01-01");
  const auto view = Ask(&CoverageStub::GetCoverageAsItIs, request);
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(lineage_.asked_version, 7);
  EXPECT_EQ(view->programme(), city_);
  EXPECT_THAT(view->view_units(), ElementsAre(Unit(kNewCanTho)));
  ASSERT_EQ(view->levels_size(), 1);
  EXPECT_EQ(view->levels(0).level(), "COMMUNE");
  EXPECT_EQ(view->levels(0).unit_count(), 1);
  EXPECT_EQ(view->levels(0).partly_signed_count(), 1);
  ASSERT_EQ(view->fates_size(), 4);
  EXPECT_EQ(view->fates(2).unit_count(), 1);
  EXPECT_EQ(view->fates(2).merged_count(), 1);
  EXPECT_EQ(view->fates(3).unit_count(), 2);
  EXPECT_EQ(view->fates(3).merged_count(), 1);
  EXPECT_EQ(view->fates(3).ended_count(), 1);

  const auto units = Ask(&CoverageStub::ListCoverageUnits, ListRequest("2023-10-24", "2026-01-01"));
  ASSERT_THAT(units, IsOk());
  ASSERT_EQ(units->units_size(), 1);
  const v1::CoverageUnit& now = units->units(0);
  EXPECT_EQ(now.state(), v1::CoverageUnit::PARTLY_SIGNED);
  EXPECT_EQ(now.since_date(), "");
  ASSERT_EQ(now.predecessors_size(), 2);
  EXPECT_EQ(now.predecessors(0).code(), "31117");
  EXPECT_EQ(now.predecessors(0).state(), v1::CoverageUnit::SIGNED);
  EXPECT_EQ(now.predecessors(0).descent(), v1::CoverageUnit::MERGED);
  EXPECT_EQ(now.predecessors(1).state(), v1::CoverageUnit::MISSING);
}

TEST_F(CoverageHandlersTest, ExportsATable) {
  v1::ExportCoverageRequest request;
  request.set_unit(Unit(kOldCanTho));
  request.set_on_date("2023-10-24");
  const auto table = Ask(&CoverageStub::ExportCoverage, request);
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->row_count(), 5);
  EXPECT_EQ(table->file_name(), "coverage-92-2023-10-24.csv");
  EXPECT_TRUE(absl::StartsWith(table->csv(), "Cấp,Mã đơn vị,Tên đơn vị,Tình trạng,"));
  EXPECT_THAT(table->csv(),
              HasSubstr(absl::StrCat(
                  "\r\nHuyện,916,Quận Ninh Kiều,Đã ký,01/11/2020,05\u00a0- CTr/QU,", district_)));
  EXPECT_THAT(table->csv(), HasSubstr("\r\nXã,31174,Phường An Thới,Chưa ký,01/10/2020,,,,,,\r\n"));
  EXPECT_THAT(table->csv(), HasSubstr(absl::StrCat(district_, ",01/11/2020,01/11/2020,,\r\n")));
  request.set_view_date("2026-01-01");
  request.set_byte_order_mark(true);
  const auto view = Ask(&CoverageStub::ExportCoverage, request);
  ASSERT_THAT(view, IsOk());
  EXPECT_TRUE(absl::StartsWith(view->csv(), "\xEF\xBB\xBF"));
  EXPECT_THAT(view->csv(),
              HasSubstr("Đã ký một phần,\"31117 Phường Cái Khế (Đã ký, nhập toàn bộ); 31174 "));
  EXPECT_EQ(view->file_name(), "coverage-92-2023-10-24-as-it-is.csv");
}

// Of the districts, by 31 December 2020: who signed is not overdue, who never did is.
TEST_F(CoverageHandlersTest, ListsFirstAndLastSigningAndByWhen) {
  v1::CreateAgreementRequest good = GoodRequest();
  good.mutable_agreement()->mutable_cascade_target()->set_due_date("2020-12-31");
  good.mutable_agreement()->mutable_cascade_target()->add_levels("DISTRICT");
  const std::string programme = InForce(good).name();
  InForce(GoodRequest(kNinhKieu, programme), "2020-11-15");
  v1::ListCoverageUnitsRequest request = ListRequest();
  request.set_programme(programme);
  const auto page = Ask(&CoverageStub::ListCoverageUnits, request);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->units_size(), 2);
  EXPECT_EQ(page->units(0).first_in_force_date(), "2020-11-15");
  EXPECT_EQ(page->units(0).last_in_force_date(), "2020-11-15");
  EXPECT_EQ(page->units(0).due_date(), "2020-12-31");
  EXPECT_FALSE(page->units(0).overdue());
  EXPECT_EQ(page->units(1).first_in_force_date(), "");
  EXPECT_TRUE(page->units(1).overdue());
  request.set_on_date("2020-12-31");
  EXPECT_FALSE(Ask(&CoverageStub::ListCoverageUnits, request)->units(1).overdue());
}

TEST_F(CoverageHandlersTest, AnAmendmentIsNoProgramme) {
  v1::CreateAmendmentRequest amend;
  amend.set_name(city_);
  amend.set_kind(v1::Agreement::EXTENSION);
  amend.set_effective_date("2024-01-01");
  amend.mutable_agreement()->set_term_end("2026-12-31");
  const auto amendment = Call(&Stub::CreateAmendment, amend);
  ASSERT_THAT(amendment, IsOk());
  v1::ListCoverageUnitsRequest request = ListRequest();
  request.set_programme(amendment->name());
  const auto refused = Ask(&CoverageStub::ListCoverageUnits, request);
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "PROGRAMME_IS_AMENDMENT"));
  EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("programme"));
}

TEST_F(CoverageHandlersTest, WhatIsOutOfScopeOrWrongIsRefused) {
  v1::ListCoverageUnitsRequest request = ListRequest();
  EXPECT_THAT(Ask(&CoverageStub::ListCoverageUnits, request, "members/district"),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Ask(&CoverageStub::ListCoverageUnits, request, "members/nobody"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Ask(&CoverageStub::ListCoverageUnits, request, "services/reporting"), IsOk());
  request.set_view_date("2023-10-23");
  const auto early = Ask(&CoverageStub::ListCoverageUnits, request);
  EXPECT_THAT(early, StatusIs(StatusCode::kInvalidArgument, "VIEW_BEFORE_DAY"));
  EXPECT_THAT(ViolatedFields(early.status()), ElementsAre("view_date"));
  request = ListRequest();
  request.set_state(static_cast<v1::CoverageUnit::State>(99));
  EXPECT_THAT(Ask(&CoverageStub::ListCoverageUnits, request),
              StatusIs(StatusCode::kInvalidArgument, "UNKNOWN_STATE"));
  request = ListRequest("2026-01-01");
  EXPECT_THAT(Ask(&CoverageStub::ListCoverageUnits, request), StatusIs(StatusCode::kNotFound));
  lineage_.reachable = false;
  EXPECT_THAT(Ask(&CoverageStub::ListCoverageUnits, ListRequest("2023-10-24", "2026-01-01")),
              StatusIs(StatusCode::kUnavailable, "DIRECTORY_UNAVAILABLE"));
  EXPECT_THAT(Ask(&CoverageStub::ListCoverageUnits, ListRequest()), IsOk());
}

}  // namespace
}  // namespace phoihop::agreements
