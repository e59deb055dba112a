#include "common/ledger/follow.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/ledger/ledger_fixture.h"
#include "common/ledger/service.h"
#include "common/rpc/client.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/trace.h"
#include "common/testing/rpc.h"
#include "phoihop/ledger/v1/ledger.pb.h"

namespace phoihop::ledger {
namespace {

// A follower that keeps positions and epochs in memory, and a real server on a port.
class FollowTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    writer_ = NewWriter();
    StartServer();
  }
  void TearDown() override {
    follower_.reset();
    server_.reset();
    writer_.reset();
  }

  void StartServer() {
    rpc::ServerOptions options;
    options.port = port_;
    rpc::Server::Builder builder(options);
    builder.set_authenticator(std::make_shared<phoihop::testing::FakeAuthenticator>());
    LedgerServiceOptions service;
    service.heartbeat = heartbeat_;
    RegisterLedgerService(builder, *writer_, *pool_, service);
    auto server = builder.Start();
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    port_ = server_->port();
  }

  void StartFollower(absl::Duration silence_limit = absl::Seconds(4)) {
    Follower::Options options;
    options.channel = rpc::Connect(absl::StrCat("127.0.0.1:", port_));
    options.bearer = [] { return "services/reporting"; };
    options.silence_limit = silence_limit;
    options.max_backoff = absl::Milliseconds(200);
    options.on_batch = [this](const v1::FollowResponse& response) -> absl::StatusOr<int64_t> {
      absl::MutexLock lock(&mutex_);
      if (failures_ > 0) {
        --failures_;
        return absl::InternalError("cannot store");
      }
      for (const v1::Record& record : response.records()) seen_.push_back(record.position());
      return response.position();
    };
    options.on_epoch = [this](std::string_view epoch) {
      absl::MutexLock lock(&mutex_);
      epochs_.emplace_back(epoch);
      seen_.clear();
      return absl::OkStatus();
    };
    options.on_break = [this](const absl::Status&) { ++breaks_; };
    follower_ = Follower::Start(std::move(options));
  }

  void CreateSome(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_THAT(writer_->Commit(CreateCommand(absl::StrCat("c", created_++))), IsOk());
    }
  }

  std::vector<int64_t> Seen() {
    absl::MutexLock lock(&mutex_);
    return seen_;
  }
  static std::vector<int64_t> UpTo(int64_t last) {
    std::vector<int64_t> all;
    for (int64_t i = 1; i <= last; ++i) all.push_back(i);
    return all;
  }
  bool Eventually(const std::function<bool()>& condition) {
    const absl::Time limit = Soon();
    while (!condition()) {
      if (absl::Now() > limit) return false;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return true;
  }

  absl::Duration heartbeat_ = absl::Milliseconds(100);
  int port_ = 0;
  int created_ = 0;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<rpc::Server> server_;
  absl::Mutex mutex_;
  std::vector<int64_t> seen_;
  std::vector<std::string> epochs_;
  int failures_ = 0;
  std::atomic<int> breaks_ = 0;
  std::unique_ptr<Follower> follower_;
};

TEST_F(FollowTest, EveryRecordArrivesOnceInOrder) {
  CreateSome(3);
  StartFollower();
  CreateSome(20);
  ASSERT_TRUE(follower_->WaitForPosition(23, Soon()));
  EXPECT_EQ(Seen(), UpTo(23));
  const Follower::State state = follower_->state();
  EXPECT_EQ(state.epoch, writer_->head().epoch);
  EXPECT_TRUE(state.connected);
  EXPECT_GT(state.heard, absl::Now() - absl::Seconds(20));
  EXPECT_FALSE(follower_->WaitForPosition(24, absl::Now() + absl::Milliseconds(20)));
}

TEST_F(FollowTest, TraceOfTheRequestGoesOnInTheFollowerAndItsLagIsExported) {
  Follower::Options options;
  options.channel = rpc::Connect(absl::StrCat("127.0.0.1:", port_));
  options.bearer = [] { return "services/reporting"; };
  options.name = "test";
  std::vector<std::string> traces;
  options.on_batch = [&](const v1::FollowResponse& response) -> absl::StatusOr<int64_t> {
    absl::MutexLock lock(&mutex_);
    if (response.records_size() > 0) traces.push_back(CurrentTrace()->trace_id);
    return response.position();
  };
  follower_ = Follower::Start(std::move(options));
  ASSERT_TRUE(Eventually([&] { return follower_->state().connected; }));
  const TraceContext trace = TraceContext::New();
  {
    const ScopedTrace scope(trace);
    ASSERT_THAT(writer_->Commit(CreateCommand("traced")), IsOk());
  }
  ASSERT_TRUE(follower_->WaitForPosition(1, Soon()));
  const std::string text = MetricsText();
  EXPECT_THAT(text, ::testing::HasSubstr("phoihop_feed_lag_records{feed=\"test\"} 0\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("phoihop_feed_seconds_since_message{feed=\"test\"} "));
  follower_.reset();
  EXPECT_THAT(traces, ::testing::ElementsAre(trace.trace_id));
}

TEST_F(FollowTest, FollowerGoesOnWhereItWasWhenTheServerComesBack) {
  CreateSome(2);
  StartFollower();
  ASSERT_TRUE(follower_->WaitForPosition(2, Soon()));
  server_.reset();
  ASSERT_TRUE(Eventually([&] { return !follower_->state().connected; }));
  CreateSome(3);
  StartServer();
  ASSERT_TRUE(follower_->WaitForPosition(5, Soon()));
  EXPECT_EQ(Seen(), UpTo(5));
}

TEST_F(FollowTest, BatchThatCouldNotBeStoredComesAgain) {
  {
    absl::MutexLock lock(&mutex_);
    failures_ = 2;
  }
  CreateSome(3);
  StartFollower();
  ASSERT_TRUE(follower_->WaitForPosition(3, Soon()));
  EXPECT_EQ(Seen(), UpTo(3));
  EXPECT_EQ(breaks_, 2);
}

TEST_F(FollowTest, SilentStreamIsGivenUpAndFollowedAnew) {
  server_.reset();
  heartbeat_ = absl::Hours(1);
  StartServer();
  CreateSome(1);
  StartFollower(absl::Milliseconds(150));
  EXPECT_TRUE(Eventually([&] { return breaks_ >= 2; }));
  CreateSome(1);
  ASSERT_TRUE(follower_->WaitForPosition(2, Soon()));
  EXPECT_EQ(Seen(), UpTo(2));
}

TEST_F(FollowTest, NewEpochStartsOverFromZero) {
  CreateSome(3);
  StartFollower();
  ASSERT_TRUE(follower_->WaitForPosition(3, Soon()));
  ASSERT_THAT(StartNewEpoch(*admin_), IsOk());
  ASSERT_TRUE(Eventually([&] {
    absl::MutexLock lock(&mutex_);
    return epochs_.size() == 1 && seen_.size() == 3;
  }));
  EXPECT_EQ(follower_->state().epoch, ReadHead(*pool_, Soon())->epoch);
  CreateSome(1);
  ASSERT_TRUE(follower_->WaitForPosition(4, Soon()));
  EXPECT_EQ(Seen(), UpTo(4));
}

TEST_F(FollowTest, FollowerEndsWhileTheServerIsAway) {
  server_.reset();
  StartFollower();
  absl::SleepFor(absl::Milliseconds(50));
  const absl::Time start = absl::Now();
  follower_.reset();
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

}  // namespace
}  // namespace phoihop::ledger
