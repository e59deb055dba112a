#include "services/gateway/transcoding/wire_check.h"

#include <string>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/agreements.pb.h"

namespace phoihop::gateway {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

const auto& kType = *agreements::v1::CreateAgreementRequest::descriptor();

// A length-delimited field of a message, with any bytes inside.
std::string Field(int number, const std::string& inside) {
  return std::string(1, static_cast<char>(number << 3 | 2)) +
         std::string(1, static_cast<char>(inside.size())) + inside;
}

absl::Status Tolerant(const std::string& bytes) {
  return CheckWire(bytes, kType, WireRules::kTolerant);
}

absl::Status Strict(const std::string& bytes) {
  return CheckWire(bytes, kType, WireRules::kStrict);
}

TEST(WireCheckTest, GoodMessagesAndUnknownNumbersPass) {
  agreements::v1::CreateAgreementRequest request;
  request.mutable_agreement()->set_title("Chương trình phối hợp");
  request.mutable_agreement()->add_parties()->set_body("bodies/a");
  request.set_request_id("x");
  EXPECT_THAT(Tolerant(request.SerializeAsString()), IsOk());
  EXPECT_THAT(Tolerant(request.SerializeAsString() + Field(15, "\xff")), IsOk());
  EXPECT_THAT(Tolerant(""), IsOk());
}

TEST(WireCheckTest, BadTextIsRefusedWithItsPath) {
  const auto in_party = [](const std::string& body) {
    return Field(1, Field(5, Field(1, "bodies/a")) + Field(5, Field(1, body)));
  };
  absl::Status status = Tolerant(in_party("\xff"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_UTF8"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("agreement.parties[1].body"));
  status = Tolerant(in_party(std::string("a\0b", 3)));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "NUL_CHARACTER"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("agreement.parties[1].body"));
}

TEST(WireCheckTest, BrokenBytesAreRefused) {
  for (const std::string& bytes : {std::string("\x0a"),
                                   std::string("\x0a\x05"
                                               "ab"),
                                   std::string("\x0a\xff\xff\xff\xff\x0f"), std::string("\x0b"),
                                   std::string("\x0c"), std::string("\x00", 1),
                                   std::string("\x09"
                                               "1"),
                                   Field(1,
                                         "\x0a\x7f"
                                         "a"),
                                   std::string(20, '\xff')}) {
    EXPECT_THAT(Tolerant(bytes), StatusIs(absl::StatusCode::kInvalidArgument, "MALFORMED_MESSAGE"));
  }
}

TEST(WireCheckTest, StrictlyWhatJsonRefusesIsRefusedToo) {
  agreements::v1::CreateAgreementRequest request;
  request.mutable_agreement()->set_title("Chương trình phối hợp");
  request.mutable_agreement()->add_parties()->set_body("bodies/a");
  request.mutable_agreement()->add_parties()->set_body("bodies/b");
  request.set_request_id("x");
  const std::string good = request.SerializeAsString();
  EXPECT_THAT(Strict(good), IsOk());

  absl::Status status = Strict(good + "\xfa\x3f\x01z");  // number 1023
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "UNKNOWN_FIELD"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("body"));
  EXPECT_THAT(status.message(), ::testing::HasSubstr("field 1023"));
  status = Strict(Field(1, Field(5, Field(15, ""))));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "UNKNOWN_FIELD"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("agreement.parties[0]"));

  agreements::v1::CreateAgreementRequest again;
  again.set_request_id("y");
  status = Strict(good + again.SerializeAsString());
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "DUPLICATE_FIELD"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("request_id"));
  EXPECT_THAT(Tolerant(good + again.SerializeAsString()), IsOk());
  again.Clear();
  again.mutable_agreement();
  status = Strict(good + again.SerializeAsString());
  EXPECT_THAT(ViolatedFields(status), ElementsAre("agreement"));
  status = Strict("\x08\x01");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "WRONG_TYPE"));
  EXPECT_THAT(Strict("\x0b"), StatusIs(absl::StatusCode::kInvalidArgument, "MALFORMED_MESSAGE"));
}

}  // namespace
}  // namespace phoihop::gateway
