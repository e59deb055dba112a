// Two replicas of one service on one database: what one has written the other one shows.
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/ledger/ledger_fixture.h"
#include "common/ledger/service.h"
#include "common/rpc/client.h"
#include "common/testing/rpc.h"
#include "phoihop/ledger/v1/ledger.grpc.pb.h"

namespace phoihop::ledger {
namespace {

using Stub = v1::LedgerService::Stub;

class ReplicasTest : public LedgerFixture {
 protected:
  struct Replica {
    std::unique_ptr<mysql::Pool> pool;
    std::unique_ptr<Writer> writer;
    std::unique_ptr<phoihop::testing::TestServer> server;
    std::unique_ptr<Stub> stub;
  };

  void SetUp() override {
    LedgerFixture::SetUp();
    for (Replica* replica : {&one_, &other_}) {
      replica->writer = NewWriter();
      mysql::Pool::Options pool;
      pool.connection = options_.connection;
      replica->pool = mysql::Pool::Create(pool).value();
      replica->server =
          std::make_unique<phoihop::testing::TestServer>([replica](rpc::Server::Builder& builder) {
            RegisterLedgerService(builder, *replica->writer, *replica->pool);
            builder.set_position_gate([replica](int64_t position, absl::Time deadline) {
              return IncludesPosition(*replica->pool, position, deadline);
            });
          });
      replica->stub = v1::LedgerService::NewStub(replica->server->channel());
    }
  }
  void TearDown() override {
    for (Replica* replica : {&one_, &other_}) {
      replica->server.reset();
      replica->writer.reset();
    }
  }

  // The head as the replica shows it to one who has seen a position.
  static absl::StatusOr<int64_t> HeadAfter(Replica& replica, int64_t position,
                                           absl::Duration limit = absl::Seconds(10)) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer services/ctl");
    context.AddMetadata("phoihop-min-position", absl::StrCat(position));
    context.set_deadline(absl::ToChronoTime(absl::Now() + limit));
    v1::Head head;
    const grpc::Status status = replica.stub->GetHead(&context, {}, &head);
    if (!status.ok()) return rpc::FromGrpcStatus(status);
    return head.position();
  }

  Replica one_, other_;
};

TEST_F(ReplicasTest, WhatOneHasWrittenTheOtherOneShowsToWhoeverAsksForItsPosition) {
  for (int i = 0; i < 50; ++i) {
    Replica& writes = i % 2 == 0 ? one_ : other_;
    Replica& reads = i % 2 == 0 ? other_ : one_;
    const auto committed = writes.writer->Commit(CreateCommand(absl::StrCat("c", i)));
    ASSERT_THAT(committed, IsOk());
    const auto seen = HeadAfter(reads, committed->position);
    ASSERT_THAT(seen, IsOk());
    EXPECT_GE(*seen, committed->position);
  }
}

TEST_F(ReplicasTest, APositionThatIsStillToComeIsWaitedForUntilTheOtherReplicaHasIt) {
  ASSERT_THAT(one_.writer->Commit(CreateCommand("a")), IsOk());
  std::thread later([this] {
    absl::SleepFor(absl::Milliseconds(200));
    EXPECT_THAT(one_.writer->Commit(CreateCommand("b")), IsOk());
  });
  EXPECT_THAT(HeadAfter(other_, 2), IsOkAndHolds(2));
  later.join();
  EXPECT_THAT(HeadAfter(other_, 3, absl::Milliseconds(400)),
              StatusIs(absl::StatusCode::kUnavailable, "POSITION_NOT_REACHED"));
}

TEST_F(ReplicasTest, OneRequestIdAtBothAtOnceIsOneRowAndTwoEqualAnswers) {
  for (int i = 0; i < 20; ++i) {
    const std::string id = absl::StrCat("double", i);
    absl::StatusOr<Committed> first, second;
    std::thread other([&] { second = other_.writer->Commit(CreateCommand(id, "r-" + id)); });
    first = one_.writer->Commit(CreateCommand(id, "r-" + id));
    other.join();
    ASSERT_THAT(first, IsOk());
    ASSERT_THAT(second, IsOk());
    EXPECT_EQ(first->response, second->response);
    EXPECT_EQ(first->position, second->position);
    EXPECT_NE(first->replayed, second->replayed);
  }
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 20);
  EXPECT_FALSE(Verify().finding.has_value());
}

}  // namespace
}  // namespace phoihop::ledger
