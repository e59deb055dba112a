// From a socket through the transcoder and the gateway's gRPC server to a service and
// back, with a fake service behind.
#include "services/gateway/http/api.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/access/testing_tree.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "common/rpc/testing/well_known.h"
#include "common/status/errors.h"
#include "common/telemetry/metrics.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "phoihop/directory/v1/directory.grpc.pb.h"
#include "phoihop/gateway/v1/gateway.pb.h"
#include "phoihop/opinions/v1/opinions.grpc.pb.h"
#include "services/gateway/forwarding/forwarder.h"
#include "services/gateway/http/testing_client.h"
#include "services/gateway/overview/overview.h"

namespace phoihop::gateway {
namespace {

using nlohmann::json;
using opinions::v1::OpinionsService;
using ::phoihop::testing::As;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What a call brought along.
std::string Metadata(const grpc::ServerContext& context, const char* key) {
  const auto it = context.client_metadata().find(key);
  return it == context.client_metadata().end() ? ""
                                               : std::string(it->second.data(), it->second.size());
}

// A gauge of the service `opinions`, as Prometheus would see it; -1 for none.
double Exported(const std::string& name) {
  const std::string line = absl::StrCat(name, "{service=\"opinions\"} ");
  const std::string text = MetricsText();
  const size_t at = text.find(line);
  return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + line.size(), nullptr);
}

class FakeOpinions : public OpinionsService::Service {
 public:
  std::atomic<int> hanging = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<bool> stop = false;

 private:
  // Answers with what it saw; the name says what to do.
  grpc::Status GetPetition(grpc::ServerContext* context,
                           const opinions::v1::GetPetitionRequest* request,
                           opinions::v1::Petition* petition) override {
    if (request->name() == "petitions/hang") {
      ++hanging;
      while (!context->IsCancelled() && !stop) absl::SleepFor(absl::Milliseconds(2));
      if (context->IsCancelled()) ++cancelled;
      return grpc::Status::CANCELLED;
    }
    if (request->name() == "petitions/overloaded") {
      return rpc::ToGrpcStatus(Overloaded(absl::Milliseconds(700)));
    }
    if (request->name() == "petitions/taken") {
      return rpc::ToGrpcStatus(AllTaken("FILE_CHECKS", {"Busy.", "Bận."}, absl::Seconds(1)));
    }
    if (request->name() == "petitions/none") {
      return rpc::ToGrpcStatus(NotFound("Petition", request->name()));
    }
    if (request->name() == "petitions/faulty") {
      return rpc::ToGrpcStatus(InvalidField("opinion_entry.heard_date", "INVALID_DATE",
                                            {"heard_date is no day.", "Ngày không đúng."}));
    }
    petition->set_name(request->name());
    petition->set_reference(Metadata(*context, "authorization"));
    petition->set_unit(Metadata(*context, "traceparent"));
    petition->set_revision(
        absl::ToInt64Milliseconds(absl::FromChrono(context->deadline()) - absl::Now()));
    const std::string asked = Metadata(*context, "phoihop-min-position");
    context->AddTrailingMetadata("phoihop-position", asked.empty() ? "17" : asked);
    return grpc::Status::OK;
  }

  grpc::Status ListPetitions(grpc::ServerContext*, const opinions::v1::ListPetitionsRequest*,
                             opinions::v1::ListPetitionsResponse*) override {
    return rpc::ToGrpcStatus(InvalidField("page_size", "OUT_OF_RANGE", {"Too small.", "Quá nhỏ."}));
  }

