#include "services/gateway/transcoding/catalog.h"

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::gateway {
namespace {

using ::phoihop::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CatalogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto catalog = Catalog::Create();
    ASSERT_THAT(catalog, IsOk());
    catalog_ = *std::move(catalog);
  }
  std::unique_ptr<const Catalog> catalog_;
};

TEST_F(CatalogTest, PublicMethodsAreOfferedAndInternalOnesAreNot) {
  const Method* get = catalog_->Find("phoihop.opinions.v1.OpinionsService/GetPetition");
  ASSERT_NE(get, nullptr);
  EXPECT_EQ(get->service, "opinions");
  EXPECT_FALSE(get->anonymous);
  EXPECT_FALSE(get->for_ctl);
  EXPECT_EQ(get->response->GetTypeName(), "phoihop.opinions.v1.Petition");
  EXPECT_TRUE(catalog_->Find("phoihop.gateway.v1.SessionService/CreateSession")->anonymous);
  EXPECT_TRUE(catalog_->Find("phoihop.directory.v1.DirectoryService/ImportRegister")->for_ctl);

  EXPECT_EQ(catalog_->Find("phoihop.directory.v1.DirectoryService/GetTreeSnapshot"), nullptr);
  EXPECT_EQ(catalog_->Find("phoihop.reporting.v1.ReportingService/RebuildProjection"), nullptr);
  EXPECT_EQ(catalog_->Find("phoihop.ledger.v1.LedgerService/GetHead"), nullptr);
  EXPECT_EQ(catalog_->Find("phoihop.opinions.v1.OpinionsService/Nothing"), nullptr);
}

TEST_F(CatalogTest, EveryPublicMethodHasARestRoute) {
  for (const Method& method : catalog_->methods()) {
    bool found = false;
    for (const char* verb : {"GET", "POST", "PATCH"}) {
      for (const char* path : {"/v1/units:resolve",
                               "/v1/units/1",
                               "/v1/units",
                               "/v1/units/1/successions",
                               "/v1/units:count",
                               "/v1/units:import",
                               "/v1/bodies",
                               "/v1/bodies/1",
                               "/v1/bodies:batchGet",
                               "/v1/members",
                               "/v1/members/1",
                               "/v1/grants",
                               "/v1/grants/1:revoke",
                               "/v1/calendarYears",
                               "/v1/calendarYears/2026",
                               "/v1/calendarYears/2026:set",
                               "/v1/agreements",
                               "/v1/agreements/1",
                               "/v1/agreements/1:startSigning",
                               "/v1/agreements/1:sign",
                               "/v1/coverage",
                               "/v1/opinionEntries",
                               "/v1/opinionEntries/1",
                               "/v1/opinionEntries:count",
                               "/v1/petitions",
                               "/v1/petitions/1",
                               "/v1/petitions:batchCreate",
                               "/v1/petitions:count",
                               "/v1/reports",
                               "/v1/reports/1",
                               "/v1/indicators",
                               "/v1/projectionStatus",
                               "/v1/sessions",
                               "/v1/sessions:issue",
                               "/v1/credentials",
                               "/v1/overview"}) {
        const Catalog::Found route = catalog_->FindRoute(verb, path);
        if (route.route != nullptr && route.route->method == &method) found = true;
      }
    }
    EXPECT_TRUE(found) << method.full_name;
  }
}

TEST_F(CatalogTest, AKnownPathTellsItsVerbs) {
  EXPECT_THAT(catalog_->FindRoute("DELETE", "/v1/agreements").verbs, ElementsAre("POST", "GET"));
  EXPECT_EQ(catalog_->FindRoute("DELETE", "/v1/agreements").route, nullptr);
  EXPECT_THAT(catalog_->FindRoute("GET", "/v1/nothing").verbs, IsEmpty());
  EXPECT_THAT(catalog_->FindRoute("GET", "/v1/agreements/1:unknown").verbs, IsEmpty());
}

}  // namespace
}  // namespace phoihop::gateway
