#include "common/rpc/timer.h"

#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::rpc {
namespace {

TEST(TimerTest, FunctionsAreCalledInOrderOfTheirTime) {
  std::vector<int> calls;  // touched by the timer's thread alone until it is done
  absl::Notification done;
  Timer timer;
  const absl::Time now = absl::Now();
  timer.At(now + absl::Milliseconds(60), [&] { done.Notify(); });
  timer.At(now + absl::Milliseconds(40), [&] { calls.push_back(2); });
  timer.At(now + absl::Milliseconds(20), [&] { calls.push_back(1); });
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_GE(absl::Now(), now + absl::Milliseconds(60));
  EXPECT_THAT(calls, ::testing::ElementsAre(1, 2));
}

TEST(TimerTest, CancelledFunctionIsNeverCalled) {
  bool called = false;
  absl::Notification later;
  Timer timer;
  const Timer::Id id = timer.At(absl::Now() + absl::Milliseconds(20), [&] { called = true; });
  EXPECT_TRUE(timer.Cancel(id));
  EXPECT_FALSE(timer.Cancel(id));
  const Timer::Id last = timer.At(absl::Now() + absl::Milliseconds(40), [&] { later.Notify(); });
  ASSERT_TRUE(later.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_FALSE(called);
  EXPECT_FALSE(timer.Cancel(last));
}

TEST(TimerTest, DestructionDropsWhatIsNotDue) {
  bool called = false;
  {
    Timer().At(absl::Now() + absl::Hours(1), [&] { called = true; });
  }
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace phoihop::rpc