  // Frozen.
  grpc::Status CountPetitions(grpc::ServerContext* context,
                              const opinions::v1::CountPetitionsRequest*,
                              opinions::v1::CountPetitionsResponse*) override {
    while (!context->IsCancelled() && !stop) absl::SleepFor(absl::Milliseconds(2));
    return grpc::Status::CANCELLED;
  }
};

class FakeDirectory : public directory::v1::DirectoryService::Service {
  grpc::Status ImportRegister(grpc::ServerContext* context,
                              const directory::v1::ImportRegisterRequest* request,
                              directory::v1::ImportRegisterResponse* response) override {
    response->set_units_created(request->rows_size());
    auto* seen = response->add_left_out();
    seen->set_reason(Metadata(*context, "authorization"));
    return grpc::Status::OK;
  }
};

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto catalog = Catalog::Create();
    ASSERT_THAT(catalog, IsOk());
    catalog_ = *std::move(catalog);
    Upstreams upstreams;
    upstreams["opinions"] = Begin(&opinions_);
    upstreams["directory"] = Begin(&directory_);
    gateway_ = std::make_unique<testing::TestServer>(
        [&](rpc::Server::Builder& builder) {
          ForwardMethods(builder, *catalog_, upstreams, [](const access::Caller& member) {
            return absl::StatusOr<std::string>("exchanged:" + member.name);
          });
          builder.Unary("phoihop.gateway.v1.OverviewService/GetUnitOverview", &overview_,
                        &Overview::GetUnitOverview);
        },
        rpc::ServerOptions{.workers = 4, .max_receive_bytes = 16 << 20});
    api_ = std::make_unique<Api>(*catalog_, [this] { return ready_; });
    auto http = HttpServer::Start({.threads = 2}, api_.get());
    ASSERT_THAT(http, IsOk());
    http_ = *std::move(http);
    api_->Connect(std::make_shared<Upstream>(gateway_->channel()));
  }

  void TearDown() override {
    opinions_.stop = true;
    http_.reset();
    api_->Disconnect();
    gateway_.reset();
    frozen_->Shutdown(absl::ToChronoTime(absl::Now()));
    for (auto& server : servers_) server->Shutdown(absl::ToChronoTime(absl::Now()));
  }

  std::shared_ptr<Upstream> Begin(grpc::Service* service) {
    grpc::ServerBuilder builder;
    builder.RegisterService(service);
    builder.SetMaxReceiveMessageSize(16 << 20);
    servers_.push_back(builder.BuildAndStart());
    return std::make_shared<Upstream>(servers_.back()->InProcessChannel(grpc::ChannelArguments()));
  }

  std::unique_ptr<grpc::Server> BeginFrozen() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&opinions_);
    return builder.BuildAndStart();
  }

  std::shared_ptr<grpc::Channel> ChannelToFrozen() {
    return frozen_->InProcessChannel(grpc::ChannelArguments());
  }

  static std::string Request(const std::string& line, const std::vector<std::string>& headers = {},
                             const std::string& body = "") {
    std::string text = absl::StrCat(line, " HTTP/1.1\r\nHost: x\r\n");
    for (const std::string& header : headers) absl::StrAppend(&text, header, "\r\n");
    return absl::StrCat(text, "Content-Length: ", body.size(), "\r\n\r\n", body);
  }

  TestingClient::Answer Send(const std::string& line, const std::vector<std::string>& headers = {},
                             const std::string& body = "") {
    TestingClient client(http_->port());
    client.Send(Request(line, headers, body));
    return client.Read();
  }

  static bool Eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 1000; ++i) {
      if (condition()) return true;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }

  static constexpr char kLan[] = "Authorization: Bearer members/lan";

  FakeOpinions opinions_;
  FakeDirectory directory_;
  // All services but the frozen one know nothing of an overview, and say so at once.
  access::StaticSnapshot snapshots_{
      access::TestTree(), {{"g1", "members/lan", "viewer", "", access::kOldCanTho, false}}};
  std::unique_ptr<grpc::Server> frozen_ = BeginFrozen();
  Overview overview_{{&snapshots_, [](const access::Caller&) { return std::string("token"); },
                      ChannelToFrozen(), ChannelToFrozen(), ChannelToFrozen(), ChannelToFrozen()}};
  absl::Status ready_;
  std::vector<std::unique_ptr<grpc::Server>> servers_;
  std::unique_ptr<const Catalog> catalog_;
  std::unique_ptr<testing::TestServer> gateway_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> http_;
};

TEST_F(ApiTest, RestGoesThroughToTheServiceWithAnotherToken) {
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto answer =
      Send("GET /v1/petitions/1", {kLan, "traceparent: 00-" + trace + "-00f067aa0ba902b7-01"});
  EXPECT_EQ(answer.status, 200);
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["name"], "petitions/1");
  EXPECT_EQ(body["reference"], "Bearer exchanged:members/lan");
  EXPECT_THAT(body["unit"].get<std::string>(), HasSubstr(trace));
  EXPECT_EQ(body["kind"], "KIND_UNSPECIFIED");
  EXPECT_THAT(answer.head, HasSubstr("PhoiHop-Position: 17"));
  EXPECT_THAT(answer.head, HasSubstr("Trace-Id: " + trace));
}

