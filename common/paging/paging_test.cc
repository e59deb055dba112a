#include "common/paging/paging.h"

#include <string>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using ::testing::Not;
using testing::StatusIs;

const PageTokens& Tokens() {
  static const PageTokens tokens(std::string(32, 'k'));
  return tokens;
}

TEST(PagingTest, TokenContinuesItsList) {
  const std::string token = Tokens().Encode("916|Ninh", "parent=92", "members/a");
  EXPECT_THAT(Tokens().Decode(token, "parent=92", "members/a"), IsOkAndHolds("916|Ninh"));
}

TEST(PagingTest, NoCursorIsNoToken) {
  EXPECT_EQ(Tokens().Encode("", "q", "c"), "");
  EXPECT_THAT(Tokens().Decode("", "q", "c"), IsOkAndHolds(""));
}

TEST(PagingTest, TokenShowsNothingOfItsCursor) {
  EXPECT_THAT(Tokens().Encode("916", "q", "c"), Not(HasSubstr("916")));
}

TEST(PagingTest, TokenOfAnotherCallerIsRefused) {
  const std::string token = Tokens().Encode("916", "q", "members/a");
  const auto status = Tokens().Decode(token, "q", "members/b").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_PAGE_TOKEN"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("page_token"));
}

TEST(PagingTest, TokenOfAnotherQueryIsRefused) {
  const std::string token = Tokens().Encode("916", "parent=92", "members/a");
  EXPECT_THAT(Tokens().Decode(token, "parent=93", "members/a"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  // The same letters cut at another place are another query.
  EXPECT_THAT(Tokens().Decode(token, "parent=92m", "embers/a"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PagingTest, TokenOfAnotherKeyIsRefused) {
  const std::string token = PageTokens(std::string(32, 'x')).Encode("916", "q", "c");
  EXPECT_THAT(Tokens().Decode(token, "q", "c"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PagingTest, DamagedTokensAreRefused) {
  const std::string token = Tokens().Encode("916", "q", "c");
  for (size_t i = 0; i < token.size(); ++i) {
    std::string damaged = token;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    EXPECT_THAT(Tokens().Decode(damaged, "q", "c"), StatusIs(absl::StatusCode::kInvalidArgument))
        << i;
    EXPECT_THAT(
        Tokens().Decode(token.substr(0, i + 1) + (i + 1 == token.size() ? "A" : ""), "q", "c"),
        StatusIs(absl::StatusCode::kInvalidArgument))
        << i;
  }
  for (const std::string& bad : {std::string("="), std::string("a b"), std::string(5000, 'A'),
                                 std::string("A"), std::string("\0", 1)}) {
    EXPECT_THAT(Tokens().Decode(bad, "q", "c"), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(PagingTest, PageSizeIsDefaultedCappedAndNeverNegative) {
  EXPECT_THAT(PageSize(0, 50, 1000), IsOkAndHolds(50));
  EXPECT_THAT(PageSize(7, 50, 1000), IsOkAndHolds(7));
  EXPECT_THAT(PageSize(5000, 50, 1000), IsOkAndHolds(1000));
  const auto status = PageSize(-1, 50, 1000).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "OUT_OF_RANGE"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("page_size"));
}

TEST(PagingTest, MissingKeyFileIsNamed) {
  const auto status = PageTokens::FromFile("/nonexistent/page.key").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent/page.key"));
}

}  // namespace
}  // namespace phoihop
