#include "services/gateway/transcoding/transcoder.h"

#include <nlohmann/json.hpp>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/agreements.pb.h"
#include "phoihop/directory/v1/directory.pb.h"
#include "phoihop/opinions/v1/opinions.pb.h"

namespace phoihop::gateway {
namespace {

using nlohmann::json;
using ::phoihop::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TranscoderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto catalog = Catalog::Create();
    ASSERT_THAT(catalog, IsOk());
    catalog_ = *std::move(catalog);
    transcoder_.emplace(*catalog_);
  }

  // The request of the call as its own type; the call must be understood.
  template <class Request>
  Request Understood(const HttpRequest& http, std::string_view method) {
    const auto read = transcoder_->Read(http);
    Request request;
    if (const auto* response = std::get_if<HttpResponse>(&read)) {
      ADD_FAILURE() << http.verb << ' ' << http.target << ": " << response->body;
      return request;
    }
    EXPECT_EQ(std::get<ApiCall>(read).method->full_name, method);
    EXPECT_TRUE(request.ParseFromString(std::get<ApiCall>(read).request));
    return request;
  }

  HttpResponse Refused(const HttpRequest& http) {
    const auto read = transcoder_->Read(http);
    if (const auto* response = std::get_if<HttpResponse>(&read)) return *response;
    ADD_FAILURE() << http.target << " was understood";
    return {};
  }

  // The field that a refusal with 400 names.
  std::string RefusedField(const HttpRequest& http) {
    const HttpResponse response = Refused(http);
    EXPECT_EQ(response.status, 400) << http.target;
    const json body = json::parse(response.body);
    for (const json& detail : body["details"]) {
      if (detail["@type"] == "type.googleapis.com/google.rpc.BadRequest") {
        return detail["fieldViolations"][0]["field"];
      }
    }
    return "";
  }

  std::unique_ptr<const Catalog> catalog_;
  std::optional<Transcoder> transcoder_;
};

TEST_F(TranscoderTest, QueryParametersAreTakenInBothSpellings) {
  for (const char* target : {"/v1/units:resolve?code=92&on_date=2023-10-24",
                             "/v1/units:resolve?onDate=2023-10-24&code=92",
                             "/v1/units:resolve?&code=9%32&&onDate=2023%2D10-24"}) {
    const auto request = Understood<directory::v1::ResolveUnitRequest>(
        {.verb = "GET", .target = target}, "phoihop.directory.v1.DirectoryService/ResolveUnit");
    EXPECT_EQ(request.code(), "92") << target;
    EXPECT_EQ(request.on_date(), "2023-10-24") << target;
  }
  const auto units = Understood<directory::v1::ListUnitsRequest>(
      {.verb = "GET", .target = "/v1/units?query=%C4%91i%E1%BB%87n+bi%C3%AAn&pageSize=7"},
      "phoihop.directory.v1.DirectoryService/ListUnits");
  EXPECT_EQ(units.query(), "điện biên");
  EXPECT_EQ(units.page_size(), 7);
  const auto batch = Understood<directory::v1::BatchGetBodiesRequest>(
      {.verb = "GET", .target = "/v1/bodies:batchGet?names=bodies/a&names=bodies%2Fb"},
      "phoihop.directory.v1.DirectoryService/BatchGetBodies");
  EXPECT_THAT(batch.names(), ElementsAre("bodies/a", "bodies/b"));
  const auto listed = Understood<agreements::v1::ListAgreementsRequest>(
      {.verb = "GET", .target = "/v1/agreements?includeSubtree=true&state=IN_FORCE&unit=units/1"},
      "phoihop.agreements.v1.AgreementsService/ListAgreements");
  EXPECT_TRUE(listed.include_subtree());
  EXPECT_EQ(listed.state(), agreements::v1::Agreement::IN_FORCE);
}

