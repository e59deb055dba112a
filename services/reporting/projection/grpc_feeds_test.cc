#include "services/reporting/projection/grpc_feeds.h"

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/ledger/prepare.h"
#include "common/ledger/service.h"
#include "common/ledger/write.h"
#include "common/ledger/writer.h"
#include "common/names/names.h"
#include "common/testing/rpc.h"
#include "phoihop/opinions/v1/resources.pb.h"
#include "services/reporting/projection/live.h"
#include "services/reporting/projection/rebuild.h"
#include "services/reporting/testing/projection_fixture.h"

namespace phoihop::reporting {
namespace {

// A real ledger, served by a real server, stands for all three services.
class GrpcFeedsTest : public ProjectionFixture {
 protected:
  void SetUp() override {
    ProjectionFixture::SetUp();
    source_ = TestDatabase::Get().NewSchema();
    auto admin = mysql::Connection::Open(source_);
    ASSERT_THAT(admin, IsOk());
    source_admin_ = *std::move(admin);
    ledger::PrepareOptions prepare;
    prepare.database = source_.database;
    ASSERT_THAT(ledger::PrepareDatabase(*source_admin_, prepare), IsOk());
    auto pool = mysql::Pool::Create({.connection = source_, .size = 4});
    ASSERT_THAT(pool, IsOk());
    source_pool_ = *std::move(pool);
    Serve();
  }

  void TearDown() override {
    live_.reset();
    feeds_.reset();
    server_.reset();
    writer_.reset();
  }

  // Starts the source, and what follows it.
  void Serve() {
    ledger::Writer::Options options;
    options.connection = source_;
    options.service = "opinions";
    auto writer = ledger::Writer::Start(options);
    ASSERT_THAT(writer, IsOk());
    writer_ = *std::move(writer);
    server_ = std::make_unique<testing::TestServer>([this](rpc::Server::Builder& builder) {
      ledger::RegisterLedgerService(builder, *writer_, *source_pool_,
                                    {.heartbeat = absl::Milliseconds(50)});
    });
    std::map<std::string, std::shared_ptr<grpc::Channel>> channels;
    for (const std::string_view service : kServices) {
      channels[std::string(service)] = server_->channel();
    }
    feeds_ = std::make_unique<GrpcFeeds>(std::move(channels),
                                         [] { return std::string("services/reporting"); });
    auto live = LiveProjection::Start(*store_, *feeds_, Soon());
    ASSERT_THAT(live, IsOk());
    live_ = *std::move(live);
  }

  void Commit(const std::string& id, int64_t revision, const std::string& resolved = "") {
    opinions::v1::Petition petition;
    petition.set_name("petitions/" + id);
    petition.set_unit(UnitName(access::kAnThoi));
    petition.set_kind(opinions::v1::Petition::COMPLAINT);
    petition.set_received_date("2023-09-05");
    petition.set_resolved_date(resolved);
    ledger::Command command;
    command.roots = {petition.name()};
    command.method = "test/Test";
    command.actor = {"members/m1", ""};
    command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
      tx.Note(ledger::MakeChange(petition, petition.name(), revision, absl::CivilDay(2023, 9, 5),
                                 petition.unit()));
      return std::string("done");
    };
    ASSERT_THAT(writer_->Commit(std::move(command)), IsOk());
  }

  Figures::Part Complaints() {
    const absl::CivilDay end(2023, 12, 31);
    return Count({Segment{access::kAnThoi, {absl::CivilDay(2023, 1, 1), end}, -1, {}}}, end)[0]
        .complaints;
  }

  mysql::ConnectionOptions source_;
  std::unique_ptr<mysql::Connection> source_admin_;
  std::unique_ptr<mysql::Pool> source_pool_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<testing::TestServer> server_;
  std::unique_ptr<GrpcFeeds> feeds_;
  std::unique_ptr<LiveProjection> live_;
};

TEST_F(GrpcFeedsTest, WhatIsCommittedIsCounted) {
  for (int i = 0; i < 30; ++i) Commit(absl::StrCat("p", i), 1);
  Commit("p3", 2, "2023-10-01");
  ASSERT_THAT(live_->WaitForHeads(Soon()), IsOk());
  EXPECT_EQ(Complaints(), (Figures::Part{1, 30}));
  Commit("p4", 2, "2023-10-02");
  ASSERT_THAT(live_->WaitForHeads(Soon()), IsOk());
  EXPECT_EQ(Complaints(), (Figures::Part{2, 30}));
  for (const LiveProjection::Feed& feed : live_->feeds()) {
    EXPECT_TRUE(feed.connected);
    // What is of no interest still moves the position.
    EXPECT_EQ(feed.position.position, 32);
  }
}

TEST_F(GrpcFeedsTest, SourceThatWasRestartedIsFollowedOn) {
  Commit("p1", 1);
  ASSERT_THAT(live_->WaitForHeads(Soon()), IsOk());
  TearDown();
  Serve();
  Commit("p2", 1);
  ASSERT_THAT(live_->WaitForHeads(Soon()), IsOk());
  EXPECT_EQ(Complaints(), (Figures::Part{0, 2}));
}

TEST_F(GrpcFeedsTest, RestoredSourceIsCountedFromItsBeginning) {
  Commit("p1", 1);
  Commit("p2", 1);
  ASSERT_THAT(live_->WaitForHeads(Soon()), IsOk());
  TearDown();
  ASSERT_THAT(ledger::StartNewEpoch(*source_admin_), IsOk());
  Serve();
  Commit("p3", 1);
  ASSERT_THAT(live_->WaitForHeads(Soon()), IsOk());
  EXPECT_EQ(Complaints(), (Figures::Part{0, 3}));
}

TEST_F(GrpcFeedsTest, RecountFollowsTheSameFeeds) {
  for (int i = 0; i < 120; ++i) Commit(absl::StrCat("p", i), 1);
  ASSERT_THAT(live_->WaitForHeads(Soon()), IsOk());
  auto rebuild = Rebuild::Start(*store_, *feeds_, "r1", {});
  ASSERT_THAT(rebuild, IsOk());
  for (int i = 0; i < 3000 && !(*rebuild)->progress().finished; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  const Rebuild::Progress progress = (*rebuild)->progress();
  ASSERT_TRUE(progress.finished);
  ASSERT_THAT(progress.status, IsOk());
  EXPECT_TRUE(progress.comparison.equal);
  Commit("p1", 2, "2023-10-01");
  ASSERT_THAT(live_->WaitForHeads(Soon()), IsOk());
  EXPECT_EQ(Complaints(), (Figures::Part{1, 120}));
}

}  // namespace
}  // namespace phoihop::reporting
