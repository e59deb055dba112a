#include "services/gateway/transcoding/catalog.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.h"
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
  EXPECT_FALSE(get->streams);
  const Method* watch = catalog_->Find("phoihop.agreements.v1.DueService/WatchDue");
  ASSERT_NE(watch, nullptr);
  EXPECT_TRUE(watch->streams);
  EXPECT_TRUE(catalog_->Find("phoihop.gateway.v1.SessionService/CreateSession")->anonymous);
  EXPECT_TRUE(catalog_->Find("phoihop.directory.v1.DirectoryService/ImportRegister")->for_ctl);

  EXPECT_EQ(catalog_->Find("phoihop.directory.v1.DirectoryService/GetTreeSnapshot"), nullptr);
  EXPECT_EQ(catalog_->Find("phoihop.reporting.v1.ReportingService/RebuildProjection"), nullptr);
  EXPECT_EQ(catalog_->Find("phoihop.ledger.v1.LedgerService/GetHead"), nullptr);
  EXPECT_EQ(catalog_->Find("phoihop.opinions.v1.OpinionsService/Nothing"), nullptr);
}

// A path that the annotation means: `/v1/{name=units/*}:x` is met by `/v1/units/1:x`.
std::string SamplePath(std::string pattern) {
  for (size_t open; (open = pattern.find('{')) != std::string::npos;) {
    const size_t close = pattern.find('}', open);
    const size_t equals = pattern.find('=', open);
    const std::string value = equals < close ? pattern.substr(equals + 1, close - equals - 1) : "*";
    pattern.replace(open, close - open + 1, value);
  }
  return absl::StrReplaceAll(pattern, {{"*", "1"}});
}

TEST_F(CatalogTest, EveryPublicMethodHasARestRouteThatNoOtherTakes) {
  for (const Method& method : catalog_->methods()) {
    const auto& http = method.descriptor->options().GetExtension(google::api::http);
    const std::vector<std::pair<std::string, std::string>> rules = {{"GET", http.get()},
                                                                    {"POST", http.post()},
                                                                    {"PATCH", http.patch()},
                                                                    {"PUT", http.put()},
                                                                    {"DELETE", http.delete_()}};
    int routes = 0;
    for (const auto& [verb, pattern] : rules) {
      if (pattern.empty()) continue;
      ++routes;
      const Catalog::Found route = catalog_->FindRoute(verb, SamplePath(pattern));
      ASSERT_NE(route.route, nullptr) << method.full_name;
      EXPECT_EQ(route.route->method, &method) << method.full_name;
    }
    EXPECT_EQ(routes, 1) << method.full_name;
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
