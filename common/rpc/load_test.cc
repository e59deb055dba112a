// More calls than the server takes on, and calls that nobody waits for any more.

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/cancel/cancellation.h"
#include "common/rpc/testing/echo_server.h"
#include "common/status/errors.h"
#include "common/telemetry/metrics.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

ABSL_DECLARE_FLAG(absl::Duration, queue_wait);

namespace phoihop::rpc {
namespace {

using namespace phoihop::testing;  // NOLINT: the echo service and its helpers
using absl::StatusCode;
using ::testing::Not;

// Waits until `condition`; false after 10 seconds.
bool Eventually(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

// One asynchronous call, so that hundreds need no threads.
class AsyncCall {
 public:
  AsyncCall(EchoStub& stub, std::string text, absl::Time deadline) {
    CallOptions options;
    options.deadline = deadline;
    Prepare(options, context_);
    request_ = Request(std::move(text));
    stub.async()->Echo(&context_, &request_, &response_, [this](grpc::Status status) {
      status_ = FromGrpcStatus(status);
      done_.Notify();
    });
  }
  ~AsyncCall() { done_.WaitForNotification(); }

  void Cancel() { context_.TryCancel(); }
  bool done() const { return done_.HasBeenNotified(); }
  absl::Status Wait() {
    done_.WaitForNotification();
    return status_;
  }

 private:
  grpc::ClientContext context_;
  EchoRequest request_;
  EchoResponse response_;
  absl::Status status_;
  absl::Notification done_;
};

// A server with one worker that is held by a first call until the gate opens.
class LoadTest : public ::testing::Test {
 protected:
  LoadTest()
      : server_(
            [this](Server::Builder& builder) {
              RegisterEcho(builder, [this](const RequestContext& context, const EchoRequest&) {
                ++ran_;
                held_context_ = &context;
                gate_.WaitForNotification();
                return absl::StatusOr<EchoResponse>(Say("done"));
              });
            },
            Options()),
        stub_(EchoService::NewStub(server_.channel())) {}

  ~LoadTest() override {
    if (!gate_.HasBeenNotified()) gate_.Notify();
  }

  // Calls in the queue of the server.
  static double waiting() {
    static const Gauge gauge = GetGauge("phoihop_rpc_queue_depth", "Calls that wait for a worker.");
    return gauge.value();
  }
  static ServerOptions Options() {
    ServerOptions options;
    options.workers = 1;
    options.queue = 400;
    options.retry_after = absl::Milliseconds(700);
    // The queue is held for as long as a test takes.
    absl::SetFlag(&FLAGS_queue_wait, absl::InfiniteDuration());
    return options;
  }
  static absl::Time Later() { return absl::Now() + absl::Seconds(20); }

  std::unique_ptr<AsyncCall> Send(absl::Time deadline = Later()) {
    return std::make_unique<AsyncCall>(*stub_, "x", deadline);
  }
  // Sends the call that holds the only worker.
  std::unique_ptr<AsyncCall> Hold() {
    auto call = Send();
    EXPECT_TRUE(Eventually([this] { return ran_ == 1; }));
    return call;
  }

  absl::Notification gate_;
  std::atomic<int> ran_ = 0;
  std::atomic<const RequestContext*> held_context_ = nullptr;
  TestServer server_;
  std::unique_ptr<EchoStub> stub_;
};

TEST_F(LoadTest, FullQueueShedsLoadAtOnceAndSaysWhenToTryAgain) {
  const auto first = Hold();
  std::vector<std::unique_ptr<AsyncCall>> calls;
  for (int i = 0; i < 450; ++i) calls.push_back(Send());
  const auto done = [&] {
    return std::count_if(calls.begin(), calls.end(), [](const auto& call) { return call->done(); });
  };
  // While the worker is still held.
  EXPECT_TRUE(Eventually([&] { return done() == 50; })) << done();
  gate_.Notify();
  int served = 0, shed = 0;
  for (const auto& call : calls) {
    const absl::Status status = call->Wait();
    if (status.ok()) {
      ++served;
      continue;
    }
    ++shed;
    EXPECT_THAT(status, StatusIs(StatusCode::kResourceExhausted, "OVERLOADED"));
    EXPECT_EQ(RetryDelay(status), absl::Milliseconds(700));
  }
  EXPECT_EQ(served, 400);
  EXPECT_EQ(shed, 50);
  EXPECT_THAT(first->Wait(), IsOk());
  EXPECT_EQ(ran_, 401);
}

TEST_F(LoadTest, AbandonedCallsAreNeverRunAndFreeTheirPlace) {
  const auto first = Hold();
  std::vector<std::unique_ptr<AsyncCall>> calls;
  for (int i = 0; i < 450; ++i) calls.push_back(Send());
  ASSERT_TRUE(Eventually([] { return waiting() == 400; }));
  for (const auto& call : calls) call->Cancel();
  EXPECT_TRUE(Eventually([] { return waiting() == 0; })) << waiting();
  for (const auto& call : calls) EXPECT_THAT(call->Wait(), Not(IsOk()));
  const auto next = Send();
  EXPECT_TRUE(Eventually([] { return waiting() == 1; }));
  gate_.Notify();
  EXPECT_THAT(next->Wait(), IsOk());
  EXPECT_THAT(first->Wait(), IsOk());
  EXPECT_EQ(ran_, 2);
}

TEST_F(LoadTest, CallWhoseDeadlinePassesInTheQueueIsNotStarted) {
  const auto first = Hold();
  const auto late = Send(absl::Now() + absl::Milliseconds(50));
  EXPECT_THAT(late->Wait(), StatusIs(StatusCode::kDeadlineExceeded));
  gate_.Notify();
  EXPECT_THAT(first->Wait(), IsOk());
  EXPECT_THAT(Send()->Wait(), IsOk());
  EXPECT_EQ(ran_, 2);
}

TEST_F(LoadTest, RunningHandlerSeesThatItsCallerHasLeft) {
  const auto first = Hold();
  EXPECT_FALSE(held_context_.load()->cancelled());
  first->Cancel();
  EXPECT_TRUE(Eventually([this] { return held_context_.load()->cancelled(); }));
  gate_.Notify();
  EXPECT_THAT(first->Wait(), StatusIs(StatusCode::kCancelled));
}

// A queue that has room but does not move.
TEST(SlowQueueTest, CallsAreRefusedWhileTheFirstHasWaitedTooLong) {
  absl::SetFlag(&FLAGS_queue_wait, absl::Milliseconds(100));
  absl::Notification held, gate;
  TestServer server(
      [&](Server::Builder& builder) {
        RegisterEcho(builder, [&](const RequestContext&, const EchoRequest&) {
          if (!held.HasBeenNotified()) held.Notify();
          gate.WaitForNotification();
          return absl::StatusOr<EchoResponse>(Say("done"));
        });
      },
      ServerOptions{.workers = 1, .queue = 400, .retry_after = absl::Milliseconds(700)});
  const auto stub = EchoService::NewStub(server.channel());
  const absl::Time end = absl::Now() + absl::Seconds(20);
  AsyncCall running(*stub, "x", end);
  held.WaitForNotification();
  AsyncCall waiting(*stub, "x", end);
  absl::SleepFor(absl::Milliseconds(400));
  const absl::Status refused = AsyncCall(*stub, "x", end).Wait();
  EXPECT_THAT(refused, StatusIs(StatusCode::kResourceExhausted, "OVERLOADED"));
  EXPECT_EQ(RetryDelay(refused), absl::Milliseconds(700));
  EXPECT_FALSE(waiting.done());
  gate.Notify();
  EXPECT_THAT(running.Wait(), IsOk());
  EXPECT_THAT(waiting.Wait(), IsOk());
  EXPECT_THAT(AsyncCall(*stub, "x", end).Wait(), IsOk());
}

// What lies below a handler and waits hears of it without being handed the call.
TEST(LeavingTest, WhatWaitsBelowAHandlerIsTold) {
  absl::Notification waiting, told;
  TestServer server([&](Server::Builder& builder) {
    RegisterEcho(builder, [&](const RequestContext&, const EchoRequest&) {
      const CancelWatch watch(CurrentCancellation(), [&] { told.Notify(); });
      waiting.Notify();
      told.WaitForNotification();
      EXPECT_TRUE(CallerHasLeft());
      return absl::StatusOr<EchoResponse>(Say("too late"));
    });
  });
  const auto stub = EchoService::NewStub(server.channel());
  AsyncCall call(*stub, "x", absl::Now() + absl::Seconds(20));
  waiting.WaitForNotification();
  call.Cancel();
  EXPECT_TRUE(told.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_THAT(call.Wait(), StatusIs(StatusCode::kCancelled));
}

// Also a call that the handler makes to another service.
TEST(LeavingTest, ACallToAnotherServiceIsCancelledToo) {
  absl::Notification reached, left;
  TestServer behind([&](Server::Builder& builder) {
    RegisterEcho(builder, [&](const RequestContext&, const EchoRequest&) {
      const CancelWatch watch(CurrentCancellation(), [&] { left.Notify(); });
      reached.Notify();
      left.WaitForNotification();
      return absl::StatusOr<EchoResponse>(Say(""));
    });
  });
  const auto next = EchoService::NewStub(behind.channel());
  absl::Notification returned;
  TestServer server([&](Server::Builder& builder) {
    RegisterEcho(builder, [&](const RequestContext& context, const EchoRequest& request) {
      auto answer = Call(*next, &EchoStub::Echo, request, CallOptions::For(context));
      EXPECT_THAT(answer, StatusIs(StatusCode::kCancelled));
      returned.Notify();
      return answer;
    });
  });
  const auto stub = EchoService::NewStub(server.channel());
  AsyncCall call(*stub, "x", absl::Now() + absl::Seconds(20));
  reached.WaitForNotification();
  call.Cancel();
  EXPECT_TRUE(returned.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_TRUE(left.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_THAT(call.Wait(), StatusIs(StatusCode::kCancelled));
}

}  // namespace
}  // namespace phoihop::rpc
