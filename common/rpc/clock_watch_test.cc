#include "common/rpc/clock_watch.h"

#include <atomic>
#include <functional>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace phoihop::rpc {
namespace {

class ClockWatchTest : public ::testing::Test {
 protected:
  ClockWatch::Options Options() {
    ClockWatch::Options options;
    options.ahead = [this] {
      ++looks_;
      return absl::Milliseconds(ahead_.load());
    };
    options.set_back = [this](absl::Duration by) {
      by_ = by;
      told_.Notify();
    };
    options.interval = absl::Milliseconds(5);
    return options;
  }

  // So many looks more have been taken.
  void Looks(int count) {
    const int until = looks_ + count;
    for (int i = 0; i < 2000 && looks_ < until; ++i) absl::SleepFor(absl::Milliseconds(5));
    ASSERT_GE(looks_, until);
  }

  std::atomic<int64_t> ahead_ = 1'000'000;
  std::atomic<int> looks_ = 0;
  absl::Duration by_;
  absl::Notification told_;
};

TEST_F(ClockWatchTest, AClockThatIsSetBackIsToldWithHowFar) {
  const ClockWatch watch(Options());
  Looks(2);
  EXPECT_FALSE(told_.HasBeenNotified());
  ahead_ -= 3'600'000;
  ASSERT_TRUE(told_.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_EQ(by_, absl::Hours(1));
}

TEST_F(ClockWatchTest, AClockThatIsSetForwardOrCorrectedSlowlyIsLeftAlone) {
  const ClockWatch watch(Options());
  Looks(2);
  ahead_ += 3'600'000;
  Looks(2);
  for (int i = 0; i < 5; ++i) {
    ahead_ -= 1500;
    Looks(2);
  }
  EXPECT_FALSE(told_.HasBeenNotified());
}

TEST(ClockWatchMachineTest, TheMachinesClockIsNotTakenForOneThatIsSet) {
  std::atomic<bool> told = false;
  {
    ClockWatch::Options options;
    options.set_back = [&](absl::Duration) { told = true; };
    options.interval = absl::Milliseconds(2);
    const ClockWatch watch(std::move(options));
    absl::SleepFor(absl::Milliseconds(200));
  }
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace phoihop::rpc
