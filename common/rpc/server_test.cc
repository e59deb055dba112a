// What surrounds a handler: errors, limits, starting, listening, logging.

#include "common/rpc/server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/client_unary_call.h>

#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/rpc/testing/echo_server.h"
#include "common/rpc/testing/well_known.h"
#include "common/status/errors.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::rpc {
namespace {

using namespace phoihop::testing;  // NOLINT: the echo service and its helpers
using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

// Answers by what the request says.
absl::StatusOr<EchoResponse> Respond(const RequestContext& context, const EchoRequest& request) {
  const std::string& text = request.text();
  if (text == "missing") return NotFound("Agreement", "agreements/7");
  if (text == "invalid") {
    FieldErrors errors;
    errors.Add("a.b", "REQUIRED", {"Is required.", "Bắt buộc."});
    errors.Add("c", "TOO_LONG", {"Is too long.", "Quá dài."});
    return errors.ToStatus();
  }
  if (text == "internal") return Internal("table petitions is gone");
  if (text == "library") return absl::UnavailableError("lost 10.0.0.7");
  if (text == "throw") throw std::runtime_error("thrown by a library");
  if (text == "throw int") throw 7;
  if (text == "position") context.set_position(42);
  if (text == "trace") return Say(context.trace().ToHeader());
  if (text == "time") return Say(absl::FormatTime(context.now(), absl::UTCTimeZone()));
  if (text == "method") return Say(std::string(context.method()));
  return Say(text);
}

class ServerTest : public ::testing::Test {
 protected:
  static ServerOptions Options() {
    static const FakeClock* clock = new FakeClock(absl::FromUnixSeconds(0));
    ServerOptions options;
    options.clock = clock;
    options.workers = 4;
    options.max_receive_bytes = 1 << 20;
    return options;
  }
  ServerTest()
      : server_([](Server::Builder& builder) { RegisterEcho(builder, Respond); }, Options()),
        stub_(EchoService::NewStub(server_.channel())) {}

  absl::StatusOr<std::string> Ask(const std::string& text) {
    const auto response = Call(*stub_, &EchoStub::Echo, Request(text), As(""));
    if (!response.ok()) return response.status();
    return response->text();
  }

  TestServer server_;
  std::unique_ptr<EchoStub> stub_;
};

TEST_F(ServerTest, DetailsOfAnErrorReachTheClient) {
  const absl::Status missing = Ask("missing").status();
  EXPECT_EQ(missing, NotFound("Agreement", "agreements/7"));
  const absl::Status invalid = Ask("invalid").status();
  EXPECT_THAT(invalid, StatusIs(StatusCode::kInvalidArgument, "INVALID_FIELDS"));
  EXPECT_THAT(ViolatedFields(invalid), ElementsAre("a.b", "c"));
  EXPECT_FALSE(VietnameseMessage(invalid).empty());
}

TEST_F(ServerTest, WhatIsForTheLogStaysThere) {
  std::mutex mutex;
  std::vector<std::string> lines;
  CaptureLog([&](const std::string& line) {
    const std::lock_guard<std::mutex> lock(mutex);
    lines.push_back(line);
  });
  const absl::Status internal = Ask("internal").status(), library = Ask("library").status();
  CaptureLog(nullptr);
  EXPECT_THAT(internal, StatusIs(StatusCode::kInternal, "INTERNAL"));
  EXPECT_THAT(internal.ToString(), Not(HasSubstr("petitions")));
  EXPECT_THAT(library, StatusIs(StatusCode::kUnavailable, "UNAVAILABLE"));
  EXPECT_THAT(library.ToString(), Not(HasSubstr("10.0.0.7")));
  const std::lock_guard<std::mutex> lock(mutex);
  EXPECT_THAT(lines, ElementsAre(HasSubstr("table petitions is gone"), HasSubstr("10.0.0.7")));
}

TEST_F(ServerTest, ExceptionBecomesInternal) {
  EXPECT_THAT(Ask("throw"), StatusIs(StatusCode::kInternal, "INTERNAL"));
  EXPECT_THAT(Ask("throw int"), StatusIs(StatusCode::kInternal, "INTERNAL"));
  EXPECT_THAT(Ask("after"), IsOkAndHolds("after"));
}

TEST_F(ServerTest, MalformedRequestIsInvalidAndNotRepeated) {
  // The same wire form as an EchoRequest, but with any bytes.
  testing::v1::BytesRequest bytes;
  bytes.set_text("secret \xff");
  grpc::internal::RpcMethod method("/phoihop.testing.v1.EchoService/Echo",
                                   grpc::internal::RpcMethod::NORMAL_RPC, server_.channel());
  grpc::ClientContext context;
  Prepare(As(""), context);
  EchoResponse response;
  const grpc::Status status =
      grpc::internal::BlockingUnaryCall<testing::v1::BytesRequest, EchoResponse>(
          server_.channel().get(), method, &context, bytes, &response);
  EXPECT_THAT(FromGrpcStatus(status), StatusIs(StatusCode::kInvalidArgument, "MALFORMED"));
  EXPECT_THAT(status.error_message() + status.error_details(), Not(HasSubstr("secret")));
}

TEST_F(ServerTest, RequestAboveTheLimitIsRefused) {
  EXPECT_THAT(Ask(std::string(1 << 19, 'x')), IsOk());
  EXPECT_THAT(Ask(std::string((1 << 20) + 1, 'x')), StatusIs(StatusCode::kResourceExhausted));
}

TEST_F(ServerTest, PositionTravelsAsTrailingMetadata) {
  std::optional<int64_t> position;
  EXPECT_THAT(Call(*stub_, &EchoStub::Echo, Request("position"), As(""), &position), IsOk());
  EXPECT_EQ(position, 42);
  EXPECT_THAT(Call(*stub_, &EchoStub::Echo, Request("none"), As(""), &position), IsOk());
  EXPECT_EQ(position, std::nullopt);
}

TEST_F(ServerTest, TraceOfTheCallerIsContinued) {
  CallOptions options = As("");
  options.trace = TraceContext::New();
  const auto response = Call(*stub_, &EchoStub::Echo, Request("trace"), options);
  ASSERT_THAT(response, IsOk());
  const auto trace = TraceContext::Parse(response->text());
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->trace_id, options.trace.trace_id);
  EXPECT_NE(trace->span_id, options.trace.span_id);
}

