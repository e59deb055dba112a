#include "services/gateway/transcoding/json_writer.h"

#include <nlohmann/json.hpp>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "phoihop/gateway/v1/gateway.pb.h"
#include "phoihop/opinions/v1/opinions.pb.h"
#include "services/gateway/transcoding/catalog.h"

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

// Sets every field, with texts that need escaping.
void Fill(google::protobuf::Message& message) {
  if (auto* timestamp = dynamic_cast<google::protobuf::Timestamp*>(&message)) {
    timestamp->set_seconds(1700000000);
    timestamp->set_nanos(500000000);
    return;
  }
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const auto* field = message.GetDescriptor()->field(i);
    using Field = google::protobuf::FieldDescriptor;
    for (int n = 0; n < (field->is_repeated() ? 2 : 1); ++n) {
      switch (field->cpp_type()) {
        case Field::CPPTYPE_INT32:
          reflection.SetInt32(&message, field, -7);
          break;
        case Field::CPPTYPE_INT64:
          reflection.SetInt64(&message, field, 9007199254740993);
          break;
        case Field::CPPTYPE_BOOL:
          reflection.SetBool(&message, field, true);
          break;
        case Field::CPPTYPE_ENUM:
          reflection.SetEnumValue(&message, field, 1);
          break;
        case Field::CPPTYPE_STRING: {
          const std::string text = "\"Đ\\\n\t\x01\x7f/<>\xe2\x80\xa8";
          if (field->is_repeated()) {
            reflection.AddString(&message, field, text);
          } else {
            reflection.SetString(&message, field, text);
          }
          break;
        }
        case Field::CPPTYPE_MESSAGE:
          if (field->message_type()->full_name() == "google.protobuf.FieldMask") break;
          Fill(field->is_repeated() ? *reflection.AddMessage(&message, field)
                                    : *reflection.MutableMessage(&message, field));
          break;
        default:
          ADD_FAILURE() << field->full_name();
      }
    }
  }
}

TEST(JsonWriterTest, EveryAnswerReadsAsProtobufsOwnPrinterWouldWriteIt) {
  const auto catalog = Catalog::Create();
  ASSERT_THAT(catalog, IsOk());
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  for (const Method& method : (*catalog)->methods()) {
    const std::unique_ptr<google::protobuf::Message> message(method.response->New());
    for (const bool full : {false, true}) {
      if (full) Fill(*message);
      std::string expected;
      const auto printed =
          google::protobuf::util::MessageToJsonString(*message, &expected, options);
      ASSERT_TRUE(printed.ok()) << method.full_name;
      const auto written = WriteJson(*message);
      ASSERT_THAT(written, IsOk());
      EXPECT_EQ(json::parse(*written), json::parse(expected)) << method.full_name;
    }
  }
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
