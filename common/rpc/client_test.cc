// Calling another service over a real port.

#include "common/rpc/client.h"

#include <memory>
#include <string>

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

std::unique_ptr<Server> StartOn(int port) {
  ServerOptions options;
  options.workers = 2;
  options.port = port;
  Server::Builder builder(options);
  builder.set_authenticator(std::make_shared<FakeAuthenticator>());
  RegisterEcho(builder,
               [](const RequestContext& context,
                  const EchoRequest& request) -> absl::StatusOr<EchoResponse> {
                 if (request.text() == "deadline") {
                   return Say(absl::FormatDuration(context.deadline() - absl::Now()));
                 }
                 if (request.text() == "trace") return Say(context.trace().trace_id);
                 return Say(context.caller().ActorName());
               });
  auto server = builder.Start();
  EXPECT_THAT(server, IsOk());
  return *std::move(server);
}

class ClientTest : public ::testing::Test {
 protected:
  ClientTest()
      : server_(StartOn(0)),
        port_(server_->port()),
        stub_(EchoService::NewStub(Connect("127.0.0.1:" + std::to_string(port_)))) {}

  absl::StatusOr<std::string> Ask(const std::string& text, const CallOptions& options) {
    const auto response = Call(*stub_, &EchoStub::Echo, Request(text), options);
    if (!response.ok()) return response.status();
    return response->text();
  }

  std::unique_ptr<Server> server_;
  int port_;
  std::unique_ptr<EchoStub> stub_;
};

TEST_F(ClientTest, CredentialsAreAskedForEachCallUnlessThereIsABearer) {
  int asked = 0;
  CallOptions options;
  options.credentials = [&] { return ++asked, "services/reporting"; };
  EXPECT_THAT(Ask("", options), IsOkAndHolds("services/reporting"));
  EXPECT_THAT(Ask("", options), IsOkAndHolds("services/reporting"));
  EXPECT_EQ(asked, 2);
  options.bearer = "members/lan";
  EXPECT_THAT(Ask("", options), IsOkAndHolds("members/lan"));
  EXPECT_EQ(asked, 2);
}

TEST_F(ClientTest, CallWithoutDeadlineGetsOne) {
  const auto text = Ask("deadline", {});
  ASSERT_THAT(text, IsOk());
  absl::Duration left;
  ASSERT_TRUE(absl::ParseDuration(*text, &left)) << *text;
  EXPECT_LE(left, absl::Seconds(31));  // gRPC rounds it up on the wire
  EXPECT_GT(left, absl::Seconds(20));
}

TEST_F(ClientTest, OptionsForAContextPassOnItsTokenDeadlineAndTrace) {
  const RequestContext context({.deadline = absl::Now() + absl::Seconds(5),
                                .trace = TraceContext::New(),
                                .bearer = "members/lan"});
  const CallOptions options = CallOptions::For(context);
  EXPECT_EQ(options.deadline, context.deadline());
  EXPECT_THAT(Ask("", options), IsOkAndHolds("members/lan"));
  EXPECT_THAT(Ask("trace", options), IsOkAndHolds(context.trace().trace_id));
}

TEST_F(ClientTest, ThreadsTraceIsContinued) {
  const TraceContext trace = TraceContext::New();
  const ScopedTrace scope(trace);
  EXPECT_THAT(Ask("trace", {}), IsOkAndHolds(trace.trace_id));
}

TEST_F(ClientTest, ServerThatComesBackIsReachedWithinSeconds) {
  EXPECT_THAT(Ask("", {}), IsOk());
  server_.reset();
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(Ask("", {}), StatusIs(StatusCode::kUnavailable));
    absl::SleepFor(absl::Milliseconds(50));
  }
  server_ = StartOn(port_);
  CallOptions options;
  options.wait_for_ready = true;
  const absl::Time start = absl::Now();
  EXPECT_THAT(Ask("", options), IsOk());
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

TEST(FromGrpcStatusTest, DetailsThatContradictTheCodeAreIgnored) {
  const grpc::Status real = ToGrpcStatus(NotFound("Agreement", "agreements/1"));
  EXPECT_EQ(FromGrpcStatus(real), NotFound("Agreement", "agreements/1"));
  const absl::Status other =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "proxy", real.error_details()));
  EXPECT_THAT(other, StatusIs(StatusCode::kUnavailable, ""));
  EXPECT_THAT(FromGrpcStatus(grpc::Status(grpc::StatusCode::ABORTED, "x", "\xff garbage")),
              StatusIs(StatusCode::kAborted, ""));
}

}  // namespace
}  // namespace phoihop::rpc
