// Server streams: polled, woken, slowed down, ended.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/rpc/testing/echo_server.h"
#include "common/status/errors.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::rpc {
namespace {

using namespace phoihop::testing;  // NOLINT: the echo service and its helpers
using absl::StatusCode;
using ::testing::Not;

using Source = StreamSource<EchoResponse>;
using Result = absl::StatusOr<std::optional<EchoResponse>>;

bool Eventually(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

// A source made of functions.
class FunctionSource : public Source {
 public:
  FunctionSource(std::function<Result()> next, absl::Duration hint, std::atomic<int>* alive)
      : next_(std::move(next)), hint_(hint), alive_(alive) {
    ++*alive_;
  }
  ~FunctionSource() override { --*alive_; }
  Result Next() override { return next_(); }
  absl::Duration WaitHint() const override { return hint_; }

 private:
  const std::function<Result()> next_;
  const absl::Duration hint_;
  std::atomic<int>* const alive_;
};

class StreamTest : public ::testing::Test {
 protected:
  void Start(std::function<Result()> next, absl::Duration hint, int max_streams = 100) {
    ServerOptions options;
    options.workers = 1;
    options.max_streams = max_streams;
    server_ = std::make_unique<TestServer>(
        [this, next, hint](Server::Builder& builder) {
          RegisterEcho(builder, EchoBack,
                       [this, next, hint](const RequestContext&, const EchoRequest& request)
                           -> absl::StatusOr<std::unique_ptr<Source>> {
                         if (request.text() == "refuse")
                           return NotFound("Agreement", "agreements/1");
                         if (request.text() == "throw") throw 1;
                         auto source = std::make_unique<FunctionSource>(next, hint, &alive_);
                         absl::MutexLock lock(&mutex_);
                         wakers_.push_back(source->waker());
                         return source;
                       });
        },
        options);
    stub_ = EchoService::NewStub(server_->channel());
  }

  struct Client {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<EchoResponse>> reader;

    // The next message; "" at the end.
    std::string Read() {
      EchoResponse response;
      return reader->Read(&response) ? response.text() : "";
    }
    absl::Status Finish() { return FromGrpcStatus(reader->Finish()); }
  };
  std::unique_ptr<Client> Follow(const std::string& text = "",
                                 absl::Duration timeout = absl::Seconds(10)) {
    auto client = std::make_unique<Client>();
    CallOptions options;
    options.deadline = absl::Now() + timeout;
    Prepare(options, client->context);
    client->reader = stub_->Follow(&client->context, Request(text));
    return client;
  }
  // Sources use what a test has on its stack: end them before it is gone.
  void Stop() { server_.reset(); }
  void WakeAll() {
    absl::MutexLock lock(&mutex_);
    for (const Waker& waker : wakers_) waker.Wake();
  }
  size_t opened() {
    absl::MutexLock lock(&mutex_);
    return wakers_.size();
  }

  std::atomic<int> alive_ = 0;
  absl::Mutex mutex_;
  std::vector<Waker> wakers_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<EchoStub> stub_;
};

TEST_F(StreamTest, MessagesArriveInOrderUntilTheErrorThatEndsThem) {
  std::atomic<int> count = 0;
  Start(
      [&]() -> Result {
        if (++count > 3)
          return Precondition("FEED_EPOCH_CHANGED", {"Restored.", "Đã khôi phục."}, "");
        return Say(std::to_string(count));
      },
      absl::Hours(1));
  const auto client = Follow();
  for (const char* text : {"1", "2", "3", ""}) EXPECT_EQ(client->Read(), text);
  EXPECT_THAT(client->Finish(), StatusIs(StatusCode::kFailedPrecondition, "FEED_EPOCH_CHANGED"));
  EXPECT_TRUE(Eventually([this] { return alive_ == 0; }));
  Stop();
}

TEST_F(StreamTest, RefusalWhileOpeningEndsTheStream) {
  Start([]() -> Result { return std::nullopt; }, absl::Hours(1));
  EXPECT_THAT(Follow("refuse")->Finish(), StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_THAT(Follow("throw")->Finish(), StatusIs(StatusCode::kInternal));
  EXPECT_EQ(opened(), 0u);
  Stop();
}

TEST_F(StreamTest, ExceptionInASourceEndsTheStream) {
  Start([]() -> Result { throw std::runtime_error("x"); }, absl::Hours(1));
  EXPECT_THAT(Follow()->Finish(), StatusIs(StatusCode::kInternal));
  Stop();
}

TEST_F(StreamTest, HeartbeatsComeByTheHint) {
  std::atomic<int> asked = 0;
  Start(
      [&]() -> Result {
        if (++asked % 2 == 1) return std::nullopt;
        return Say("heartbeat");
      },
      absl::Milliseconds(20));
  const auto client = Follow();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client->Read(), "heartbeat");
  client->context.TryCancel();
  EXPECT_THAT(client->Finish(), StatusIs(StatusCode::kCancelled));
  Stop();
}

TEST_F(StreamTest, WakeBringsTheNextMessageLongBeforeTheHint) {
  std::atomic<int> ready = 0;
  std::atomic<int> sent = 0;
  Start(
      [&]() -> Result {
        if (sent >= ready) return std::nullopt;
        return Say(std::to_string(++sent));
      },
      absl::Minutes(1));
  const auto client = Follow();
  ASSERT_TRUE(Eventually([this] { return opened() == 1; }));
  for (int i = 1; i <= 200; ++i) {
    ready = i;
    WakeAll();
    ASSERT_EQ(client->Read(), std::to_string(i));
  }
  client->context.TryCancel();
  EXPECT_THAT(client->Finish(), StatusIs(StatusCode::kCancelled));
  EXPECT_TRUE(Eventually([this] { return alive_ == 0; }));
  WakeAll();  // after the end: nothing happens
  Stop();
}

TEST_F(StreamTest, IdleStreamsHoldNoWorker) {
  Start([]() -> Result { return std::nullopt; }, absl::Minutes(1));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(Follow());
  ASSERT_TRUE(Eventually([this] { return opened() == 50; }));
  // The server has one worker.
  EXPECT_THAT(Call(*stub_, &EchoStub::Echo, Request("x"), As("")), IsOk());
  for (const auto& client : clients) client->context.TryCancel();
  for (const auto& client : clients)
    EXPECT_THAT(client->Finish(), StatusIs(StatusCode::kCancelled));
  EXPECT_TRUE(Eventually([this] { return alive_ == 0; }));
  Stop();
}

TEST_F(StreamTest, SlowClientSlowsItsSource) {
  std::atomic<int> asked = 0;
  const std::string large(100'000, 'x');
  Start([&]() -> Result { return ++asked, Say(large); }, absl::Hours(1));
  const auto client = Follow();
  ASSERT_TRUE(Eventually([&] { return asked > 0; }));
  absl::SleepFor(absl::Milliseconds(200));
  const int before_reading = asked;
  EXPECT_LT(before_reading, 200);  // what fits into the windows of the transport
  for (int i = 0; i < 300; ++i) ASSERT_EQ(client->Read().size(), large.size());
  EXPECT_GE(asked, 300);
  client->context.TryCancel();
  EXPECT_THAT(client->Finish(), StatusIs(StatusCode::kCancelled));
  EXPECT_TRUE(Eventually([this] { return alive_ == 0; }));
  Stop();
}

TEST_F(StreamTest, DeadlineOfTheClientEndsTheStream) {
  Start([]() -> Result { return std::nullopt; }, absl::Minutes(1));
  EXPECT_THAT(Follow("", absl::Milliseconds(100))->Finish(),
              StatusIs(StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(Eventually([this] { return alive_ == 0; }));
  Stop();
}

TEST_F(StreamTest, OneStreamTooManyIsRefused) {
  Start([]() -> Result { return std::nullopt; }, absl::Minutes(1), /*max_streams=*/1);
  const auto first = Follow();
  ASSERT_TRUE(Eventually([this] { return opened() == 1; }));
  EXPECT_THAT(Follow()->Finish(), StatusIs(StatusCode::kResourceExhausted, "OVERLOADED"));
  first->context.TryCancel();
  EXPECT_THAT(first->Finish(), StatusIs(StatusCode::kCancelled));
  ASSERT_TRUE(Eventually([this] { return alive_ == 0; }));
  const auto next = Follow();
  EXPECT_TRUE(Eventually([this] { return opened() == 2; }));
  next->context.TryCancel();
  Stop();
}

TEST_F(StreamTest, DrainEndsStreamsIdleAndBlocked) {
  const std::string large(100'000, 'x');
  std::atomic<bool> talk = false;
  Start([&]() -> Result { return talk ? Result(Say(large)) : Result(std::nullopt); },
        absl::Minutes(1));
  const auto idle = Follow();
  ASSERT_TRUE(Eventually([this] { return opened() == 1; }));
  talk = true;
  const auto blocked = Follow();  // never reads, so a write stays under way
  ASSERT_TRUE(Eventually([this] { return opened() == 2; }));
  absl::SleepFor(absl::Milliseconds(100));
  const absl::Time start = absl::Now();
  EXPECT_TRUE(server_->server().Drain(absl::Milliseconds(500)));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_THAT(idle->Finish(), StatusIs(StatusCode::kUnavailable, "STOPPING"));
  while (!blocked->Read().empty()) {
  }
  EXPECT_THAT(blocked->Finish(), Not(IsOk()));
  EXPECT_TRUE(Eventually([this] { return alive_ == 0; }));
  Stop();
}

TEST_F(StreamTest, WakesFromManyThreadsDuringTheEndDoNoHarm) {
  std::atomic<int> sent = 0;
  Start([&]() -> Result { return ++sent % 2 == 0 ? Result(std::nullopt) : Result(Say("x")); },
        absl::Milliseconds(1));
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!stop) WakeAll();
    });
  }
  for (int i = 0; i < 100; ++i) {
    const auto client = Follow();
    EXPECT_EQ(client->Read(), "x");
    client->context.TryCancel();
    EXPECT_THAT(client->Finish(), StatusIs(StatusCode::kCancelled));
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Eventually([this] { return alive_ == 0; }));
  Stop();
}

}  // namespace
}  // namespace phoihop::rpc
