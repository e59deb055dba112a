// Ten times more calls than a caller may have, beside a caller who behaves.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/rpc/testing/echo_server.h"
#include "common/status/errors.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/limits/caller_limits.h"

namespace phoihop::gateway {
namespace {

using namespace phoihop::testing;  // NOLINT: the echo service and its helpers
using rpc::RequestContext;
using rpc::Server;
using ::testing::Not;

TEST(OverloadTest, GreedyCallerIsRefusedEarlyAndTheOthersAreServed) {
  constexpr int kShare = 4;
  Limits limits;
  limits.member = {kShare, 1e6, 1e6};
  const auto admission = std::make_shared<CallerLimits>(limits, SystemClock());
  std::atomic<int> running = 0, most = 0;
  TestServer server([&](Server::Builder& builder) {
    builder.set_admission(admission);
    RegisterEcho(builder, [&](const RequestContext& context, const EchoRequest& request) {
      const bool greedy = context.caller().name == "members/greedy";
      if (greedy) {
        const int now = ++running;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        absl::SleepFor(absl::Milliseconds(20));
        --running;
      }
      return absl::StatusOr<EchoResponse>(Say(request.text()));
    });
  });
  const auto stub = EchoService::NewStub(server.channel());
  const auto ask = [&](const std::string& who) {
    rpc::CallOptions options;
    options.deadline = absl::Now() + absl::Seconds(20);
    options.bearer = who;
    return rpc::Call(*stub, &EchoStub::Echo, Request("x"), options).status();
  };
  std::atomic<bool> over = false;
  std::atomic<int> served = 0, refused = 0, others = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 10 * kShare; ++i) {
    threads.emplace_back([&] {
      while (!over) {
        const absl::Status status = ask("members/greedy");
        if (status.ok()) {
          ++served;
        } else if (ErrorReason(status) == "CALLER_BUSY") {
          ++refused;
          EXPECT_EQ(RetryDelay(status), absl::Milliseconds(250));
        } else {
          ++others;
        }
      }
    });
  }
  for (int i = 0; i < 100; ++i) EXPECT_THAT(ask("members/modest"), IsOk());
  while (served < 40 || refused < 40) absl::SleepFor(absl::Milliseconds(5));
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(others, 0);
  EXPECT_LE(most, kShare);
  // What was given out came back.
  for (int i = 0; i < kShare; ++i) EXPECT_THAT(ask("members/greedy"), IsOk());
}

using Metadata = std::vector<std::pair<std::string, std::string>>;

// Asks without a token.
absl::Status Ask(EchoStub& stub, const Metadata& metadata) {
  grpc::ClientContext context;
  rpc::Prepare({.deadline = absl::Now() + absl::Seconds(20)}, context);
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
  EchoResponse response;
  return rpc::FromGrpcStatus(stub.Echo(&context, Request("x"), &response));
}

// As an HTTP request from this address does within the gateway.
absl::Status AskFrom(EchoStub& stub, const std::string& address) {
  return Ask(stub, {{rpc::kClientAddressMetadata, address}});
}

// A server that answers whoever comes without a token once, by address.
class AddressTest : public ::testing::Test {
 protected:
  AddressTest() {
    limits_.anonymous = {8, 0.001, 1};
    admission_ = std::make_shared<CallerLimits>(limits_, SystemClock());
    Server::Builder builder;
    builder.set_admission(admission_);
    RegisterEcho(builder);
    auto server = builder.Start();
    EXPECT_THAT(server, IsOk());
    server_ = *std::move(server);
  }

  std::unique_ptr<EchoStub> OverTheNetwork() const {
    return EchoService::NewStub(rpc::Connect(absl::StrCat("127.0.0.1:", server_->port())));
  }

  Limits limits_;
  std::shared_ptr<CallerLimits> admission_;
  std::unique_ptr<Server> server_;
};

TEST_F(AddressTest, OnlyCallsWithinTheProcessAreBelievedAboutIt) {
  const auto within = EchoService::NewStub(server_->InProcessChannel());
  EXPECT_THAT(AskFrom(*within, "192.0.2.1"), IsOk());
  EXPECT_THAT(AskFrom(*within, "192.0.2.1"),
              StatusIs(absl::StatusCode::kResourceExhausted, "CALLER_RATE"));
  EXPECT_THAT(AskFrom(*within, "192.0.2.2"), IsOk());
  // From outside the connection counts, whatever the metadata say.
  const auto outside = OverTheNetwork();
  EXPECT_THAT(AskFrom(*outside, "192.0.2.3"), IsOk());
  EXPECT_THAT(AskFrom(*outside, "192.0.2.4"), Not(IsOk()));
  EXPECT_THAT(AskFrom(*within, "127.0.0.1"), Not(IsOk()));
}

TEST_F(AddressTest, ATrustedProxyIsBelievedOverGrpcAsOverHttp) {
  const auto stub = OverTheNetwork();
  const auto ask = [&](const std::vector<std::string>& forwarded) {
    Metadata metadata;
    for (const std::string& value : forwarded) metadata.emplace_back("x-forwarded-for", value);
    return Ask(*stub, metadata);
  };
  const auto refused = StatusIs(absl::StatusCode::kResourceExhausted, "CALLER_RATE");
  // As long as nobody is trusted, all have the address of the connection.
  EXPECT_THAT(ask({"192.0.2.1"}), IsOk());
  EXPECT_THAT(ask({"192.0.2.2"}), refused);
  limits_.trusted_proxies = {AddressRange::Parse("127.0.0.0/8").value()};
  admission_->Set(limits_);
  EXPECT_THAT(ask({"192.0.2.1"}), IsOk());
  EXPECT_THAT(ask({"192.0.2.1"}), refused);
  EXPECT_THAT(ask({"192.0.2.2"}), IsOk());
  EXPECT_THAT(ask({}), refused);
  // What the client itself has said comes before what the proxy adds, as a value or a header.
  EXPECT_THAT(ask({"198.51.100.1, 192.0.2.1"}), refused);
  EXPECT_THAT(ask({"198.51.100.1", "192.0.2.1"}), refused);
  EXPECT_THAT(ask({"192.0.2.1", "198.51.100.1"}), IsOk());
}

}  // namespace
}  // namespace phoihop::gateway