TEST_F(TranscoderTest, BadQueryParametersAreRefusedByName) {
  const auto field = [&](const std::string& query) {
    return RefusedField({.verb = "GET", .target = "/v1/agreements?" + query});
  };
  EXPECT_EQ(field("nothing=1"), "nothing");
  EXPECT_EQ(field("unit=units/1&unit.x=1"), "unit.x");
  EXPECT_EQ(field("%00%ff=1"), "query");
  EXPECT_EQ(field("%zz=1"), "query");
  EXPECT_EQ(field("unit=a&unit=b"), "unit");
  EXPECT_EQ(field("on_date=a&onDate=b"), "onDate");
  EXPECT_EQ(field("page_size=1.5"), "page_size");
  EXPECT_EQ(field("pageSize=99999999999"), "pageSize");
  EXPECT_EQ(field("page_size="), "page_size");
  EXPECT_EQ(field("include_subtree=yes"), "include_subtree");
  EXPECT_EQ(field("state=in_force"), "state");
  EXPECT_EQ(field("unit=%ff"), "unit");
  EXPECT_EQ(field("unit=%00"), "unit");
  EXPECT_EQ(field("unit=%4"), "unit");
  EXPECT_EQ(RefusedField({.verb = "GET", .target = "/v1/bodies:batchGet?names=a&names=%ff"}),
            "names");
  EXPECT_EQ(RefusedField({.verb = "GET", .target = "/v1/agreements/a?name=agreements/b"}), "name");
}

TEST_F(TranscoderTest, PathAndBodyMakeOneRequest) {
  const auto get = Understood<agreements::v1::GetAgreementRequest>(
      {.verb = "GET", .target = "/v1/agreements/01h%7Ex"},
      "phoihop.agreements.v1.AgreementsService/GetAgreement");
  EXPECT_EQ(get.name(), "agreements/01h~x");
  const auto update = Understood<agreements::v1::UpdateAgreementRequest>(
      {.verb = "PATCH",
       .target = "/v1/agreements/01h?update_mask=title,termStart&requestId=r",
       .body = R"({"title": "Mới", "name": "agreements/01h"})"},
      "phoihop.agreements.v1.AgreementsService/UpdateAgreement");
  EXPECT_EQ(update.agreement().name(), "agreements/01h");
  EXPECT_EQ(update.agreement().title(), "Mới");
  EXPECT_THAT(update.update_mask().paths(), ElementsAre("title", "term_start"));
  EXPECT_EQ(update.request_id(), "r");
  const auto sign = Understood<agreements::v1::SignAgreementRequest>(
      {.verb = "POST", .target = "/v1/agreements/01h:sign", .body = R"({"party": "bodies/a"})"},
      "phoihop.agreements.v1.AgreementsService/SignAgreement");
  EXPECT_EQ(sign.name(), "agreements/01h");
  EXPECT_EQ(sign.party(), "bodies/a");
  EXPECT_EQ(Understood<directory::v1::RevokeGrantRequest>(
                {.verb = "POST", .target = "/v1/grants/g:revoke"},
                "phoihop.directory.v1.DirectoryService/RevokeGrant")
                .name(),
            "grants/g");
}

TEST_F(TranscoderTest, ContradictionsAndStrayPartsAreRefused) {
  EXPECT_EQ(
      RefusedField(
          {.verb = "PATCH", .target = "/v1/agreements/a", .body = R"({"name": "agreements/b"})"}),
      "agreement.name");
  EXPECT_EQ(
      RefusedField({.verb = "PATCH", .target = "/v1/agreements/a?agreement.title=x", .body = "{}"}),
      "agreement.title");
  EXPECT_EQ(RefusedField({.verb = "POST", .target = "/v1/agreements/a:sign?party=x"}), "party");
  EXPECT_EQ(RefusedField({.verb = "GET", .target = "/v1/agreements", .body = "{}"}), "body");
  EXPECT_EQ(RefusedField({.verb = "GET", .target = "/v1/agreements/%ff"}), "name");
  EXPECT_EQ(RefusedField({.verb = "GET", .target = "/v1/agreements/%zz"}), "name");
  EXPECT_EQ(RefusedField({.verb = "POST", .target = "/v1/agreements", .body = ""}), "agreement");
  EXPECT_EQ(
      RefusedField(
          {.verb = "POST", .target = "/v1/agreements", .body = R"({"parties": [{"body": 1}]})"}),
      "agreement.parties[0].body");
}

TEST_F(TranscoderTest, UnknownPathsAndVerbsAreToldApart) {
  for (const char* target : {"/", "", "/v1", "/v1/nothing", "/v1/units/1/2/3", "/v1/agreements/a:x",
                             "/v1/units/60:", "/phoihop.ledger.v1.LedgerService/GetHead",
                             "/phoihop.directory.v1.DirectoryService/GetTreeSnapshot", "*"}) {
    const HttpResponse response = Refused({.verb = "GET", .target = target});
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(json::parse(response.body)["code"], 5) << target;
  }
  const HttpResponse refused = Refused({.verb = "DELETE", .target = "/v1/petitions/a"});
  EXPECT_EQ(refused.status, 405);
  EXPECT_THAT(refused.headers, ::testing::Contains(::testing::Pair("Allow", "GET, HEAD, PATCH")));
  EXPECT_EQ(json::parse(refused.body)["code"], 12);
}