TEST_F(ApiTest, ThePositionThatAnAnswerMustIncludeGoesThroughToTheService) {
  auto answer = Send("GET /v1/petitions/1", {kLan, "Phoihop-Min-Position: 42"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.head, HasSubstr("PhoiHop-Position: 42"));
  const std::vector<std::string> wrong = {"-1", "abc", "1, 2", "99999999999999999999"};
  for (const std::string& value : wrong) {
    answer = Send("GET /v1/petitions/1", {kLan, "Phoihop-Min-Position: " + value});
    EXPECT_EQ(answer.status, 400) << value;
    EXPECT_THAT(answer.body, HasSubstr("phoihop-min-position"));
  }
  answer =
      Send("GET /v1/petitions/1", {kLan, "Phoihop-Min-Position: 1", "Phoihop-Min-Position: 2"});
  EXPECT_EQ(answer.status, 400);
}

TEST_F(ApiTest, ConnectSpeaksJsonAndProtobuf) {
  const std::string line = "POST /phoihop.opinions.v1.OpinionsService/GetPetition";
  auto answer = Send(line, {kLan, "Content-Type: application/json"}, R"({"name": "petitions/1"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body)["name"], "petitions/1");
  opinions::v1::GetPetitionRequest request;
  request.set_name("petitions/2");
  answer = Send(line, {kLan, "Content-Type: application/proto"}, request.SerializeAsString());
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.head, HasSubstr("Content-Type: application/proto"));
  opinions::v1::Petition petition;
  ASSERT_TRUE(petition.ParseFromString(answer.body));
  EXPECT_EQ(petition.name(), "petitions/2");
  answer = Send(line, {kLan, "Content-Type: application/json"}, R"({"name": "petitions/none"})");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(json::parse(answer.body)["code"], "not_found");
}

TEST_F(ApiTest, ErrorsKeepTheirDetails) {
  const auto answer = Send("GET /v1/petitions/none", {kLan});
  EXPECT_EQ(answer.status, 404);
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["code"], 5);
  EXPECT_THAT(body["details"].dump(), HasSubstr("google.rpc.ResourceInfo"));
  EXPECT_THAT(body["details"].dump(), HasSubstr("vi-VN"));
}

TEST_F(ApiTest, WhoIsNotSignedInIsRefused) {
  for (const std::vector<std::string>& headers :
       std::vector<std::vector<std::string>>{{},
                                             {"Authorization: Basic bWU6bWU="},
                                             {"Authorization: Bearer "},
                                             {"Authorization: Bearer a b"},
                                             {"Authorization: Bearer \xff"},
                                             {"Authorization: Bearer nobody"},
                                             {kLan, kLan}}) {
    const auto answer = Send("GET /v1/petitions/1", headers);
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.head, HasSubstr("WWW-Authenticate: Bearer"));
    EXPECT_EQ(json::parse(answer.body)["code"], 16);
  }
}

