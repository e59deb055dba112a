// Which caller may call which kind of method.

#include <atomic>
#include <string>

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

constexpr char kPermission[] = "testing.echo.read";

class AccessTest : public ::testing::Test {
 protected:
  AccessTest()
      : server_([this](Server::Builder& builder) {
          RegisterEcho(builder, [this](const RequestContext& context, const EchoRequest&) {
            ++handled_;
            return absl::StatusOr<EchoResponse>(
                Say(context.caller().ActorName() + "|" + context.caller().body));
          });
        }),
        stub_(EchoService::NewStub(server_.channel())) {}

  absl::StatusOr<std::string> Ask(const std::string& method, const std::string& token) {
    auto pointer = method == "Echo"          ? &EchoStub::Echo
                   : method == "EchoMember"  ? &EchoStub::EchoMember
                   : method == "EchoUnit"    ? &EchoStub::EchoUnit
                   : method == "EchoCountry" ? &EchoStub::EchoCountry
                                             : &EchoStub::EchoInternal;
    const auto response = Call(*stub_, pointer, Request("x"), As(token));
    if (!response.ok()) return response.status();
    return response->text();
  }

  std::atomic<int> handled_ = 0;
  TestServer server_;
  std::unique_ptr<EchoStub> stub_;
};

TEST_F(AccessTest, AnonymousMethodIsForEveryone) {
  EXPECT_THAT(Ask("Echo", ""), IsOkAndHolds("anonymous|"));
  EXPECT_THAT(Ask("Echo", "members/lan"), IsOkAndHolds("members/lan|"));
  EXPECT_THAT(Ask("Echo", "expired"), IsOkAndHolds("anonymous|"));
}

TEST_F(AccessTest, MissingOrBadTokenIsUnauthenticatedBeforeTheHandler) {
  for (const char* method : {"EchoMember", "EchoUnit", "EchoCountry", "EchoInternal"}) {
    EXPECT_THAT(Ask(method, ""), StatusIs(StatusCode::kUnauthenticated, "TOKEN_MISSING"));
    EXPECT_THAT(Ask(method, "expired"), StatusIs(StatusCode::kUnauthenticated, "TOKEN_INVALID"));
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(AccessTest, OtherSchemesAndTwoTokensAreRefused) {
  for (const bool twice : {false, true}) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
    context.AddMetadata("authorization", twice ? "Bearer members/lan" : "Basic members/lan");
    if (twice) context.AddMetadata("authorization", "Bearer members/minh");
    EchoResponse response;
    const grpc::Status status = stub_->EchoMember(&context, Request("x"), &response);
    EXPECT_THAT(FromGrpcStatus(status), StatusIs(StatusCode::kUnauthenticated, "TOKEN_INVALID"));
  }
}

TEST_F(AccessTest, MemberMethodIsForMembersAndServices) {
  EXPECT_THAT(Ask("EchoMember", "members/lan as bodies/7"), IsOkAndHolds("members/lan|bodies/7"));
  EXPECT_THAT(Ask("EchoMember", "services/opinions"), IsOkAndHolds("services/opinions|"));
}

TEST_F(AccessTest, UnitMethodNeedsThePermissionAnywhere) {
  EXPECT_THAT(Ask("EchoUnit", "members/lan"),
              StatusIs(StatusCode::kPermissionDenied, "PERMISSION_MISSING"));
  EXPECT_EQ(handled_, 0);
  server_.permissions().Allow("members/lan", kPermission);
  EXPECT_THAT(Ask("EchoUnit", "members/lan"), IsOkAndHolds("members/lan|"));
  EXPECT_THAT(Ask("EchoUnit", "members/minh"), StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(AccessTest, CountryMethodNeedsThePermissionForTheCountry) {
  server_.permissions().Allow("members/lan", kPermission);
  EXPECT_THAT(Ask("EchoCountry", "members/lan"), StatusIs(StatusCode::kPermissionDenied));
  server_.permissions().Allow("members/lan", kPermission, /*country=*/true);
  EXPECT_THAT(Ask("EchoCountry", "members/lan"), IsOkAndHolds("members/lan|"));
}

TEST_F(AccessTest, ServicesPassOnlyWhereTheRuleNamesThem) {
  EXPECT_THAT(Ask("EchoUnit", "services/reporting"), IsOkAndHolds("services/reporting|"));
  EXPECT_THAT(Ask("EchoUnit", "services/opinions"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Ask("EchoCountry", "services/reporting"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Ask("EchoInternal", "services/ctl"), IsOkAndHolds("services/ctl|"));
  EXPECT_THAT(Ask("EchoInternal", "services/reporting"), StatusIs(StatusCode::kPermissionDenied));
  server_.permissions().Allow("members/ctl", "", /*country=*/true);
  EXPECT_THAT(Ask("EchoInternal", "members/ctl"), StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(AccessTest, GrantsThatAreTooOldMakeTheMethodUnavailable) {
  server_.permissions().Allow("members/lan", kPermission);
  server_.permissions().Fail(Unavailable("GRANTS_STALE", {"Old.", "Cũ."}));
  EXPECT_THAT(Ask("EchoUnit", "members/lan"), StatusIs(StatusCode::kUnavailable, "GRANTS_STALE"));
  EXPECT_THAT(Ask("EchoMember", "members/lan"), IsOk());
  EXPECT_EQ(handled_, 1);
}

}  // namespace
}  // namespace phoihop::rpc
