// Which calls are made again after UNAVAILABLE or CANCELLED, and how often.

#include <grpcpp/support/validate_service_config.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "common/rpc/client.h"
#include "common/rpc/service_config.h"
#include "common/status/errors.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/opinions/v1/opinions.grpc.pb.h"

namespace phoihop::rpc {
namespace {

using namespace phoihop::testing;  // NOLINT: FakeAuthenticator and matchers
using absl::StatusCode;
using opinions::v1::CreateOpinionEntryRequest;
using opinions::v1::GetOpinionEntryRequest;
using opinions::v1::OpinionsService;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kService[] = "phoihop.opinions.v1.OpinionsService/";

// A server that fails the first calls of each test.
class RetryTest : public ::testing::Test {
 protected:
  RetryTest() {
    Server::Builder builder(ServerOptions{.workers = 4});
    builder.set_authenticator(std::make_shared<FakeAuthenticator>());
    for (const char* method : {"GetOpinionEntry", "CreateOpinionEntry"}) {
      builder.Forward(absl::StrCat(kService, method), [this](const RequestContext&,
                                                             const std::string&, const auto& done) {
        done(++calls_ <= failing_ ? absl::StatusOr<std::string>(failure_) : std::string());
        return std::function<void()>();
      });
    }
    auto server = builder.Start();
    EXPECT_THAT(server, IsOk());
    server_ = *std::move(server);
  }

  std::unique_ptr<OpinionsService::Stub> Stub(bool repeat_writes = false) const {
    return OpinionsService::NewStub(
        Connect(absl::StrCat("127.0.0.1:", server_->port()), {.repeat_writes = repeat_writes}));
  }

  absl::Status Get() {
    const auto stub = Stub();
    return Call(*stub, &OpinionsService::Stub::GetOpinionEntry, GetOpinionEntryRequest(),
                As("members/lan"))
        .status();
  }

  // Not by rpc::Call, which repeats by itself: as the gateway passes calls on.
  grpc::Status CreateByChannel(bool repeat_writes, const std::string& request_id) {
    const auto stub = Stub(repeat_writes);
    grpc::ClientContext context;
    Prepare(As("members/lan"), context);
    CreateOpinionEntryRequest request;
    request.set_request_id(request_id);
    opinions::v1::OpinionEntry entry;
    return stub->CreateOpinionEntry(&context, request, &entry);
  }

  absl::Status Create(const std::string& request_id) {
    const auto stub = Stub();
    CreateOpinionEntryRequest request;
    request.set_request_id(request_id);
    return Call(*stub, &OpinionsService::Stub::CreateOpinionEntry, request, As("members/lan"))
        .status();
  }

  std::atomic<int> calls_ = 0;
  int failing_ = 2;
  absl::Status failure_ = Unavailable("NO_DATABASE", {"No database.", "Mất cơ sở dữ liệu."});
  std::unique_ptr<Server> server_;
};

TEST_F(RetryTest, ReadIsMadeAgain) {
  EXPECT_THAT(Get(), IsOk());
  EXPECT_EQ(calls_, 3);
}

TEST_F(RetryTest, ReadEndsWithTheErrorAfterFiveAttempts) {
  failing_ = 100;
  EXPECT_THAT(Get(), StatusIs(StatusCode::kUnavailable, "NO_DATABASE"));
  EXPECT_EQ(calls_, 5);
}

TEST_F(RetryTest, OtherErrorsAreFinal) {
  failure_ = NotFound("OpinionEntry", "opinionEntries/1");
  EXPECT_THAT(Get(), StatusIs(StatusCode::kNotFound));
  EXPECT_EQ(calls_, 1);
}

// What gRPC answers for a server that begins to end just then.
TEST_F(RetryTest, CallThatMeetsAnEndingServerIsMadeAgain) {
  failure_ = absl::CancelledError("");
  EXPECT_THAT(Get(), IsOk());
  EXPECT_EQ(calls_, 3);
  calls_ = 0;
  EXPECT_TRUE(CreateByChannel(true, "0d7a4c52-7e1f-4f3c-9a51-aa1d0ce7f002").ok());
  EXPECT_EQ(calls_, 3);
  calls_ = 0;
  EXPECT_EQ(CreateByChannel(false, "").error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(calls_, 1);
}

TEST_F(RetryTest, WriteWithoutARequestIdIsMadeOnce) {
  EXPECT_THAT(Create(""), StatusIs(StatusCode::kUnavailable));
  EXPECT_EQ(calls_, 1);
}

TEST_F(RetryTest, WriteWithARequestIdIsMadeAgain) {
  EXPECT_THAT(Create("0d7a4c52-7e1f-4f3c-9a51-aa1d0ce7f001"), IsOk());
  EXPECT_EQ(calls_, 3);
}

TEST_F(RetryTest, ChannelRepeatsWritesWhereItIsToldTo) {
  const std::string id = "0d7a4c52-7e1f-4f3c-9a51-aa1d0ce7f001";
  EXPECT_EQ(CreateByChannel(false, id).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(calls_, 1);
  EXPECT_TRUE(CreateByChannel(true, id).ok());
  EXPECT_EQ(calls_, 3);
}

TEST_F(RetryTest, RepeatsEndWithTheDeadline) {
  failing_ = 100;
  const auto stub = Stub();
  CreateOpinionEntryRequest request;
  request.set_request_id("0d7a4c52-7e1f-4f3c-9a51-aa1d0ce7f001");
  CallOptions options = As("members/lan");
  const absl::Time start = absl::Now();
  options.deadline = start + absl::Milliseconds(250);
  EXPECT_THAT(Call(*stub, &OpinionsService::Stub::CreateOpinionEntry, request, options).status(),
              StatusIs(StatusCode::kUnavailable));
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  EXPECT_LT(calls_, 5);
}

TEST(ServiceConfigTest, ComesFromTheContracts) {
  for (const bool writes : {false, true}) {
    EXPECT_EQ(grpc::experimental::ValidateServiceConfigJSON(ServiceConfig(writes)), "");
    EXPECT_THAT(ServiceConfig(writes), HasSubstr("\"GetOpinionEntry\""));
  }
  EXPECT_THAT(ServiceConfig(false), Not(HasSubstr("\"CreateOpinionEntry\"")));
  EXPECT_THAT(ServiceConfig(true), HasSubstr("\"CreateOpinionEntry\""));
}

}  // namespace
}  // namespace phoihop::rpc
