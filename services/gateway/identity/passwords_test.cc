#include "services/gateway/identity/passwords.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::gateway {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::testing::StartsWith;

std::unique_ptr<Passwords> Cheap(int at_once = 2, int waiting = 32, size_t memory = 1 << 20) {
  auto passwords = Passwords::Create(
      {.operations = 2, .memory = memory, .at_once = at_once, .waiting = waiting});
  EXPECT_THAT(passwords, IsOk());
  return *std::move(passwords);
}

TEST(PasswordsTest, OnlyTheRightPasswordMatches) {
  const auto passwords = Cheap();
  const auto hash = passwords->Hash("mật khẩu dài", absl::InfiniteFuture());
  ASSERT_THAT(hash, IsOkAndHolds(StartsWith("$argon2id$")));
  EXPECT_NE(*passwords->Hash("mật khẩu dài", absl::InfiniteFuture()), *hash);
  EXPECT_THAT(passwords->Verify("mật khẩu dài", *hash, absl::InfiniteFuture()), IsOkAndHolds(true));
  EXPECT_THAT(passwords->Verify("mat khau dai", *hash, absl::InfiniteFuture()),
              IsOkAndHolds(false));
  EXPECT_THAT(passwords->Verify("", "", absl::InfiniteFuture()), IsOkAndHolds(false));
  EXPECT_THAT(passwords->Verify("x", "no hash", absl::InfiniteFuture()), IsOkAndHolds(false));
}

TEST(PasswordsTest, TooManyAtOnceAreRefused) {
  const auto passwords = Cheap(/*at_once=*/1, /*waiting=*/1, /*memory=*/32 << 20);
  std::atomic<int> good = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto hash = passwords->Hash("x", absl::Now() + absl::Seconds(30));
      if (hash.ok()) ++good;
      if (hash.status().code() == absl::StatusCode::kResourceExhausted) ++refused;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good + refused, 8);
  EXPECT_GE(good, 1);
  EXPECT_GE(refused, 1);
  EXPECT_THAT(passwords->Hash("x", absl::Now() + absl::Seconds(30)), IsOk());
}

}  // namespace
}  // namespace phoihop::gateway
