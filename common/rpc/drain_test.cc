// How a server ends.

#include <atomic>
#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/rpc/testing/echo_server.h"
#include "common/rpc/testing/well_known.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::rpc {
namespace {

using namespace phoihop::testing;  // NOLINT: the echo service and its helpers
using absl::StatusCode;

class DrainTest : public ::testing::Test {
 protected:
  DrainTest() {
    ServerOptions options;
    options.workers = 1;
    Server::Builder builder(options);
    RegisterEcho(builder, [this](const RequestContext&, const EchoRequest& request) {
      if (!started_.HasBeenNotified()) started_.Notify();
      gate_.WaitForNotification();
      ++returned_;
      return absl::StatusOr<EchoResponse>(Say(request.text()));
    });
    auto server = builder.Start();
    EXPECT_THAT(server, IsOk());
    server_ = *std::move(server);
    channel_ = Connect("127.0.0.1:" + std::to_string(server_->port()));
    stub_ = EchoService::NewStub(channel_);
  }

  absl::Status Ask() { return Call(*stub_, &EchoStub::Echo, Request("x"), As("")).status(); }

  absl::Notification started_, gate_;
  std::atomic<int> returned_ = 0;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<EchoStub> stub_;
};

TEST_F(DrainTest, RunningCallIsFinishedAndNewOnesAreRefused) {
  absl::Status running;
  std::thread client([&] { running = Ask(); });
  started_.WaitForNotification();
  bool drained = false;
  std::thread drain([&] { drained = server_->Drain(absl::Seconds(10)); });
  while (CheckHealth(channel_, "") == "SERVING") absl::SleepFor(absl::Milliseconds(5));
  EXPECT_THAT(Ask(), StatusIs(StatusCode::kUnavailable));
  gate_.Notify();
  drain.join();
  client.join();
  EXPECT_TRUE(drained);
  EXPECT_THAT(running, IsOk());
  EXPECT_EQ(returned_, 1);
}

TEST_F(DrainTest, StuckHandlerDoesNotKeepTheServerFromEnding) {
  absl::Status stuck;
  std::thread client([&] { stuck = Ask(); });
  started_.WaitForNotification();
  const absl::Time start = absl::Now();
  EXPECT_FALSE(server_->Drain(absl::Milliseconds(100)));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  client.join();  // its caller has been answered
  EXPECT_THAT(stuck, StatusIs(StatusCode::kUnavailable));
  EXPECT_EQ(returned_, 0);
  gate_.Notify();
  EXPECT_TRUE(server_->Drain(absl::Seconds(10)));
  EXPECT_EQ(returned_, 1);
}

TEST_F(DrainTest, PortIsFreeAfterwards) {
  gate_.Notify();
  EXPECT_THAT(Ask(), IsOk());
  ServerOptions options;
  options.workers = 1;
  options.port = server_->port();
  server_.reset();
  Server::Builder builder(options);
  RegisterEcho(builder);
  EXPECT_THAT(builder.Start(), IsOk());
}

}  // namespace
}  // namespace phoihop::rpc
