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

TEST(WireCheckTest, GoodMessagesAndUnknownNumbersPass) {
  agreements::v1::CreateAgreementRequest request;
  request.mutable_agreement()->set_title("Chương trình phối hợp");
  request.mutable_agreement()->add_parties()->set_body("bodies/a");
  request.set_request_id("x");
  EXPECT_THAT(CheckWire(request.SerializeAsString(), kType), IsOk());
  EXPECT_THAT(CheckWire(request.SerializeAsString() + Field(15, "\xff"), kType), IsOk());
  EXPECT_THAT(CheckWire("", kType), IsOk());
}

TEST(WireCheckTest, BadTextIsRefusedWithItsPath) {
  const auto in_party = [](const std::string& body) {
    return Field(1, Field(5, Field(1, "bodies/a")) + Field(5, Field(1, body)));
  };
  absl::Status status = CheckWire(in_party("\xff"), kType);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_UTF8"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("agreement.parties[1].body"));
  status = CheckWire(in_party(std::string("a\0b", 3)), kType);
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
    EXPECT_THAT(CheckWire(bytes, kType),
                StatusIs(absl::StatusCode::kInvalidArgument, "MALFORMED_MESSAGE"));
  }
}

}  // namespace
}  // namespace phoihop::gateway
