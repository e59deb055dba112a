#include "services/gateway/transcoding/json_writer.h"

#include <nlohmann/json.hpp>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/gateway/v1/gateway.pb.h"
#include "phoihop/opinions/v1/opinions.pb.h"

namespace phoihop::gateway {
namespace {

using nlohmann::json;
using ::phoihop::testing::IsOk;

TEST(JsonWriterTest, ZerosArePrintedAndAbsentValuesAreNot) {
  opinions::v1::OpinionEntry entry;
  entry.set_topic("Đất đai");
  absl::StatusOr<std::string> text = WriteJson(entry);
  ASSERT_THAT(text, IsOk());
  json read = json::parse(*text);
  EXPECT_EQ(read["topic"], "Đất đai");
  EXPECT_EQ(read["channel"], "CHANNEL_UNSPECIFIED");
  EXPECT_EQ(read["heardDate"], "");
  EXPECT_FALSE(read.contains("voicedCount"));
  EXPECT_FALSE(read.contains("createTime"));
  entry.set_voiced_count(0);
  EXPECT_EQ(json::parse(*WriteJson(entry))["voicedCount"], 0);

  v1::UnitOverview overview;
  read = json::parse(*WriteJson(overview));
  EXPECT_FALSE(read.contains("opinionCount"));
  EXPECT_FALSE(read.contains("latestReport"));
  EXPECT_EQ(read["parts"], json::array());

  opinions::v1::CountPetitionsResponse counts;
  counts.add_groups()->set_group(opinions::v1::COMPLAINTS_AND_DENUNCIATIONS);
  read = json::parse(*WriteJson(counts));
  EXPECT_EQ(read["groups"][0], json({{"group", "COMPLAINTS_AND_DENUNCIATIONS"},
                                     {"receivedCount", 0},
                                     {"resolvedCount", 0},
                                     {"rateText", ""}}));
  EXPECT_EQ(read["position"], "0");
}

TEST(JsonWriterTest, ErrorsAreGoogleRpcStatusWithTypedDetails) {
  const absl::Status status =
      InvalidField("agreement.title", "REQUIRED", {"Give a title.", "Hãy nhập tên."});
  const json read = json::parse(WriteRpcStatusJson(status));
  EXPECT_EQ(read["code"], 3);
  std::map<std::string, json> details;
  for (const json& detail : read["details"]) details[detail["@type"]] = detail;
  EXPECT_EQ(details["type.googleapis.com/google.rpc.ErrorInfo"]["reason"], "REQUIRED");
  EXPECT_EQ(details["type.googleapis.com/google.rpc.ErrorInfo"]["domain"], "phoihop");
  EXPECT_EQ(details["type.googleapis.com/google.rpc.LocalizedMessage"]["locale"], "vi-VN");
  EXPECT_EQ(details["type.googleapis.com/google.rpc.BadRequest"]["fieldViolations"][0]["field"],
            "agreement.title");
}

TEST(JsonWriterTest, ConnectErrorsHaveTheProtocolsForm) {
  const json read = json::parse(WriteConnectErrorJson(NotFound("Agreement", "agreements/1")));
  EXPECT_EQ(read["code"], "not_found");
  EXPECT_FALSE(read["message"].get<std::string>().empty());
  EXPECT_EQ(read["details"][0]["type"], "google.rpc.ErrorInfo");
  EXPECT_EQ(read["details"][0]["value"].get<std::string>().find('='), std::string::npos);
}

TEST(JsonWriterTest, InternalTextsStayInside) {
  const json read = json::parse(WriteRpcStatusJson(absl::InternalError("table x is gone")));
  EXPECT_EQ(read["message"].get<std::string>().find("table"), std::string::npos);
}

}  // namespace
}  // namespace phoihop::gateway
