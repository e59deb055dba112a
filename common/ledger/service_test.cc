#include "common/ledger/service.h"

#include <memory>
#include <string>
#include <vector>

#include "common/ledger/ledger_fixture.h"
#include "common/rpc/client.h"
#include "common/testing/rpc.h"
#include "phoihop/ledger/v1/ledger.grpc.pb.h"

namespace phoihop::ledger {
namespace {

using Stub = v1::LedgerService::Stub;
using phoihop::testing::As;

class ServiceTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    signer_ = NewEd25519Signer("k1", std::string(32, 's')).value();
    options_.signer = signer_.get();
    options_.checkpoint_interval = absl::Milliseconds(20);
    writer_ = NewWriter();
    service_.heartbeat = absl::Milliseconds(150);
    server_ = std::make_unique<phoihop::testing::TestServer>([this](rpc::Server::Builder& builder) {
      RegisterLedgerService(builder, *writer_, *pool_, service_);
    });
    stub_ = v1::LedgerService::NewStub(server_->channel());
  }
  void TearDown() override {
    server_.reset();
    writer_.reset();
  }

  void CreateSome(int count, const std::string& prefix = "c") {
    for (int i = 0; i < count; ++i) {
      ASSERT_THAT(writer_->Commit(CreateCommand(absl::StrCat(prefix, i))), IsOk());
    }
  }

  // An open stream as the directory's follower would have it.
  struct Feed {
    Feed(Stub& stub, const v1::FollowRequest& request) {
      context.AddMetadata("authorization", "Bearer services/reporting");
      context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
      reader = stub.Follow(&context, request);
    }
    ~Feed() {
      context.TryCancel();
      if (!ended) reader->Finish();
    }
    v1::FollowResponse Next() {
      v1::FollowResponse response;
      EXPECT_TRUE(reader->Read(&response));
      return response;
    }
    absl::Status End() {
      v1::FollowResponse response;
      while (reader->Read(&response)) {
      }
      ended = true;
      return rpc::FromGrpcStatus(reader->Finish());
    }
    bool ended = false;
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::FollowResponse>> reader;
  };

  LedgerServiceOptions service_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<phoihop::testing::TestServer> server_;
  std::unique_ptr<Stub> stub_;
};