TEST_F(ServerTest, ContextTellsMethodAndTheServersTime) {
  EXPECT_THAT(Ask("method"), IsOkAndHolds("phoihop.testing.v1.EchoService/Echo"));
  EXPECT_THAT(Ask("time"), IsOkAndHolds(HasSubstr("1970-01-01")));
}

TEST_F(ServerTest, LogOfACallNamesItAndNothingOfItsBody) {
  std::mutex mutex;
  std::vector<std::string> lines;
  CaptureLog([&](const std::string& line) {
    const std::lock_guard<std::mutex> lock(mutex);
    lines.push_back(line);
  });
  const auto response =
      Call(*stub_, &EchoStub::EchoMember, Request("nothing for others"), As("members/lan"));
  CaptureLog(nullptr);
  EXPECT_THAT(response, IsOk());
  const std::lock_guard<std::mutex> lock(mutex);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("\"method\":\"phoihop.testing.v1.EchoService/EchoMember\""));
  EXPECT_THAT(lines[0], HasSubstr("\"caller\":\"members/lan\""));
  EXPECT_THAT(lines[0], HasSubstr("\"code\":\"OK\""));
  EXPECT_THAT(lines[0], HasSubstr("\"trace_id\":\""));
  EXPECT_THAT(lines[0], Not(HasSubstr("nothing for others")));
}

TEST_F(ServerTest, CallsAreCountedByMethodAndCode) {
  const Counter counter =
      GetCounter("phoihop_rpc_requests_total", "Finished calls.",
                 {{"method", "phoihop.testing.v1.EchoService/Echo"}, {"code", "NOT_FOUND"}});
  const double before = counter.value();
  Ask("missing").IgnoreError();
  EXPECT_EQ(counter.value(), before + 1);
}

TEST(ServerStartTest, PortThatIsTakenIsToldClearly) {
  ServerOptions options;
  options.workers = 1;
  Server::Builder first(options);
  RegisterEcho(first);
  const auto server = first.Start();
  ASSERT_THAT(server, IsOk());
  ASSERT_GT((*server)->port(), 0);
  const auto stub = EchoService::NewStub(Connect("127.0.0.1:" + std::to_string((*server)->port())));
  EXPECT_THAT(Call(*stub, &EchoStub::Echo, Request("x"), As("")), IsOk());

  options.port = (*server)->port();
  Server::Builder second(options);
  RegisterEcho(second);
  const auto refused = second.Start();
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused.status().ToString(), HasSubstr("Address already in use"));
  EXPECT_THAT(refused.status().ToString(), HasSubstr(std::to_string(options.port)));
}

