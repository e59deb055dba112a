// Streams from a service to Connect, and as lines of JSON.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "services/gateway/http/testing_client.h"
#include "services/gateway/http/testing_streams.h"
#include "services/gateway/transcoding/envelope.h"

namespace phoihop::gateway {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class StreamHttpTest : public StreamsFixture {
 protected:
  static std::string Request(const std::string& line, const std::vector<std::string>& headers = {},
                             const std::string& body = "") {
    std::string text = absl::StrCat(line, "\r\nHost: x\r\nAuthorization: Bearer members/lan\r\n");
    for (const std::string& header : headers) absl::StrAppend(&text, header, "\r\n");
    return absl::StrCat(text, "Content-Length: ", body.size(), "\r\n\r\n", body);
  }
  static std::string Get(const std::string& what, const std::string& version = "1.1") {
    return Request(
        absl::StrCat("GET /v1/due:watch?after_position=10&epoch=", what, " HTTP/", version));
  }
  static std::string Connect(const std::string& type, const std::string& body) {
    return Request("POST /phoihop.agreements.v1.DueService/WatchDue HTTP/1.1",
                   {"Content-Type: application/" + type, "Connect-Protocol-Version: 1"}, body);
  }
  static std::string JsonOf(const std::string& what) {
    return Envelope(0, absl::StrCat(R"({"afterPosition":"10","epoch":")", what, "\"}"));
  }
  static json ReasonsOf(const json& error) {
    for (const json& detail : error["details"]) {
      if (detail.contains("reason")) return detail["reason"];
    }
    return nullptr;
  }
};

TEST_F(StreamHttpTest, ConnectSendsEachMessageAtOnceInItsEnvelope) {
  TestingClient client(http_->port());
  client.Send(Connect("connect+json", JsonOf("open")));
  const std::string head = client.ReadHead();
  EXPECT_THAT(head, AllOf(HasSubstr("200 OK"), HasSubstr("Content-Type: application/connect+json"),
                          HasSubstr("Transfer-Encoding: chunked"), HasSubstr("Trace-Id: ")));
  for (const char* const position : {"11", "12", "13"}) {
    const std::string chunk = client.ReadChunk();
    ASSERT_GT(chunk.size(), 5u);
    EXPECT_EQ(chunk[0], 0);
    const json message = json::parse(chunk.substr(5));
    EXPECT_EQ(message["position"], position);
    EXPECT_EQ(message["epoch"], "Bearer exchanged:members/lan");
    EXPECT_EQ(message["items"], json::array());
  }
  EXPECT_EQ(due_.open, 1);
  client.Close();
  EXPECT_TRUE(Eventually([&] { return due_.cancelled == 1; }));
}

TEST_F(StreamHttpTest, ConnectsLastEnvelopeTellsHowItEnded) {
  TestingClient client(http_->port());
  WatchDueRequest request;
  request.set_after_position(10);
  client.Send(Connect("connect+proto", Envelope(0, request.SerializeAsString())));
  EXPECT_THAT(client.ReadHead(), HasSubstr("Content-Type: application/connect+proto"));
  for (const int64_t position : {11, 12, 13}) {
    WatchDueResponse response;
    ASSERT_TRUE(response.ParseFromString(client.ReadChunk().substr(5)));
    EXPECT_EQ(response.position(), position);
  }
  EXPECT_EQ(client.ReadChunk(), EndEnvelope(absl::OkStatus()));
  EXPECT_EQ(client.ReadChunk(), "");
  // The connection serves on.
  client.Send(Connect("connect+json", JsonOf("expired")));
  EXPECT_THAT(client.ReadHead(), HasSubstr("200 OK"));
  for (int i = 0; i < 3; ++i) client.ReadChunk();
  const std::string end = client.ReadChunk();
  EXPECT_EQ(end[0], 2);
  const json error = json::parse(end.substr(5))["error"];
  EXPECT_EQ(error["code"], "failed_precondition");
  std::string info;
  ASSERT_TRUE(absl::Base64Unescape(error["details"][0]["value"].get<std::string>(), &info));
  EXPECT_THAT(info, HasSubstr("POSITION_EXPIRED"));
}