TEST_F(ServiceTest, HeadAndPagesOfRecordsAreRead) {
  CreateSome(5);
  const auto head = rpc::Call(*stub_, &Stub::GetHead, {}, As("services/reporting"));
  ASSERT_THAT(head, IsOk());
  EXPECT_EQ(head->position(), 5);
  EXPECT_EQ(head->hash(), writer_->head().hash);
  v1::ListRecordsRequest request;
  request.set_after_position(1);
  request.set_page_size(3);
  const auto page = rpc::Call(*stub_, &Stub::ListRecords, request, As("services/ctl"));
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->records_size(), 3);
  EXPECT_EQ(page->head().position(), 5);
  const v1::Record& record = page->records(0);
  EXPECT_EQ(record.position(), 2);
  EXPECT_EQ(record.actor(), "members/m1");
  EXPECT_EQ(record.effective_date(), "2023-10-24");
  EXPECT_EQ(record.resource(), "counters/c1");
  EXPECT_EQ(record.payload(), "c1=0");
  EXPECT_FALSE(record.redacted());
  const auto stored = AllRecords();
  EXPECT_EQ(record.record_time().seconds() * 1000000 + record.record_time().nanos() / 1000,
            absl::ToUnixMicros(stored[1].record_time));
  request.set_page_size(-1);
  EXPECT_THAT(rpc::Call(*stub_, &Stub::ListRecords, request, As("services/ctl")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ServiceTest, CheckpointsAreListed) {
  CreateSome(1);
  const absl::Time limit = Soon();
  v1::ListCheckpointsResponse response;
  while (response.checkpoints_size() == 0 && absl::Now() < limit) {
    auto listed = rpc::Call(*stub_, &Stub::ListCheckpoints, {}, As("services/ctl"));
    ASSERT_THAT(listed, IsOk());
    response = *listed;
  }
  ASSERT_EQ(response.checkpoints_size(), 1);
  EXPECT_EQ(response.checkpoints(0).service(), "test");
  EXPECT_EQ(response.checkpoints(0).key_id(), "k1");
}

TEST_F(ServiceTest, MembersMayNotReadTheLedger) {
  EXPECT_THAT(rpc::Call(*stub_, &Stub::GetHead, {}, As("members/lan")),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(ServiceTest, FollowerGetsWhatIsThereThenWhatComesAtOnce) {
  CreateSome(3);
  v1::FollowRequest request;
  request.set_after_position(1);
  Feed feed(*stub_, request);
  const v1::FollowResponse first = feed.Next();
  ASSERT_EQ(first.records_size(), 2);
  EXPECT_EQ(first.records(0).position(), 2);
  EXPECT_EQ(first.position(), 3);
  EXPECT_EQ(first.head_position(), 3);
  EXPECT_EQ(first.epoch(), writer_->head().epoch);
  const v1::FollowResponse heartbeat = feed.Next();
  EXPECT_EQ(heartbeat.records_size(), 0);
  EXPECT_EQ(heartbeat.position(), 3);
  CreateSome(1, "more");
  v1::FollowResponse next = feed.Next();
  while (next.records_size() == 0) next = feed.Next();
  EXPECT_EQ(next.records(0).position(), 4);
}

TEST_F(ServiceTest, FirstMessageTellsTheEpochAlsoOfAnEmptyLedger) {
  Feed feed(*stub_, {});
  const v1::FollowResponse first = feed.Next();
  EXPECT_EQ(first.epoch(), writer_->head().epoch);
  EXPECT_EQ(first.position(), 0);
}

TEST_F(ServiceTest, OtherTypesMoveThePositionOnly) {
  CreateSome(2);
  v1::FollowRequest request;
  request.add_resource_types("phoihop.test.Other");
  Feed feed(*stub_, request);
  const v1::FollowResponse first = feed.Next();
  EXPECT_EQ(first.records_size(), 0);
  EXPECT_EQ(first.position(), 2);
}

TEST_F(ServiceTest, ThousandsOfRecordsComeInOrderWithoutAGap) {
  Command command = NewCommand("many", "r1");
  command.run = [](Transaction& tx) -> absl::StatusOr<std::string> {
    for (int i = 0; i < 1700; ++i) tx.Note(ChangeOf("many", i + 1, i));
    return std::string();
  };
  ASSERT_THAT(writer_->Commit(std::move(command)), IsOk());
  Feed feed(*stub_, {});
  int64_t position = 0;
  while (position < 1700) {
    const v1::FollowResponse response = feed.Next();
    for (const v1::Record& record : response.records()) ASSERT_EQ(record.position(), ++position);
    ASSERT_EQ(response.position(), position);
  }
}

TEST_F(ServiceTest, CommitsOfAnotherProcessAreFedWithinThePollInterval) {
  auto other = NewWriter();
  service_.heartbeat = absl::Seconds(10);
  Feed feed(*stub_, {});
  feed.Next();
  ASSERT_THAT(other->Commit(CreateCommand("x")), IsOk());
  v1::FollowResponse next = feed.Next();
  while (next.records_size() == 0) next = feed.Next();
  EXPECT_EQ(next.records(0).resource(), "counters/x");
}

TEST_F(ServiceTest, OtherEpochOrAPositionBeyondTheHeadStartsOver) {
  CreateSome(1);
  v1::FollowRequest request;
  request.set_epoch("another");
  EXPECT_THAT(Feed(*stub_, request).End(),
              StatusIs(absl::StatusCode::kFailedPrecondition, "FEED_EPOCH_CHANGED"));
  request.set_epoch(writer_->head().epoch);
  request.set_after_position(2);
  EXPECT_THAT(Feed(*stub_, request).End(),
              StatusIs(absl::StatusCode::kFailedPrecondition, "FEED_EPOCH_CHANGED"));
  request.set_after_position(-1);
  EXPECT_THAT(Feed(*stub_, request).End(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ServiceTest, EpochThatChangesEndsTheStream) {
  CreateSome(1);
  Feed feed(*stub_, {});
  feed.Next();
  ASSERT_THAT(StartNewEpoch(*admin_), IsOk());
  EXPECT_THAT(feed.End(), StatusIs(absl::StatusCode::kFailedPrecondition, "FEED_EPOCH_CHANGED"));
}

}  // namespace
}  // namespace phoihop::ledger
