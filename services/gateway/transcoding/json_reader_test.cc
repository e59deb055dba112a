#include "services/gateway/transcoding/json_reader.h"

#include <string>

#include "common/status/errors.h"
#include "common/status/rpc_status.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/agreements.pb.h"
#include "phoihop/directory/v1/directory.pb.h"
#include "phoihop/opinions/v1/opinions.pb.h"
#include "phoihop/reporting/v1/reporting.pb.h"

namespace phoihop::gateway {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A string literal with NUL inside.
template <size_t n>
std::string Bytes(const char (&text)[n]) {
  return std::string(text, n - 1);
}

TEST(JsonReaderTest, BothSpellingsAndEveryKindOfFieldAreRead) {
  agreements::v1::UpdateAgreementRequest update;
  ASSERT_THAT(ReadJson(R"({"agreement": {"name": "agreements/1", "document_number": "02-CTr",
                            "termStart": "2023-10-24", "state": "IN_FORCE", "revision": "7",
                            "parties": [{"body": "bodies/a"}, {"body": "bodies/b"}],
                            "createTime": "2023-10-24T02:00:00.5Z", "parent": null},
                           "updateMask": "termStart,document_number,*", "requestId": "\u0111"})",
                       "", update),
              IsOk());
  EXPECT_EQ(update.agreement().document_number(), "02-CTr");
  EXPECT_EQ(update.agreement().term_start(), "2023-10-24");
  EXPECT_EQ(update.agreement().state(), agreements::v1::Agreement::IN_FORCE);
  EXPECT_EQ(update.agreement().revision(), 7);
  EXPECT_EQ(update.agreement().parties(1).body(), "bodies/b");
  EXPECT_EQ(update.agreement().create_time().nanos(), 500000000);
  EXPECT_THAT(update.update_mask().paths(), ElementsAre("term_start", "document_number", "*"));
  EXPECT_EQ(update.request_id(), "đ");

  opinions::v1::OpinionEntry entry;
  ASSERT_THAT(ReadJson(R"({"voicedCount": 3})", "opinionEntry", entry), IsOk());
  EXPECT_EQ(entry.voiced_count(), 3);
  ASSERT_THAT(ReadJson(R"({"voicedCount": 1e3})", "", entry), IsOk());
  EXPECT_EQ(entry.voiced_count(), 1000);

  directory::v1::ImportRegisterRequest import;
  ASSERT_THAT(ReadJson(R"({"validateOnly": true, "rows": []})", "", import), IsOk());
  EXPECT_TRUE(import.validate_only());
  ASSERT_THAT(ReadJson("{}", "", import), IsOk());
}

struct Refused {
  std::string json;
  std::string reason;
  std::string field;
};

class JsonRefusalTest : public ::testing::TestWithParam<Refused> {};

TEST_P(JsonRefusalTest, NamesTheFieldAndRepeatsNothing) {
  agreements::v1::UpdateAgreementRequest message;
  const absl::Status status = ReadJson(GetParam().json, "", message);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, GetParam().reason))
      << GetParam().json;
  EXPECT_THAT(ViolatedFields(status), ElementsAre(GetParam().field)) << GetParam().json;
  EXPECT_THAT(ToRpcStatus(status).SerializeAsString(), Not(HasSubstr("S3CRET")));
}

