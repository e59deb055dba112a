#include "services/gateway/transcoding/envelope.h"

#include <string>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::gateway {
namespace {

using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;
using ::testing::HasSubstr;

TEST(EnvelopeTest, FramesAreOfFlagsLengthAndMessage) {
  EXPECT_EQ(Envelope(0, "abc"), std::string("\0\0\0\0\3abc", 8));
  EXPECT_EQ(Envelope(2, ""), std::string("\2\0\0\0\0", 5));
  EXPECT_EQ(Envelope(0, std::string(0x10203, 'x')).substr(0, 6), std::string("\0\0\1\2\3x", 6));
}

TEST(EnvelopeTest, TheLastOneTellsTheErrorOrNothing) {
  EXPECT_EQ(EndEnvelope(absl::OkStatus()), std::string("\2\0\0\0\2{}", 7));
  const std::string end = EndEnvelope(NotFound("Unit", "units/1"));
  EXPECT_EQ(end[0], 2);
  EXPECT_EQ(static_cast<size_t>(static_cast<unsigned char>(end[3]) << 8 |
                                static_cast<unsigned char>(end[4])),
            end.size() - 5);
  EXPECT_THAT(end, HasSubstr(R"({"error":{"code":"not_found")"));
}

TEST(EnvelopeTest, ABodyIsOneMessageAndNothingElse) {
  EXPECT_THAT(OnlyEnvelope(Envelope(0, "abc")), IsOkAndHolds("abc"));
  EXPECT_THAT(OnlyEnvelope(Envelope(0, "")), IsOkAndHolds(""));
  const std::string good = Envelope(0, "abc");
  for (const std::string& bad :
       {std::string(), std::string("{}"), good.substr(0, 4), good.substr(0, 7), good + "x",
        good + good, Envelope(1, "abc"), Envelope(2, "abc"), "\xff\xff\xff\xff\xff" + good}) {
    const auto message = OnlyEnvelope(bad);
    EXPECT_THAT(message, StatusIs(absl::StatusCode::kInvalidArgument, "ENVELOPE_MALFORMED"));
    EXPECT_THAT(ViolatedFields(message.status()), ::testing::ElementsAre("body"));
  }
}

}  // namespace
}  // namespace phoihop::gateway
