#include "common/cancel/cancellation.h"

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

TEST(CancellationTest, WatchesAreToldOnceAndAtOnceWhenItIsLate) {
  auto cancellation = std::make_shared<Cancellation>();
  int first = 0, late = 0;
  const CancelWatch watch(cancellation, [&] { ++first; });
  EXPECT_EQ(first, 0);
  cancellation->Cancel();
  cancellation->Cancel();
  EXPECT_EQ(first, 1);
  const CancelWatch other(cancellation, [&] { ++late; });
  EXPECT_EQ(late, 1);
  EXPECT_EQ(first, 1);
}

TEST(CancellationTest, AWatchThatHasEndedIsNotTold) {
  auto cancellation = std::make_shared<Cancellation>();
  int told = 0;
  {
    const CancelWatch watch(cancellation, [&] { ++told; });
  }
  cancellation->Cancel();
  EXPECT_EQ(told, 0);
}

TEST(CancellationTest, TheEndOfAWatchWaitsForWhatItTells) {
  auto cancellation = std::make_shared<Cancellation>();
  absl::Notification telling;
  std::atomic<bool> told = false;
  std::thread canceller;
  {
    const CancelWatch watch(cancellation, [&] {
      telling.Notify();
      absl::SleepFor(absl::Milliseconds(50));
      told = true;
    });
    canceller = std::thread([&] { cancellation->Cancel(); });
    telling.WaitForNotification();
  }
  EXPECT_TRUE(told);
  canceller.join();
}

TEST(CancellationTest, AThreadHasTheInnermost) {
  EXPECT_FALSE(CallerHasLeft());
  auto outer = std::make_shared<Cancellation>();
  {
    const ScopedCancellation scope(outer);
    outer->Cancel();
    EXPECT_TRUE(CallerHasLeft());
    {
      const ScopedCancellation none(nullptr);
      EXPECT_FALSE(CallerHasLeft());
    }
    EXPECT_EQ(CurrentCancellation(), outer);
    std::thread([] { EXPECT_EQ(CurrentCancellation(), nullptr); }).join();
  }
  EXPECT_EQ(CurrentCancellation(), nullptr);
  const CancelWatch nothing(nullptr, [] { FAIL(); });
}

}  // namespace
}  // namespace phoihop
