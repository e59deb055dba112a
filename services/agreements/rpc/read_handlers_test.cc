#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/rpc/testing_service.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using access::kAnThoi, access::kBinhThuy, access::kCaiKhe, access::kCountryUnit, access::kMoved,
    access::kNewCanTho, access::kNinhKieu, access::kOldCanTho;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::string Unit(int64_t id) { return absl::StrCat("units/", id); }

class ReadTest : public ServiceTest {
 protected:
  absl::StatusOr<v1::Coverage> Coverage(int64_t unit, const std::string& day = "2023-10-24",
                                        const std::string& caller = "members/country",
                                        const std::string& programme = "", int missing = 0) {
    v1::GetCoverageRequest request;
    request.set_unit(Unit(unit));
    request.set_on_date(day);
    request.set_programme(programme);
    request.set_missing_limit(missing);
    return Call(&Stub::GetCoverage, request, caller);
  }

  // "DISTRICT 1/2 50,0%, COMMUNE 0/3 0,0%"
  std::string Figures(const absl::StatusOr<v1::Coverage>& coverage) {
    EXPECT_THAT(coverage, IsOk());
    if (!coverage.ok()) return "";
    std::string out;
    for (const auto& level : coverage->levels()) {
      absl::StrAppendFormat(&out, "%s%s %d/%d %s", out.empty() ? "" : ", ", level.level(),
                            level.signed_count(), level.expected_count(), level.rate_text());
    }
    return out;
  }

  std::vector<std::string> List(const v1::ListAgreementsRequest& request,
                                const std::string& caller = "members/city") {
    const auto page = Call(&Stub::ListAgreements, request, caller);
    EXPECT_THAT(page, IsOk());
    std::vector<std::string> names;
    if (page.ok()) {
      for (const v1::Agreement& agreement : page->agreements()) names.push_back(agreement.name());
    }
    return names;
  }
};