TEST_F(TranscoderTest, ConnectTakesJsonAndProtobuf) {
  const std::string path = "/phoihop.opinions.v1.OpinionsService/GetPetition";
  const std::string method = path.substr(1);
  auto request = Understood<opinions::v1::GetPetitionRequest>(
      {.verb = "POST",
       .target = path,
       .headers = {{"content-type", "application/json; charset=utf-8"},
                   {"connect-protocol-version", "1"}},
       .body = R"({"name": "petitions/1"})"},
      method);
  EXPECT_EQ(request.name(), "petitions/1");
  request = Understood<opinions::v1::GetPetitionRequest>(
      {.verb = "POST",
       .target = path,
       .headers = {{"content-type", "application/proto"}},
       .body = request.SerializeAsString()},
      method);
  EXPECT_EQ(request.name(), "petitions/1");

  const HttpRequest broken{.verb = "POST",
                           .target = path,
                           .headers = {{"content-type", "application/proto"}},
                           .body = "\x0a\x01\xff"};
  const HttpResponse refused = Refused(broken);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(json::parse(refused.body)["code"], "invalid_argument");
  EXPECT_EQ(Refused({.verb = "GET", .target = path}).status, 405);
  EXPECT_EQ(
      Refused({.verb = "POST", .target = path, .headers = {{"content-type", "text/xml"}}}).status,
      415);
  EXPECT_EQ(
      Refused({.verb = "POST",
               .target = path,
               .headers = {{"content-type", "application/json"}, {"content-encoding", "gzip"}},
               .body = "{}"})
          .status,
      501);
  EXPECT_EQ(
      Refused({.verb = "POST",
               .target = path,
               .headers = {{"content-type", "application/json"}, {"connect-protocol-version", "2"}},
               .body = "{}"})
          .status,
      400);
}

TEST_F(TranscoderTest, TheClientsTimeoutIsTakenWithinLimits) {
  const auto timeout = [&](Headers headers) {
    headers.emplace_back("content-type", "application/json");
    const auto read =
        transcoder_->Read({.verb = "POST",
                           .target = "/phoihop.opinions.v1.OpinionsService/GetPetition",
                           .headers = headers,
                           .body = "{}"});
    return std::get<ApiCall>(read).timeout;
  };
  EXPECT_EQ(timeout({}), absl::Seconds(10));
  EXPECT_EQ(timeout({{"connect-timeout-ms", "250"}}), absl::Milliseconds(250));
  EXPECT_EQ(timeout({{"connect-timeout-ms", "9999999999"}}), absl::Seconds(60));
  EXPECT_EQ(timeout({{"request-timeout", "1.5"}}), absl::Milliseconds(1500));
  EXPECT_EQ(
      RefusedField(
          {.verb = "GET", .target = "/v1/agreements/a", .headers = {{"request-timeout", "soon"}}}),
      "Request-Timeout");
}

TEST_F(TranscoderTest, AnswersAreWrittenInTheClientsDialect) {
  opinions::v1::Petition petition;
  petition.set_name("petitions/1");
  const std::string bytes = petition.SerializeAsString();
  const Method* method = catalog_->Find("phoihop.opinions.v1.OpinionsService/GetPetition");
  ApiCall call{.method = method, .dialect = Dialect::kRest};
  HttpResponse response = transcoder_->Write(call, bytes, 17);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body)["name"], "petitions/1");
  EXPECT_THAT(response.headers, ::testing::Contains(::testing::Pair("PhoiHop-Position", "17")));
  call.dialect = Dialect::kConnectProto;
  EXPECT_EQ(transcoder_->Write(call, bytes, std::nullopt).body, bytes);

  response = transcoder_->Write(call, Overloaded(absl::Milliseconds(250)), std::nullopt);
  EXPECT_EQ(response.status, 429);
  EXPECT_THAT(response.headers, ::testing::Contains(::testing::Pair("Retry-After", "1")));
  EXPECT_EQ(json::parse(response.body)["code"], "resource_exhausted");
  call.dialect = Dialect::kRest;
  response = transcoder_->Write(call, std::string("\xff"), std::nullopt);
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, Not(HasSubstr("unreadable")));
}

}  // namespace
}  // namespace phoihop::gateway
