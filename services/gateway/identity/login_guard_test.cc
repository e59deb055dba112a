#include "services/gateway/identity/login_guard.h"

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::gateway {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

class LoginGuardTest : public ::testing::Test {
 protected:
  void Fail(const std::string& login, int times) {
    for (int i = 0; i < times; ++i) EXPECT_THAT(guard_.Begin(login), IsOk()) << i;
  }

  FakeClock clock_;
  LoginGuard guard_{&clock_, 3};
};

TEST_F(LoginGuardTest, AfterFiveFailuresALoginWaits) {
  Fail("a", 5);
  const absl::Status status = guard_.Begin("a");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, "LOGIN_WAITS"));
  EXPECT_EQ(RetryDelay(status), absl::Seconds(30));
  EXPECT_THAT(guard_.Begin("b"), IsOk());
  clock_.Advance(absl::Seconds(31));
  EXPECT_THAT(guard_.Begin("a"), IsOk());
  EXPECT_EQ(RetryDelay(guard_.Begin("a")), absl::Seconds(60));
}

TEST_F(LoginGuardTest, TheWaitIsBoundedAndForgottenInTime) {
  Fail("a", 5);
  for (int i = 0; i < 20; ++i) {
    clock_.Advance(LoginGuard::kLongestWait);
    EXPECT_THAT(guard_.Begin("a"), IsOk());
    const auto delay = RetryDelay(guard_.Begin("a"));
    ASSERT_TRUE(delay.has_value());
    EXPECT_LE(*delay, LoginGuard::kLongestWait);
  }
  clock_.Advance(LoginGuard::kLongestWait + absl::Seconds(1));
  Fail("a", 5);
}

TEST_F(LoginGuardTest, SuccessAndAbandonedAttemptsDoNotCount) {
  Fail("a", 4);
  guard_.Succeeded("a");
  Fail("a", 4);
  EXPECT_THAT(guard_.Begin("a"), IsOk());
  guard_.Abandon("a");
  EXPECT_THAT(guard_.Begin("a"), IsOk());
  EXPECT_THAT(guard_.Begin("a"), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(LoginGuardTest, TheLoginTriedLongestAgoIsForgottenFirst) {
  Fail("old", 5);
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    Fail(absl::StrCat(i), 5);
  }
  EXPECT_THAT(guard_.Begin("2"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(guard_.Begin("old"), IsOk());
}

}  // namespace
}  // namespace phoihop::gateway