INSTANTIATE_TEST_SUITE_P(
    Malformed, JsonRefusalTest,
    ::testing::Values(
        Refused{R"({"unknown": 1})", "UNKNOWN_FIELD", "unknown"},
        Refused{R"({"agreement": {"S3CRET title": 1}})", "UNKNOWN_FIELD", "agreement"},
        Refused{R"({"S3CRET.x": 1})", "UNKNOWN_FIELD", "body"},
        Refused{R"({"agreement": {"parties": [{"body": "a"}, {"nobody": "b"}]}})", "UNKNOWN_FIELD",
                "agreement.parties[1].nobody"},
        Refused{R"({"requestId": "a", "requestId": "S3CRET"})", "DUPLICATE_FIELD", "requestId"},
        Refused{R"({"requestId": "a", "request_id": "S3CRET"})", "DUPLICATE_FIELD", "requestId"},
        Refused{R"({"requestId": null, "request_id": "a"})", "DUPLICATE_FIELD", "requestId"},
        Refused{R"({"agreement": {"term_start": "", "termStart": ""}})", "DUPLICATE_FIELD",
                "agreement.termStart"},
        Refused{R"({"requestId": 5})", "WRONG_TYPE", "requestId"},
        Refused{R"({"requestId": true})", "WRONG_TYPE", "requestId"},
        Refused{R"({"requestId": ["S3CRET"]})", "WRONG_TYPE", "requestId"},
        Refused{R"({"requestId": {"S3CRET": 1}})", "WRONG_TYPE", "requestId"},
        Refused{R"({"agreement": "S3CRET"})", "WRONG_TYPE", "agreement"},
        Refused{R"({"agreement": [{}]})", "WRONG_TYPE", "agreement"},
        Refused{R"({"agreement": {"parties": {}}})", "WRONG_TYPE", "agreement.parties"},
        Refused{R"({"agreement": {"parties": [[{}]]}})", "WRONG_TYPE", "agreement.parties[0]"},
        Refused{R"({"agreement": {"parties": [{}, null]}})", "WRONG_TYPE", "agreement.parties[1]"},
        Refused{R"({"agreement": {"parties": [{}, {"body": 7}]}})", "WRONG_TYPE",
                "agreement.parties[1].body"},
        Refused{R"({"agreement": {"revision": "S3CRET"}})", "WRONG_TYPE", "agreement.revision"},
        Refused{R"({"agreement": {"revision": " 7"}})", "WRONG_TYPE", "agreement.revision"},
        Refused{R"({"agreement": {"revision": 9223372036854775808}})", "OUT_OF_RANGE",
                "agreement.revision"},
        Refused{R"({"agreement": {"revision": 1.5}})", "OUT_OF_RANGE", "agreement.revision"},
        Refused{R"({"agreement": {"state": "S3CRET"}})", "UNKNOWN_VALUE", "agreement.state"},
        Refused{R"({"agreement": {"state": 99}})", "UNKNOWN_VALUE", "agreement.state"},
        Refused{R"({"agreement": {"state": true}})", "WRONG_TYPE", "agreement.state"},
        Refused{R"({"agreement": {"createTime": "S3CRET"}})", "WRONG_TYPE", "agreement.createTime"},
        Refused{R"({"agreement": {"createTime": {"seconds": 1}}})", "WRONG_TYPE",
                "agreement.createTime"},
        Refused{R"({"updateMask": "title,S3CRET!"})", "WRONG_TYPE", "updateMask"},
        Refused{R"({"updateMask": {"paths": ["title"]}})", "WRONG_TYPE", "updateMask"},
        Refused{"{\"requestId\": \"S3CRET\xff\"}", "INVALID_UTF8", "requestId"},
        Refused{"{\"agreement\": {\"title\": \"\xed\xa0\x80\"}}", "INVALID_UTF8",
                "agreement.title"},
        Refused{"{\"\xff\": 1}", "INVALID_UTF8", "body"},
        Refused{Bytes("{\"requestId\": \"S3\0CRET\"}"), "NUL_CHARACTER", "requestId"},
        Refused{R"({"agreement": {"title": "S3\u0000CRET"}})", "NUL_CHARACTER", "agreement.title"},
        Refused{Bytes("{}\0S3CRET"), "NUL_CHARACTER", "body"},
        Refused{Bytes("{\0}"), "NUL_CHARACTER", "body"},
        Refused{R"({"agreement": {"title": "\ud800S3CRET"}})", "MALFORMED_JSON", "agreement.title"},
        Refused{R"({"agreement": {"title": "\udc00"}})", "MALFORMED_JSON", "agreement.title"},
        Refused{"{\"agreement\": {\"title\": \"a\nb\"}}", "MALFORMED_JSON", "agreement.title"},
        Refused{R"({} S3CRET)", "MALFORMED_JSON", "body"},
        Refused{"{}{}", "MALFORMED_JSON", "body"},
        Refused{R"({"requestId": "a",})", "MALFORMED_JSON", "body"},
        Refused{R"({'requestId': 'a'})", "MALFORMED_JSON", "body"},
        Refused{R"({"requestId": NaN})", "MALFORMED_JSON", "requestId"},
        Refused{R"({"requestId": "a" /* S3CRET */})", "MALFORMED_JSON", "body"},
        Refused{R"({"requestId": "a)", "MALFORMED_JSON", "requestId"},
        Refused{"", "MALFORMED_JSON", "body"}, Refused{"[]", "WRONG_TYPE", "body"},
        Refused{"null", "WRONG_TYPE", "body"}, Refused{"\"S3CRET\"", "WRONG_TYPE", "body"},
        Refused{"7", "WRONG_TYPE", "body"}));

TEST(JsonReaderTest, WholeNumbersOf32BitsDoNotOverflow) {
  opinions::v1::OpinionEntry entry;
  for (const char* number :
       {"2147483648", "-2147483649", "1e10", "0.5", "\"2147483648\"", "99999999999999999999999"}) {
    const absl::Status status =
        ReadJson(std::string("{\"voicedCount\": ") + number + "}", "opinionEntry", entry);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "OUT_OF_RANGE")) << number;
    EXPECT_THAT(ViolatedFields(status), ElementsAre("opinionEntry.voicedCount"));
  }
  ASSERT_THAT(ReadJson(R"({"voicedCount": -2147483648})", "", entry), IsOk());
  EXPECT_EQ(entry.voiced_count(), -2147483647 - 1);
}

TEST(JsonReaderTest, DeepNestingIsRefusedWithoutFollowingIt) {
  std::string json = R"({"agreement": {"parties": )";
  json += std::string(200000, '[');
  agreements::v1::UpdateAgreementRequest update;
  const absl::Status status = ReadJson(json, "", update);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("agreement.parties[0]"));

  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += R"({"agreement":)";
  EXPECT_THAT(ViolatedFields(ReadJson(objects, "", update)), ElementsAre("agreement.agreement"));
}

TEST(JsonReaderTest, ThePathBeginsWhereTheBodyDoes) {
  agreements::v1::Agreement agreement;
  EXPECT_THAT(ViolatedFields(ReadJson(R"({"parties": [{"body": 1}]})", "agreement", agreement)),
              ElementsAre("agreement.parties[0].body"));
  EXPECT_THAT(ViolatedFields(ReadJson("[", "agreement", agreement)), ElementsAre("agreement"));
}

}  // namespace
}  // namespace phoihop::gateway