absl::Status StartWith(const std::function<void(Server::Builder&)>& prepare) {
  ServerOptions options;
  options.port = -1;
  options.workers = 1;
  Server::Builder builder(options);
  prepare(builder);
  return builder.Start().status();
}

TEST(ServerStartTest, MethodWithoutAValidRuleKeepsTheServerFromStarting) {
  const absl::Status status = StartWith([](Server::Builder& builder) {
    for (const char* method :
         {"WithoutRule", "WithoutScope", "WithoutPermission", "WithoutServices"}) {
      builder.Unary<EchoRequest, EchoResponse>(
          std::string("phoihop.testing.v1.UnruledService/") + method, EchoBack);
    }
  });
  EXPECT_THAT(status, StatusIs(StatusCode::kFailedPrecondition));
  for (const char* part : {"WithoutRule declares no", "WithoutScope declares an access rule",
                           "WithoutPermission has a scope", "WithoutServices is for services"}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(part));
  }
}

TEST(ServerStartTest, MethodWithoutHandlerKeepsTheServerFromStarting) {
  const absl::Status status = StartWith([](Server::Builder& builder) {
    builder.Unary<EchoRequest, EchoResponse>("phoihop.testing.v1.EchoService/Echo", EchoBack);
  });
  EXPECT_THAT(status.ToString(), HasSubstr("EchoService.EchoMember has no handler"));
  EXPECT_THAT(status.ToString(), HasSubstr("EchoService.Follow has no handler"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("EchoService.Echo has")));
}

TEST(ServerStartTest, HandlersThatDoNotFitKeepTheServerFromStarting) {
  const absl::Status status = StartWith([](Server::Builder& builder) {
    RegisterEcho(builder);
    builder.Unary<EchoRequest, EchoResponse>("phoihop.testing.v1.EchoService/Echo", EchoBack);
    builder.Unary<EchoRequest, EchoResponse>("phoihop.testing.v1.EchoService/Ekho", EchoBack);
    builder.Unary<EchoRequest, EchoResponse>("phoihop.testing.v1.Nobody/Echo", EchoBack);
  });
  for (const char* part : {"EchoService.Echo has several handlers", "no method 'Ekho'",
                           "no service is called 'phoihop.testing.v1.Nobody'"}) {
    EXPECT_THAT(status.ToString(), HasSubstr(part));
  }
  EXPECT_THAT(StartWith([](Server::Builder& builder) {
                builder.Unary<EchoRequest, EchoRequest>(
                    "phoihop.testing.v1.EchoService/Echo",
                    [](const RequestContext&, const EchoRequest& request) {
                      return absl::StatusOr<EchoRequest>(request);
                    });
                builder.Unary<EchoRequest, EchoResponse>("phoihop.testing.v1.EchoService/Follow",
                                                         EchoBack);
              }).ToString(),
              AllOf(HasSubstr("other types"), HasSubstr("EchoService.Follow is a stream")));
  EXPECT_THAT(StartWith([](Server::Builder& builder) {
                builder.Unary<EchoRequest, EchoResponse>("Echo", EchoBack);
              }).ToString(),
              HasSubstr("'Echo' is not the full name"));
}

TEST(ServerForwardTest, ForwardedCallKeepsItsBytesAndNeedsOnlyASignIn) {
  TestServer server([](Server::Builder& builder) {
    builder.Forward("phoihop.testing.v1.EchoService/EchoUnit",
                    [](const RequestContext& context, std::string request, const auto& done) {
                      EXPECT_EQ(context.bearer(), "members/lan");
                      done(std::move(request));  // both messages have the same wire form
                      return std::function<void()>();
                    });
  });
  const auto stub = EchoService::NewStub(server.channel());
  const auto response =
      Call(*stub, &EchoStub::EchoUnit, Request("Xã Thanh Yên"), As("members/lan"));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->text(), "Xã Thanh Yên");
  EXPECT_THAT(Call(*stub, &EchoStub::EchoUnit, Request("x"), As("")),
              StatusIs(StatusCode::kUnauthenticated));
  EXPECT_THAT(Call(*stub, &EchoStub::Echo, Request("x"), As("")),
              StatusIs(StatusCode::kUnimplemented));
  EXPECT_THAT(StartWith([](Server::Builder& builder) {
                builder.Forward("phoihop.testing.v1.EchoService/EchoInternal",
                                [](const RequestContext&, std::string request, const auto& done) {
                                  done(std::move(request));
                                  return std::function<void()>();
                                });
              }).ToString(),
              HasSubstr("is internal"));
}