TEST_F(StreamHttpTest, ConnectsRefusalsAreInTheStream) {
  TestingClient client(http_->port());
  for (const auto& [body, code] : std::vector<std::pair<std::string, std::string>>{
           {JsonOf("refused"), "permission_denied"},
           {"{}", "invalid_argument"},
           {Envelope(0, R"({"afterPosition":"x"})"), "invalid_argument"}}) {
    client.Send(Connect("connect+json", body));
    const auto answer = client.Read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.head, HasSubstr("Content-Type: application/connect+json"));
    ASSERT_GT(answer.body.size(), 5u);
    EXPECT_EQ(answer.body[0], 2);
    EXPECT_EQ(json::parse(answer.body.substr(5))["error"]["code"], code);
  }
  client.Send(Connect("json", "{}"));
  auto answer = client.Read();
  EXPECT_EQ(answer.status, 415);
  EXPECT_THAT(answer.head, HasSubstr("Accept-Post: application/connect+json"));
  client.Send(Request("POST /phoihop.agreements.v1.DueService/GetObligation HTTP/1.1",
                      {"Content-Type: application/connect+json"}, Envelope(0, "{}")));
  EXPECT_EQ(client.Read().status, 415);
}

TEST_F(StreamHttpTest, RestGivesALineForEachMessage) {
  TestingClient client(http_->port());
  client.Send(Get("expired"));
  EXPECT_THAT(client.ReadHead(),
              AllOf(HasSubstr("200 OK"), HasSubstr("Content-Type: application/x-ndjson")));
  for (const char* const position : {"11", "12", "13"}) {
    const std::string line = client.ReadChunk();
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(json::parse(line)["result"]["position"], position);
  }
  const json error = json::parse(client.ReadChunk())["error"];
  EXPECT_EQ(error["code"], 9);
  EXPECT_EQ(ReasonsOf(error), "POSITION_EXPIRED");
  EXPECT_EQ(client.ReadChunk(), "");
}

TEST_F(StreamHttpTest, ARefusalOverRestHasItsStatus) {
  TestingClient client(http_->port());
  client.Send(Get("refused"));
  EXPECT_EQ(client.Read().status, 403);
  client.Send(Request("GET /v1/due:watch?afterPosition=x HTTP/1.1"));
  EXPECT_EQ(client.Read().status, 400);
  client.Send(Request("POST /v1/due:watch HTTP/1.1"));
  EXPECT_EQ(client.Read().status, 405);
  client.Send("GET /v1/due:watch HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.Read().status, 401);
  api_->set_most_streams(0);
  client.Send(Get("open"));
  EXPECT_EQ(client.Read().status, 429);
}

TEST_F(StreamHttpTest, AnOldClientReadsUntilTheConnectionEnds) {
  TestingClient client(http_->port());
  client.Send(Get("", "1.0"));
  EXPECT_THAT(client.ReadHead(),
              AllOf(HasSubstr("Connection: close"), Not(HasSubstr("Transfer-Encoding"))));
  const std::string lines = client.ReadAll();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
  EXPECT_EQ(lines.substr(0, 10), "{\"result\":");
}

TEST_F(StreamHttpTest, AHeadOpensNothingForLong) {
  TestingClient client(http_->port());
  client.Send(Request("HEAD /v1/due:watch?epoch=open HTTP/1.1"));
  EXPECT_THAT(client.ReadHead(), HasSubstr("200 OK"));
  EXPECT_TRUE(client.ClosedWithin(absl::Seconds(5)));
  EXPECT_TRUE(Eventually([&] { return due_.cancelled == 1; }));
}

TEST_F(StreamHttpTest, ASlowReaderOverHttpIsCutOffAndHoldsUpNobody) {
  TestingClient slow(http_->port());
  slow.Send(Get("large"));
  ASSERT_TRUE(Eventually([&] { return due_.sent > 3; }));
  for (int i = 0; i < 5; ++i) {
    TestingClient client(http_->port());
    client.Send(Request("GET /v1/obligations/1 HTTP/1.1"));
    EXPECT_EQ(client.Read().status, 200);
  }
  EXPECT_TRUE(Eventually([&] { return due_.open == 0; }));
  EXPECT_LT(due_.sent, 300);
}

TEST_F(StreamHttpTest, TheEndOfTheGatewayIsToldOverHttpAtOnce) {
  TestingClient connect(http_->port());
  connect.Send(Connect("connect+json", JsonOf("open")));
  connect.ReadHead();
  TestingClient rest(http_->port());
  rest.Send(Get("open"));
  rest.ReadHead();
  for (int i = 0; i < 3; ++i) {
    connect.ReadChunk();
    rest.ReadChunk();
  }
  const absl::Time start = absl::Now();
  api_->EndStreams();
  EXPECT_TRUE(http_->Drain(absl::Seconds(10)));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_EQ(json::parse(connect.ReadChunk().substr(5))["error"]["code"], "unavailable");
  EXPECT_EQ(ReasonsOf(json::parse(rest.ReadChunk())["error"]), "STARTING_OR_ENDING");
  EXPECT_TRUE(Eventually([&] { return due_.cancelled == 2; }));
}

}  // namespace
}  // namespace phoihop::gateway