TEST_F(ApiTest, TheClientsTimeIsKept) {
  const auto body = json::parse(Send("GET /v1/petitions/1", {kLan, "Request-Timeout: 3"}).body);
  const int64_t left = std::stoll(body["revision"].get<std::string>());
  // gRPC rounds up.
  EXPECT_LE(left, 3100);
  EXPECT_GT(left, 1000);
  const absl::Time start = absl::Now();
  const auto answer = Send("GET /v1/petitions/hang", {kLan, "Request-Timeout: 0.2"});
  EXPECT_EQ(answer.status, 504);
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

TEST_F(ApiTest, TheClientsTimeIsKeptByTheOverviewOfAFrozenService) {
  const std::string line = "GET /v1/overview?unit_code=92&on_date=2023-10-24&since=2023-01-01";
  gateway_->permissions().Allow("members/lan", "gateway.overview.read");
  const auto timed = [&](const std::vector<std::string>& headers) {
    const absl::Time start = absl::Now();
    const auto answer = Send(line, headers);
    const absl::Duration elapsed = absl::Now() - start;
    EXPECT_EQ(answer.status, 200) << answer.body;
    if (answer.status == 200) {
      EXPECT_EQ(json::parse(answer.body)["parts"][2]["state"], "UNAVAILABLE");
    }
    return elapsed;
  };
  // The overview itself waits for a second, when the client does not say.
  EXPECT_GE(timed({kLan}), absl::Milliseconds(900));
  for (const char* header : {"Connect-Timeout-Ms: 500", "Request-Timeout: 0.5"}) {
    // The machine may be busy: the fastest counts.
    absl::Duration fastest = absl::InfiniteDuration();
    for (int i = 0; i < 3; ++i) fastest = std::min(fastest, timed({kLan, header}));
    EXPECT_LT(fastest, absl::Milliseconds(500)) << header;
  }
}

TEST_F(ApiTest, ErrorsNameFieldsAsTheClientWritesThem) {
  const auto field = [](const TestingClient::Answer& answer) -> std::string {
    EXPECT_EQ(answer.status, 400);
    const json body = json::parse(answer.body);
    for (const json& detail : body["details"]) {
      if (detail.contains("fieldViolations")) return detail["fieldViolations"][0]["field"];
    }
    return "";
  };
  const auto answer = Send("GET /v1/petitions/faulty", {kLan});
  EXPECT_EQ(field(answer), "opinionEntry.heardDate");
  EXPECT_THAT(answer.body, HasSubstr("heard_date is no day."));
  EXPECT_EQ(field(Send("GET /v1/petitions?page_size=3", {kLan})), "page_size");
  EXPECT_EQ(field(Send("GET /v1/petitions?pageSize=3", {kLan})), "pageSize");
  EXPECT_EQ(field(Send("GET /v1/petitions", {kLan})), "pageSize");
  EXPECT_EQ(field(Send("GET /v1/petitions?page_size=x", {kLan})), "page_size");

  const auto stub = OpinionsService::NewStub(gateway_->channel());
  opinions::v1::GetPetitionRequest request;
  request.set_name("petitions/faulty");
  EXPECT_THAT(ViolatedFields(
                  rpc::Call(*stub, &OpinionsService::Stub::GetPetition, request, As("members/lan"))
                      .status()),
              ElementsAre("opinion_entry.heard_date"));
}

TEST_F(ApiTest, WhatConnectDoesNotKnowIsRefusedInJsonAndProtobuf) {
  const std::string line = "POST /phoihop.opinions.v1.OpinionsService/GetPetition";
  const std::string proto = "Content-Type: application/proto";
  opinions::v1::GetPetitionRequest request;
  request.set_name("petitions/1");
  const std::string good = request.SerializeAsString();
  auto answer = Send(line, {kLan, proto}, good + "\xfa\x3f\x01z");  // number 1023
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("field 1023"));
  answer = Send(line, {kLan, proto}, good + good);
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("given twice"));
  EXPECT_EQ(Send(line, {kLan, proto}, good).status, 200);

  answer = Send(line + "?name=petitions/1", {kLan, "Content-Type: application/json"}, "{}");
  EXPECT_EQ(answer.status, 400);
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["code"], "invalid_argument");
  google::rpc::BadRequest violations;
  for (const json& detail : body["details"]) {
    std::string bytes;
    if (detail["type"] == "google.rpc.BadRequest" &&
        absl::Base64Unescape(detail["value"].get<std::string>(), &bytes)) {
      violations.ParseFromString(bytes);
    }
  }
  ASSERT_EQ(violations.field_violations_size(), 1);
  EXPECT_EQ(violations.field_violations(0).field(), "name");
  EXPECT_EQ(Send(line + "?name=x", {kLan, proto}, good).status, 400);
}

TEST_F(ApiTest, AHiddenRequestIsNotServedAndTheRefusalIsAStatus) {
  TestingClient client(http_->port());
  client.Send(absl::StrCat("POST /v1/opinionEntries HTTP/1.1\r\nHost: x\r\n", kLan,
                           "\r\nTransfer-Encoding: xchunked\r\n\r\n",
                           Request("GET /v1/petitions/1", {kLan})));
  const auto answer = client.Read();
  EXPECT_EQ(answer.status, 400);
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["code"], 3);
  EXPECT_THAT(body["details"].dump(), HasSubstr("TRANSFER_ENCODING_UNSUPPORTED"));
  EXPECT_TRUE(client.ClosedWithin(absl::Seconds(5)));
}

TEST_F(ApiTest, AColonWithoutAVerbIsNoPath) {
  EXPECT_EQ(Send("GET /v1/petitions/1:", {kLan}).status, 404);
}

TEST_F(ApiTest, ALeavingClientCancelsTheCallAtTheService) {
  {
    TestingClient client(http_->port());
    client.Send(Request("GET /v1/petitions/hang", {kLan}));
    ASSERT_TRUE(Eventually([&] { return opinions_.hanging == 1; }));
  }
  EXPECT_TRUE(Eventually([&] { return opinions_.cancelled == 1; }));
}

TEST_F(ApiTest, AHangingServiceDoesNotHoldUpTheOthers) {
  // More of them than the gateway has workers.
  std::vector<std::unique_ptr<TestingClient>> hanging;
  for (int i = 0; i < 8; ++i) {
    hanging.push_back(std::make_unique<TestingClient>(http_->port()));
    hanging.back()->Send(Request("GET /v1/petitions/hang", {kLan}));
  }
  ASSERT_TRUE(Eventually([&] { return opinions_.hanging == 8; }));
  EXPECT_EQ(Send("POST /v1/units:import", {kLan}, "{}").status, 200);
}

