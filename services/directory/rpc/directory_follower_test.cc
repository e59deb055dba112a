// The follower that other services run, against a real directory.
#include "common/access/directory_follower.h"

#include <atomic>
#include <functional>

#include "services/directory/rpc/service_fixture.h"

namespace phoihop::directory {
namespace {

constexpr char kRead[] = "opinions.petition.read";

class FollowerTest : public DirectoryTest {
 protected:
  void StartFollower(std::shared_ptr<grpc::Channel> channel) {
    access::DirectoryFollower::Options options;
    options.channel = std::move(channel);
    options.bearer = [] { return "services/opinions"; };
    options.clock = &follower_clock_;
    follower_ = access::DirectoryFollower::Start(std::move(options));
  }
  void TearDown() override {
    follower_.reset();
    DirectoryTest::TearDown();
  }
  static absl::Time Soon() { return absl::Now() + absl::Seconds(30); }

  // Whether the condition comes true in time.
  static bool Eventually(const std::function<bool()>& condition) {
    const absl::Time limit = Soon();
    while (!condition()) {
      if (absl::Now() > limit) return false;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return true;
  }
  bool Holds(const std::string& member) {
    const auto snapshot = follower_->Get();
    return snapshot.ok() && snapshot->grants->Has({access::Caller::kMember, member, "", ""}, kRead);
  }

  FakeClock follower_clock_;
  std::unique_ptr<access::DirectoryFollower> follower_;
};

TEST_F(FollowerTest, FirstSnapshotHasTreeAndGrants) {
  ImportBoth();
  const std::string member = NewMember();
  Give(member, v1::Grant::VIEWER, Unit("92", kReform));
  StartFollower(channel_);
  ASSERT_TRUE(follower_->WaitUntilReady(Soon()));
  const auto snapshot = follower_->Get();
  ASSERT_THAT(snapshot, IsOk());
  EXPECT_EQ(snapshot->tree->version(), 2);
  const auto today = absl::CivilDay(2026, 1, 1);
  const int64_t commune = *snapshot->tree->Resolve("31120", today);
  EXPECT_TRUE(snapshot->grants->Allows({access::Caller::kMember, member, "", ""}, kRead, commune,
                                       today, *snapshot->tree));
}

TEST_F(FollowerTest, GrantsAndRevocationsArriveByTheFeed) {
  StartFollower(channel_);
  ASSERT_TRUE(follower_->WaitUntilReady(Soon()));
  const std::string member = NewMember();
  const v1::Grant grant = Give(member, v1::Grant::VIEWER, "units/1");
  EXPECT_TRUE(Eventually([&] { return Holds(member); }));
  const absl::Time revoked = absl::Now();
  ASSERT_THAT(Revoke(grant.name()), IsOk());
  EXPECT_TRUE(Eventually([&] { return !Holds(member); }));
  RecordProperty("revoked_after_ms", absl::ToInt64Milliseconds(absl::Now() - revoked));
}

TEST_F(FollowerTest, ChangedUnitsBringTheTreeAnew) {
  StartFollower(channel_);
  ASSERT_TRUE(follower_->WaitUntilReady(Soon()));
  EXPECT_EQ(follower_->Get()->tree->version(), 0);
  ImportBoth();
  EXPECT_TRUE(follower_->WaitForPosition(static_cast<int64_t>(Ledger().size()), Soon()));
  EXPECT_EQ(follower_->Get()->tree->version(), 2);
  EXPECT_FALSE(follower_->WaitForPosition(1000, absl::Now() + absl::Milliseconds(20)));
}

TEST_F(FollowerTest, SilentDirectoryIsTrustedForAWhileOnly) {
  StartFollower(channel_);
  ASSERT_TRUE(follower_->WaitUntilReady(Soon()));
  // Fresh by heartbeats, however long it takes.
  follower_clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(Eventually([&] { return follower_->Get().ok(); }));
  server_->Drain(absl::Seconds(5));
  follower_clock_.Advance(absl::Seconds(59));
  EXPECT_THAT(follower_->Get(), IsOk());
  follower_clock_.Advance(absl::Seconds(2));
  EXPECT_THAT(follower_->Get(), StatusIs(absl::StatusCode::kUnavailable, "DIRECTORY_STALE"));
}

TEST_F(FollowerTest, DirectoryMayComeLater) {
  // A port on which nothing listens yet.
  rpc::ServerOptions options;
  int port = 0;
  {
    rpc::Server::Builder builder(options);
    builder.set_authenticator(std::make_shared<phoihop::testing::FakeAuthenticator>());
    service_->Register(builder);
    ledger::RegisterLedgerService(builder, *writer_, *pool_);
    port = (*builder.Start())->port();
  }
  StartFollower(rpc::Connect("127.0.0.1:" + std::to_string(port)));
  EXPECT_FALSE(follower_->WaitUntilReady(absl::Now() + absl::Milliseconds(100)));
  EXPECT_THAT(follower_->Get(), StatusIs(absl::StatusCode::kUnavailable, "DIRECTORY_UNREACHABLE"));
  options.port = port;
  rpc::Server::Builder builder(options);
  builder.set_authenticator(std::make_shared<phoihop::testing::FakeAuthenticator>());
  service_->Register(builder);
  ledger::RegisterLedgerService(builder, *writer_, *pool_);
  const auto server = builder.Start();
  ASSERT_THAT(server, IsOk());
  EXPECT_TRUE(follower_->WaitUntilReady(Soon()));
  follower_.reset();
}

TEST_F(FollowerTest, RestoredDirectoryIsTakenAnew) {
  const std::string member = NewMember();
  Give(member, v1::Grant::VIEWER, "units/1");
  StartFollower(channel_);
  ASSERT_TRUE(Eventually([&] { return Holds(member); }));
  // A restored backup: another epoch, without the grant.
  mysql::ConnectionOptions options = TestDatabase::Get().Admin();
  options.database = database_.database;
  auto admin = mysql::Connection::Open(options);
  ASSERT_THAT(admin, IsOk());
  ASSERT_THAT((*admin)->Execute("DELETE FROM access_grants"), IsOk());
  ASSERT_THAT(ledger::StartNewEpoch(**admin), IsOk());
  EXPECT_TRUE(Eventually([&] { return !Holds(member); }));
}

}  // namespace
}  // namespace phoihop::directory