TEST_F(ReadTest, ProgrammesInForceAreReadableBelowTheirUnit) {
  const std::string draft = Create(GoodRequest()).name();
  const std::string city = InForce(GoodRequest()).name();
  const std::string district = InForce(GoodRequest(kNinhKieu, city)).name();
  for (const char* below :
       {"members/district", "members/other", "members/commune", "members/moved"}) {
    EXPECT_THAT(Get(city, below), IsOk()) << below;
    EXPECT_THAT(Get(draft, below), StatusIs(StatusCode::kNotFound)) << below;
  }
  EXPECT_THAT(Get(district, "members/commune"), IsOk());
  // Below Ninh Kieu when it came into force, elsewhere since.
  EXPECT_THAT(Get(district, "members/moved"), IsOk());
  EXPECT_THAT(Get(district, "members/other"), StatusIs(StatusCode::kNotFound));
  // Came to be after the programme's unit had ended.
  EXPECT_THAT(Get(city, "members/newcity"), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Get(city, "members/nobody"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Get("agreements/UPPER"), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(ReadTest, CoverageFollowsTheCascade) {
  const v1::Agreement city = InForce(GoodRequest());
  EXPECT_EQ(Figures(Coverage(kOldCanTho)), "DISTRICT 0/2 0,0%, COMMUNE 0/3 0,0%");
  const v1::Agreement district = InForce(GoodRequest(kNinhKieu, city.name()), "2020-11-01");
  InForce(GoodRequest(kCaiKhe, district.name()), "2020-12-01");
  InForce(GoodRequest(kAnThoi, city.name()), "2021-02-01");
  InForce(GoodRequest(kBinhThuy));                         // signed, but not for this programme
  Start(Create(GoodRequest(kMoved, city.name())).name());  // not signed

  const auto coverage = Coverage(kOldCanTho);
  EXPECT_EQ(Figures(coverage), "DISTRICT 1/2 50,0%, COMMUNE 2/3 66,7%");
  EXPECT_EQ(coverage->programme(), city.name());
  EXPECT_EQ(coverage->programme_title(), city.title());
  EXPECT_EQ(coverage->programme_term_start(), "2020-09-30");
  EXPECT_EQ(coverage->unit(), Unit(kOldCanTho));
  EXPECT_EQ(coverage->on_date(), "2023-10-24");
  EXPECT_EQ(coverage->position(), writer_->head().position);
  const auto& communes = coverage->levels(1);
  EXPECT_EQ(communes.first_in_force_date(), "2020-12-01");
  EXPECT_EQ(communes.last_in_force_date(), "2021-02-01");
  ASSERT_EQ(communes.missing_size(), 1);
  EXPECT_EQ(communes.missing(0).unit(), Unit(kMoved));
  EXPECT_EQ(communes.missing(0).code(), "31199");
  EXPECT_EQ(communes.missing(0).display_name(), "Phường Đổi");
  EXPECT_EQ(Coverage(kOldCanTho, "2023-10-24", "members/city", "", -1)->levels(1).missing_size(),
            0);

  EXPECT_EQ(Figures(Coverage(kOldCanTho, "2020-11-30")), "DISTRICT 1/2 50,0%, COMMUNE 0/3 0,0%");
  // Districts and communes of the city's programme show their own figures.
  EXPECT_EQ(Figures(Coverage(kNinhKieu)), "DISTRICT 1/1 100,0%, COMMUNE 1/2 50,0%");
  EXPECT_EQ(Figures(Coverage(kNinhKieu, "2024-06-01")), "DISTRICT 1/1 100,0%, COMMUNE 1/1 100,0%");
  EXPECT_EQ(Figures(Coverage(kCaiKhe)), "COMMUNE 1/1 100,0%");
  EXPECT_EQ(Figures(Coverage(kNinhKieu, "2023-10-24", "members/district", district.name())),
            "COMMUNE 1/2 50,0%");
}

TEST_F(ReadTest, WithoutAProgrammeInForceTheUnitsBelowAreExpected) {
  InForce(GoodRequest());
  for (const auto& [unit, day] : std::vector<std::pair<int64_t, std::string>>{
           {kOldCanTho, "2020-09-30"}, {kNewCanTho, "2026-01-01"}, {kCountryUnit, "2026-01-01"}}) {
    const auto coverage = Coverage(unit, day);
    ASSERT_THAT(coverage, IsOk());
    EXPECT_EQ(coverage->programme(), "");
    EXPECT_EQ(coverage->levels(0).signed_count(), 0);
  }
  EXPECT_EQ(Figures(Coverage(kNewCanTho, "2026-01-01")), "COMMUNE 0/1 0,0%");
}

TEST_F(ReadTest, CoverageNeedsScopeOverTheUnitAskedOnTheDay) {
  const std::string city = InForce(GoodRequest()).name();
  const std::string hidden = Create(GoodRequest()).name();
  EXPECT_THAT(Coverage(kNinhKieu, "2023-10-24", "members/district"), IsOk());
  const absl::Status other = Coverage(kBinhThuy, "2023-10-24", "members/district").status();
  const absl::Status missing = Coverage(4711, "2023-10-24", "members/district").status();
  EXPECT_THAT(other, StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_EQ(other.message(), missing.message());
  EXPECT_THAT(Coverage(kOldCanTho, "2023-10-24", "members/district"),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Coverage(kNinhKieu, "2025-07-01", "members/district"),
              StatusIs(StatusCode::kNotFound));
  // A superior's programme may be named, one that cannot be read or lies beside may not.
  EXPECT_THAT(Coverage(kNinhKieu, "2023-10-24", "members/district", city), IsOk());
  EXPECT_THAT(Coverage(kNinhKieu, "2023-10-24", "members/district", hidden),
              StatusIs(StatusCode::kNotFound));
  const std::string beside = InForce(GoodRequest(kBinhThuy, city)).name();
  EXPECT_THAT(Coverage(kNinhKieu, "2023-10-24", "members/country", beside),
              StatusIs(StatusCode::kNotFound));
  // Services that the contract names pass.
  EXPECT_THAT(Coverage(kOldCanTho, "2023-10-24", "services/reporting"), IsOk());
  EXPECT_THAT(Coverage(kOldCanTho, "2026-01-01", "services/reporting"),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Coverage(kOldCanTho, "2023-10-24", "services/opinions"),
              StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(ReadTest, CoverageRefusesBadInput) {
  for (const auto& [unit, day, programme, field] :
       std::vector<std::tuple<std::string, std::string, std::string, std::string>>{
           {"", "", "", "unit"},
           {"units/x", "", "", "unit"},
           {"units/2", "24/10/2023", "", "on_date"},
           {"units/2", "", "programmes/1", "programme"}}) {
    v1::GetCoverageRequest request;
    request.set_unit(unit);
    request.set_on_date(day);
    request.set_programme(programme);
    const auto refused = Call(&Stub::GetCoverage, request);
    EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument));
    EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre(field));
  }
}

TEST_F(ReadTest, ListShowsTheSubtreePageByPage) {
  v1::CreateAgreementRequest newer = GoodRequest(kNinhKieu);
  newer.mutable_agreement()->set_term_start("2021-01-01");
  const std::string a = Create(GoodRequest()).name();
  const std::string b = Create(newer).name();
  const std::string c = Create(GoodRequest(kCaiKhe)).name();
  Create(GoodRequest(access::kHauGiang));
  v1::ListAgreementsRequest request;
  request.set_unit(Unit(kOldCanTho));
  EXPECT_THAT(List(request), ElementsAre(a));
  request.set_include_subtree(true);
  EXPECT_THAT(List(request), UnorderedElementsAre(a, b, c));
  EXPECT_EQ(List(request).front(), b);

  request.set_page_size(2);
  const auto first = Call(&Stub::ListAgreements, request);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->agreements_size(), 2);
  request.set_page_token(first->next_page_token());
  const auto second = Call(&Stub::ListAgreements, request);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->agreements_size(), 1);
  EXPECT_EQ(second->next_page_token(), "");
  // A token belongs to its query and its caller.
  EXPECT_THAT(Call(&Stub::ListAgreements, request, "members/country"),
              StatusIs(StatusCode::kInvalidArgument));
  request.set_include_subtree(false);
  EXPECT_THAT(Call(&Stub::ListAgreements, request), StatusIs(StatusCode::kInvalidArgument));
  request.set_page_token("garbage");
  EXPECT_THAT(Call(&Stub::ListAgreements, request), StatusIs(StatusCode::kInvalidArgument));
  request.clear_page_token();
  request.set_page_size(-1);
  EXPECT_THAT(Call(&Stub::ListAgreements, request), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(ReadTest, ListOfAnEndedUnitWithoutADayMeansItsLastOne) {
  clock_.Set(StartOfDay(absl::CivilDay(2026, 1, 1)));
  const std::string district = Create(GoodRequest(kNinhKieu)).name();
  const std::string moved = Create(GoodRequest(kMoved)).name();
  v1::ListAgreementsRequest request;
  request.set_unit(Unit(kNinhKieu));
  request.set_include_subtree(true);
  // What had left the district before its last day is not below it.
  EXPECT_THAT(List(request, "members/country"), ElementsAre(district));
  EXPECT_THAT(List(request, "members/district"), ElementsAre(district));
  EXPECT_THAT(Call(&Stub::ListAgreements, request, "members/newcity"),
              StatusIs(StatusCode::kNotFound));
  request.set_unit(Unit(kBinhThuy));
  EXPECT_THAT(List(request, "members/country"), ElementsAre(moved));
  EXPECT_THAT(Call(&Stub::ListAgreements, request, "members/district"),
              StatusIs(StatusCode::kNotFound));
  // A day that is given is meant, and figures are as of today.
  request.set_on_date("2026-01-01");
  EXPECT_THAT(Call(&Stub::ListAgreements, request, "members/country"),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Coverage(kNinhKieu, ""), StatusIs(StatusCode::kNotFound));
}

TEST_F(ReadTest, ListFilters) {
  const std::string city = InForce(GoodRequest()).name();
  const std::string district = InForce(GoodRequest(kNinhKieu, city)).name();
  const std::string commune = Create(GoodRequest(kCaiKhe, district)).name();
  v1::ListAgreementsRequest request;
  request.set_unit(Unit(kOldCanTho));
  request.set_include_subtree(true);
  request.set_state(v1::Agreement::IN_FORCE);
  EXPECT_THAT(List(request), UnorderedElementsAre(city, district));
  request.set_parent(city);
  EXPECT_THAT(List(request), ElementsAre(district));
  request.set_state(v1::Agreement::DRAFT);
  EXPECT_THAT(List(request), ElementsAre());
  request.set_parent(district);
  EXPECT_THAT(List(request), ElementsAre(commune));
  request.set_state(static_cast<v1::Agreement::State>(77));
  EXPECT_THAT(Call(&Stub::ListAgreements, request),
              StatusIs(StatusCode::kInvalidArgument, "UNKNOWN_STATE"));
}

TEST_F(ReadTest, ListShowsOnlyWhatLaidInScopeWhenItsTermBegan) {
  // The commune belonged to Ninh Kieu when the term began and to Binh Thuy later.
  const std::string moved = Create(GoodRequest(kMoved)).name();
  v1::ListAgreementsRequest request;
  request.set_unit(Unit(kMoved));
  request.set_on_date("2024-06-01");
  EXPECT_THAT(List(request, "members/other"), ElementsAre());
  EXPECT_THAT(Get(moved, "members/other"), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(List(request, "members/city"), ElementsAre(moved));
  EXPECT_THAT(Call(&Stub::ListAgreements, request, "members/district"),
              StatusIs(StatusCode::kNotFound));
  request.set_on_date("2023-10-24");
  EXPECT_THAT(List(request, "members/district"), ElementsAre(moved));
  const absl::Status other = Call(&Stub::ListAgreements, request, "members/other").status();
  request.set_unit(Unit(4711));
  EXPECT_EQ(other.message(),
            Call(&Stub::ListAgreements, request, "members/other").status().message());
}

}  // namespace
}  // namespace phoihop::agreements