TEST_F(ApiTest, OnlyAnOverloadedServiceGetsFewerCalls) {
  const auto limit = [] { return Exported("phoihop_gateway_forwarded_calls_limit"); };
  const double first = limit();
  EXPECT_GT(first, 16);
  for (const char* name : {"taken", "none", "7"}) {
    Send(absl::StrCat("GET /v1/petitions/", name), {kLan});
    EXPECT_GE(limit(), first) << name;
  }
  const TestingClient::Answer refused = Send("GET /v1/petitions/overloaded", {kLan});
  EXPECT_EQ(refused.status, 429);
  EXPECT_LT(limit(), first);
  // Nothing that is over holds room, whoever has asked.
  EXPECT_EQ(Send("GET /v1/petitions/7").status, 401);
  EXPECT_TRUE(Eventually([] { return Exported("phoihop_gateway_forwarded_calls") == 0; }));
}

TEST_F(ApiTest, MalformedRequestsDoNotReachTheService) {
  const auto answer = Send("POST /v1/units:import", {kLan}, R"({"rows": [{"code": 7}]})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("rows[0].code"));
  EXPECT_EQ(Send("GET /v1/nothing", {kLan}).status, 404);
  EXPECT_EQ(Send("DELETE /v1/petitions/1", {kLan}).status, 405);
  EXPECT_EQ(Send("POST /phoihop.directory.v1.DirectoryService/GetTreeSnapshot",
                 {kLan, "Content-Type: application/json"}, "{}")
                .status,
            404);
}

TEST_F(ApiTest, HealthAndReadinessAreTold) {
  EXPECT_EQ(Send("GET /healthz").status, 200);
  EXPECT_EQ(Send("GET /readyz").status, 200);
  ready_ = absl::UnavailableError("not yet");
  EXPECT_EQ(Send("GET /readyz").status, 503);
  ready_ = absl::OkStatus();
  api_->Disconnect();
  EXPECT_EQ(Send("GET /readyz").status, 503);
  EXPECT_EQ(Send("GET /v1/petitions/1", {kLan}).status, 503);
}

TEST_F(ApiTest, GrpcIsPassedOnWithLargeImportsAndTheCommandLinesOwnToken) {
  const auto stub = directory::v1::DirectoryService::NewStub(gateway_->channel());
  directory::v1::ImportRegisterRequest request;
  for (int i = 0; i < 60000; ++i) request.add_rows()->set_name("Phường thứ " + std::to_string(i));
  EXPECT_GT(request.ByteSizeLong(), 1u << 20);
  auto response = rpc::Call(*stub, &directory::v1::DirectoryService::Stub::ImportRegister, request,
                            As("services/ctl"));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->units_created(), 60000);
  EXPECT_EQ(response->left_out(0).reason(), "Bearer services/ctl");
  // Only where the contract names it.
  const auto opinions = OpinionsService::NewStub(gateway_->channel());
  EXPECT_THAT(rpc::Call(*opinions, &OpinionsService::Stub::GetPetition, {}, As("services/ctl")),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(rpc::Call(*stub, &directory::v1::DirectoryService::Stub::GetTreeSnapshot, {},
                        As("services/ctl")),
              StatusIs(absl::StatusCode::kUnimplemented));
}

TEST_F(ApiTest, GrpcKeepsPositionsAndErrors) {
  const auto stub = OpinionsService::NewStub(gateway_->channel());
  opinions::v1::GetPetitionRequest request;
  request.set_name("petitions/1");
  std::optional<int64_t> position;
  EXPECT_THAT(
      rpc::Call(*stub, &OpinionsService::Stub::GetPetition, request, As("members/lan"), &position),
      IsOk());
  EXPECT_EQ(position, 17);
  request.set_name("petitions/none");
  const auto missing =
      rpc::Call(*stub, &OpinionsService::Stub::GetPetition, request, As("members/lan"));
  EXPECT_EQ(missing.status(), NotFound("Petition", "petitions/none"));
  request.set_name("\xff");
  const auto broken =
      rpc::Call(*stub, &OpinionsService::Stub::GetPetition, request, As("members/lan"));
  EXPECT_THAT(broken, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_UTF8"));
  EXPECT_THAT(ViolatedFields(broken.status()), ElementsAre("name"));
  EXPECT_THAT(testing::ListServices(gateway_->channel()),
              ::testing::IsSupersetOf({"phoihop.opinions.v1.OpinionsService",
                                       "phoihop.directory.v1.DirectoryService"}));
}

}  // namespace
}  // namespace phoihop::gateway
