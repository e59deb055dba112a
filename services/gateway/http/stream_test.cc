// Streams from a service through the gateway's gRPC server.
#include <future>
#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "phoihop/reporting/v1/reporting.grpc.pb.h"
#include "services/gateway/http/testing_streams.h"

namespace phoihop::gateway {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

using StreamTest = StreamsFixture;

TEST_F(StreamTest, MessagesArriveInOrderWithAnotherTokenThenTheEnd) {
  Watch watch(*stub_, "");
  for (const int64_t position : {11, 12, 13}) EXPECT_EQ(watch.Next(), position);
  EXPECT_EQ(watch.epoch, "Bearer exchanged:members/lan");
  EXPECT_THAT(watch.End(), IsOk());
}

TEST_F(StreamTest, TheServicesErrorKeepsItsDetails) {
  EXPECT_THAT(Watch(*stub_, "refused").End(),
              StatusIs(absl::StatusCode::kPermissionDenied, "PERMISSION_MISSING"));
  Watch watch(*stub_, "expired");
  const absl::Status end = watch.End();
  EXPECT_EQ(end, Precondition("POSITION_EXPIRED", {"List again.", "Hãy tải lại."}, "due"));
}

TEST_F(StreamTest, AMessageComesThroughWhileTheStreamStaysOpen) {
  Watch watch(*stub_, "open");
  for (const int64_t position : {11, 12, 13}) EXPECT_EQ(watch.Next(), position);
  EXPECT_EQ(due_.open, 1);
}

TEST_F(StreamTest, AClientThatDoesNotReadStopsTheServiceAndNobodyElse) {
  Watch slow(*stub_, "large");
  Watch also_slow(*stub_, "large", "members/tu");
  ASSERT_TRUE(Eventually([&] { return due_.open == 2; }));
  absl::SleepFor(absl::Milliseconds(300));
  // Within one process there is no buffer but the gateway's.
  const int before = due_.sent;
  EXPECT_LT(before, 20);
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_EQ(due_.sent, before);
  // Both workers are free.
  EXPECT_THAT(Ask(), IsOk());
  Watch other(*stub_, "");
  EXPECT_THAT(other.End(), IsOk());
  for (int i = 0; i < 100; ++i) ASSERT_NE(slow.Next(), 0);
  EXPECT_GT(due_.sent, 100);
}

TEST_F(StreamTest, ALeavingClientCancelsTheStreamAtTheService) {
  Watch watch(*stub_, "open");
  ASSERT_TRUE(Eventually([&] { return due_.open == 1; }));
  watch.Cancel();
  EXPECT_THAT(watch.End(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(Eventually([&] { return due_.cancelled == 1; }));
  Watch blocked(*stub_, "large");
  ASSERT_TRUE(Eventually([&] { return due_.open == 1; }));
  absl::SleepFor(absl::Milliseconds(50));
  blocked.Cancel();
  EXPECT_TRUE(Eventually([&] { return due_.open == 0; }));
}

TEST_F(StreamTest, TheClientsDeadlineEndsTheStreamEverywhere) {
  EXPECT_THAT(Watch(*stub_, "open", "members/lan", absl::Milliseconds(200)).End(),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(Eventually([&] { return due_.cancelled == 1; }));
}

TEST_F(StreamTest, ATokenThatIsAcceptedNoMoreEndsItsStreams) {
  Watch watch(*stub_, "open");
  for (const int64_t position : {11, 12, 13}) ASSERT_EQ(watch.Next(), position);
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_EQ(due_.open, 1);
  tokens_->revoked = true;
  EXPECT_THAT(watch.End(), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED"));
  EXPECT_TRUE(Eventually([&] { return due_.cancelled == 1; }));
}

TEST_F(StreamTest, ACallerHasSoManyStreamsAndNoMore) {
  std::vector<std::unique_ptr<Watch>> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(std::make_unique<Watch>(*stub_, "open"));
    ASSERT_EQ(open.back()->Next(), 11);
  }
  const absl::Status refused = Watch(*stub_, "open").End();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted, "CALLER_STREAMS"));
  EXPECT_TRUE(RetryDelay(refused).has_value());
  EXPECT_THAT(Ask("members/lan"), IsOk());
  EXPECT_EQ(Watch(*stub_, "open", "members/tu").Next(), 11);
  open.pop_back();
  EXPECT_TRUE(Eventually([&] { return Watch(*stub_, "open").Next() == 11; }));
}

TEST_F(StreamTest, WhatIsInternalOrWithoutATokenIsRefused) {
  EXPECT_THAT(Watch(*stub_, "", "nobody").End(), StatusIs(absl::StatusCode::kUnauthenticated));
  const auto reporting = reporting::v1::ReportingService::NewStub(gateway_->channel());
  for (const char* const caller : {"members/lan", "services/ctl"}) {
    grpc::ClientContext context;
    rpc::Prepare(testing::As(caller), context);
    const auto reader = reporting->RebuildProjection(&context, {});
    reporting::v1::RebuildProgress progress;
    EXPECT_FALSE(reader->Read(&progress));
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
  // The contract names no service that may watch.
  EXPECT_THAT(Watch(*stub_, "", "services/ctl").End(),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(due_.sent, 0);
}

TEST_F(StreamTest, TheEndOfTheGatewayIsTold) {
  Watch watch(*stub_, "open");
  for (const int64_t position : {11, 12, 13}) ASSERT_EQ(watch.Next(), position);
  // Within one process the end reaches only who is reading.
  std::future<absl::Status> end = std::async(std::launch::async, [&] { return watch.End(); });
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_TRUE(gateway_->server().Drain(absl::Seconds(5)));
  EXPECT_THAT(end.get(), StatusIs(absl::StatusCode::kUnavailable, "STOPPING"));
  EXPECT_TRUE(Eventually([&] { return due_.cancelled == 1; }));
}

TEST_F(StreamTest, TheEndOfTheServiceIsTold) {
  Watch watch(*stub_, "open");
  ASSERT_EQ(watch.Next(), 11);
  service_->Shutdown(absl::ToChronoTime(absl::Now()));
  EXPECT_THAT(watch.End(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace phoihop::gateway
