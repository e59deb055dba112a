// Calls that ask for a ledger position: they wait for it without holding a worker.

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
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

class OneAnswer : public StreamSource<EchoResponse> {
 public:
  absl::StatusOr<std::optional<EchoResponse>> Next() override {
    if (said_) return std::nullopt;
    said_ = true;
    return Say("streamed");
  }
  bool done() const override { return said_; }

 private:
  bool said_ = false;
};

class PositionTest : public ::testing::Test {
 protected:
  void Start(bool gate = true) {
    ServerOptions options;
    options.workers = 1;
    server_ = std::make_unique<TestServer>(
        [this, gate](Server::Builder& builder) {
          RegisterEcho(builder, EchoBack,
                       [](const RequestContext&, const EchoRequest&)
                           -> absl::StatusOr<std::unique_ptr<StreamSource<EchoResponse>>> {
                         return std::make_unique<OneAnswer>();
                       });
          if (!gate) return;
          builder.set_position_gate([this](int64_t position, absl::Time) -> absl::StatusOr<bool> {
            ++looks_;
            if (broken_) return absl::UnavailableError("no database");
            return head_ >= position;
          });
        },
        options);
    stub_ = EchoService::NewStub(server_->channel());
  }

  // Sets the deadline and, if it is not empty, the metadata.
  static void Prepare(grpc::ClientContext& context, const std::string& position,
                      absl::Duration limit, const std::string& bearer) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + limit));
    if (!position.empty()) context.AddMetadata("phoihop-min-position", position);
    if (!bearer.empty()) context.AddMetadata("authorization", "Bearer " + bearer);
  }

  absl::Status Ask(const std::string& position, absl::Duration limit = absl::Seconds(10)) {
    grpc::ClientContext context;
    Prepare(context, position, limit, "");
    EchoResponse response;
    return FromGrpcStatus(stub_->Echo(&context, Request("x"), &response));
  }

  absl::Status Follow(const std::string& position, absl::Duration limit = absl::Seconds(10)) {
    grpc::ClientContext context;
    Prepare(context, position, limit, "");
    auto reader = stub_->Follow(&context, Request("x"));
    EchoResponse response;
    int count = 0;
    while (reader->Read(&response)) ++count;
    const absl::Status status = FromGrpcStatus(reader->Finish());
    EXPECT_EQ(count, status.ok() ? 1 : 0);
    return status;
  }

  std::atomic<int64_t> head_ = 10;
  std::atomic<int> looks_ = 0;
  std::atomic<bool> broken_ = false;
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<EchoStub> stub_;
};

TEST_F(PositionTest, WhatIsIncludedIsAnsweredAtOnceAndWhoDoesNotAskIsNotHeldUp) {
  Start();
  EXPECT_THAT(Ask(""), IsOk());
  EXPECT_THAT(Ask("0"), IsOk());
  EXPECT_EQ(looks_, 0);
  EXPECT_THAT(Ask("10"), IsOk());
  EXPECT_THAT(Follow("10"), IsOk());
  EXPECT_EQ(looks_, 2);
}

TEST_F(PositionTest, WhatIsNotIncludedYetIsWaitedForWithoutAWorker) {
  Start();
  std::vector<std::thread> waiting;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 20; ++i) {
    waiting.emplace_back([this, i, &answered] {
      EXPECT_THAT(i % 2 == 0 ? Ask("11") : Follow("11"), IsOk());
      ++answered;
    });
  }
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_EQ(answered, 0);
  // The only worker is free.
  EXPECT_THAT(Ask(""), IsOk());
  head_ = 11;
  for (std::thread& thread : waiting) thread.join();
  EXPECT_EQ(answered, 20);
}

TEST_F(PositionTest, WhatDoesNotComeIsToldBeforeTheDeadline) {
  Start();
  EXPECT_THAT(Ask("11", absl::Milliseconds(400)),
              StatusIs(StatusCode::kUnavailable, "POSITION_NOT_REACHED"));
  EXPECT_THAT(Follow("11", absl::Milliseconds(400)),
              StatusIs(StatusCode::kUnavailable, "POSITION_NOT_REACHED"));
  EXPECT_LT(looks_, 40);
}

TEST_F(PositionTest, AChannelThatRepeatsCallsDoesNotRepeatThatOne) {
  Start();
  grpc::ClientContext context;
  Prepare(context, "11", absl::Milliseconds(400), "");
  EchoResponse response;
  EXPECT_EQ(stub_->Echo(&context, Request("x"), &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto found = metadata.find("grpc-retry-pushback-ms");
  ASSERT_NE(found, metadata.end());
  EXPECT_EQ(std::string(found->second.data(), found->second.size()), "-1");
}

TEST_F(PositionTest, CallsThatWaitAreBoundedAndLeaveNothingBehind) {
  Start();
  std::vector<std::thread> waiting;
  std::atomic<int> refused = 0, late = 0;
  for (int i = 0; i < 300; ++i) {
    waiting.emplace_back([&] {
      const absl::Status status = Ask("11", absl::Seconds(2));
      if (absl::IsResourceExhausted(status)) ++refused;
      if (ErrorReason(status) == "POSITION_NOT_REACHED") ++late;
    });
  }
  for (std::thread& thread : waiting) thread.join();
  EXPECT_GT(refused, 0);
  EXPECT_GT(late, 0);
  head_ = 11;
  EXPECT_THAT(Ask("11"), IsOk());
}

TEST_F(PositionTest, WhatIsNoPositionIsRefused) {
  Start();
  for (const char* wrong : {"-1", "abc", "99999999999999999999", "1.5"}) {
    EXPECT_THAT(Ask(wrong), StatusIs(StatusCode::kInvalidArgument, "MALFORMED")) << wrong;
    EXPECT_THAT(Follow(wrong), StatusIs(StatusCode::kInvalidArgument, "MALFORMED")) << wrong;
  }
  EXPECT_EQ(looks_, 0);
}

TEST_F(PositionTest, WithoutALedgerThereIsNothingToWaitFor) {
  Start(/*gate=*/false);
  EXPECT_THAT(Ask("1"), StatusIs(StatusCode::kInvalidArgument, "NO_LEDGER"));
  EXPECT_THAT(Ask(""), IsOk());
}

TEST_F(PositionTest, AStrangerMakesTheServiceLookAtNothing) {
  Start();
  grpc::ClientContext context;
  Prepare(context, "10", absl::Seconds(10), "");
  EchoResponse response;
  EXPECT_THAT(FromGrpcStatus(stub_->EchoMember(&context, Request("x"), &response)),
              StatusIs(StatusCode::kUnauthenticated));
  EXPECT_EQ(looks_, 0);
}

TEST_F(PositionTest, ADatabaseThatIsAwayIsTold) {
  Start();
  broken_ = true;
  EXPECT_THAT(Ask("10"), StatusIs(StatusCode::kUnavailable));
}

}  // namespace
}  // namespace phoihop::rpc
