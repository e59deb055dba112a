#include "common/rpc/worker_pool.h"

#include <atomic>
#include <memory>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::rpc {
namespace {

absl::Time Soon() { return absl::Now() + absl::Seconds(10); }

TEST(WorkerPoolTest, FullQueueRefusesAndRemovedTasksFreeTheirPlace) {
  absl::Notification go, started;
  WorkerPool pool(1, 2);
  std::atomic<int> ran = 0;
  ASSERT_TRUE(pool.TrySubmit([&] {
    started.Notify();
    go.WaitForNotification();
  }));
  ASSERT_TRUE(started.WaitForNotificationWithTimeout(absl::Seconds(10)));
  const auto first = pool.TrySubmit([&] { ran += 1; });
  const auto second = pool.TrySubmit([&] { ran += 10; });
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_FALSE(pool.TrySubmit([&] { ran += 100; }).has_value());
  EXPECT_TRUE(pool.Remove(*first));
  EXPECT_FALSE(pool.Remove(*first));
  EXPECT_TRUE(pool.TrySubmit([&] { ran += 1000; }).has_value());
  EXPECT_TRUE(pool.Submit([&] { ran += 10000; }));
  EXPECT_FALSE(pool.WaitIdle(absl::Now() + absl::Milliseconds(20)));
  go.Notify();
  EXPECT_TRUE(pool.WaitIdle(Soon()));
  EXPECT_EQ(ran, 11010);
}

TEST(WorkerPoolTest, WhileTheFirstHasWaitedTooLongNothingIsQueued) {
  WorkerPool pool(1, 100, nullptr, absl::Milliseconds(50));
  absl::Notification gate;
  std::atomic<int> ran = 0;
  ASSERT_TRUE(pool.TrySubmit([&] { gate.WaitForNotification(); }).has_value());
  while (!pool.TrySubmit([&] { ++ran; }).has_value()) {
  }
  EXPECT_TRUE(pool.TrySubmit([&] { ++ran; }).has_value());
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_TRUE(pool.Full());
  EXPECT_FALSE(pool.TrySubmit([&] { ++ran; }).has_value());
  // The next step of what was admitted before is.
  EXPECT_TRUE(pool.Submit([&] { ++ran; }));
  gate.Notify();
  EXPECT_TRUE(pool.WaitIdle(absl::Now() + absl::Seconds(10)));
  EXPECT_EQ(ran, 3);
  EXPECT_FALSE(pool.Full());
  EXPECT_TRUE(pool.TrySubmit([&] { ++ran; }).has_value());
  EXPECT_TRUE(pool.WaitIdle(absl::Now() + absl::Seconds(10)));
  EXPECT_EQ(ran, 4);
}

TEST(WorkerPoolTest, StopDropsWhatWaitsAndTakesNothingMore) {
  absl::Notification go, started;
  auto dropped = std::make_shared<int>(0);
  std::weak_ptr<int> weak = dropped;
  WorkerPool pool(1, 10);
  ASSERT_TRUE(pool.TrySubmit([&] {
    started.Notify();
    go.WaitForNotification();
  }));
  ASSERT_TRUE(started.WaitForNotificationWithTimeout(absl::Seconds(10)));
  ASSERT_TRUE(pool.TrySubmit([dropped = std::move(dropped)] {}));
  pool.Stop();
  EXPECT_TRUE(weak.expired());
  EXPECT_FALSE(pool.TrySubmit([] {}).has_value());
  EXPECT_FALSE(pool.Submit([] {}));
  go.Notify();
  EXPECT_TRUE(pool.WaitIdle(Soon()));
}

TEST(WorkerPoolTest, ObserverSeesWaitingAndRunning) {
  absl::Notification go, started;
  std::atomic<int> most_waiting = 0, running_now = -1;
  {
    WorkerPool pool(1, 10, [&](int waiting, int running) {
      most_waiting = std::max(most_waiting.load(), waiting);
      running_now = running;
    });
    pool.Submit([&] {
      started.Notify();
      go.WaitForNotification();
    });
    ASSERT_TRUE(started.WaitForNotificationWithTimeout(absl::Seconds(10)));
    EXPECT_EQ(running_now, 1);
    for (int i = 0; i < 3; ++i) pool.Submit([] {});
    EXPECT_EQ(most_waiting, 3);
    go.Notify();
    ASSERT_TRUE(pool.WaitIdle(Soon()));
  }
  EXPECT_EQ(running_now, 0);
}

}  // namespace
}  // namespace phoihop::rpc