TEST(ServerForwardTest, RefusesBeforeTheHandlerWhileWhoeverAnswersHasNoRoom) {
  const auto room = std::make_shared<int>();
  std::atomic<bool> busy = true;
  std::atomic<int> calls = 0;
  TestServer server([&](Server::Builder& builder) {
    builder.Forward(
        "phoihop.testing.v1.EchoService/EchoUnit",
        [&](const RequestContext&, std::string request, const auto& done) {
          ++calls;
          done(std::move(request));
          return std::function<void()>();
        },
        [&] { return busy ? nullptr : room; });
  });
  const auto stub = EchoService::NewStub(server.channel());
  const auto ask = [&] {
    return Call(*stub, &EchoStub::EchoUnit, Request("x"), As("members/lan")).status();
  };
  EXPECT_THAT(ask(), StatusIs(StatusCode::kResourceExhausted, "OVERLOADED"));
  EXPECT_EQ(calls, 0);
  busy = false;
  EXPECT_THAT(ask(), IsOk());
  // What was taken came back.
  for (int i = 0; i < 1000 && room.use_count() > 1; ++i) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(room.use_count(), 1);
}

TEST(ServerForwardTest, ALateAnswerHoldsNoWorkerAndALeavingCallerCancelsIt) {
  absl::Mutex mutex;
  std::vector<std::function<void(absl::StatusOr<std::string>)>> waiting;
  absl::Notification cancelled;
  TestServer server([&](Server::Builder& builder) {
    builder.options().workers = 1;
    builder.Forward(
        "phoihop.testing.v1.EchoService/EchoUnit",
        [&](const RequestContext& context, std::string request,
            std::function<void(absl::StatusOr<std::string>)> done) -> std::function<void()> {
          EXPECT_EQ(context.caller().name, "members/lan");
          EchoRequest echo;
          EXPECT_TRUE(echo.ParseFromString(request));
          if (echo.text() == "now") {
            context.set_position(7);
            done(request);
            return nullptr;
          }
          absl::MutexLock lock(&mutex);
          waiting.push_back(std::move(done));
          return [&] { cancelled.Notify(); };
        });
  });
  const auto stub = EchoService::NewStub(server.channel());
  CallOptions options = As("members/lan");
  options.deadline = absl::Now() + absl::Milliseconds(300);
  std::thread late([&] {
    EXPECT_THAT(Call(*stub, &EchoStub::EchoUnit, Request("never"), options),
                StatusIs(StatusCode::kDeadlineExceeded));
  });
  std::optional<int64_t> position;
  const auto response =
      Call(*stub, &EchoStub::EchoUnit, Request("now"), As("members/lan"), &position);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->text(), "now");
  EXPECT_EQ(position, 7);
  late.join();
  EXPECT_TRUE(cancelled.WaitForNotificationWithTimeout(absl::Seconds(10)));
  // An answer that comes after all is dropped.
  absl::MutexLock lock(&mutex);
  for (const auto& done : waiting) done(std::string());
  waiting.clear();
}

TEST(ServerReflectionTest, ServicesAreListed) {
  TestServer server([](Server::Builder& builder) { RegisterEcho(builder); });
  EXPECT_THAT(ListServices(server.channel()),
              IsSupersetOf({"phoihop.testing.v1.EchoService", "grpc.health.v1.Health"}));
}

TEST(ServerReflectionTest, EveryListedServiceIsDescribed) {
  // Over a socket, as tools ask.
  Server::Builder builder(ServerOptions{.port = 0});
  builder.set_authenticator(std::make_shared<testing::FakeAuthenticator>());
  builder.set_permission_checker(std::make_shared<testing::FakePermissions>());
  RegisterEcho(builder);
  const auto server = builder.Start();
  ASSERT_THAT(server, IsOk());
  const auto channel = Connect(absl::StrCat("127.0.0.1:", (*server)->port()));
  const std::vector<std::string> listed = ListServices(channel);
  EXPECT_THAT(listed, ::testing::Contains("grpc.health.v1.Health"));
  for (const std::string& name : listed) {
    EXPECT_TRUE(testing::IsDescribed(channel, name)) << name;
  }
  EXPECT_FALSE(testing::IsDescribed(channel, "grpc.health.v1.Nothing"));
}

TEST(ServerHealthTest, HealthIsServing) {
  TestServer server([](Server::Builder& builder) { RegisterEcho(builder); });
  EXPECT_EQ(CheckHealth(server.channel(), ""), "SERVING");
  EXPECT_EQ(CheckHealth(server.channel(), "phoihop.testing.v1.EchoService"), "SERVING");
}

}  // namespace
}  // namespace phoihop::rpc
