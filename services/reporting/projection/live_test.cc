#include "services/reporting/projection/live.h"

#include "common/lease/holder.h"
#include "services/reporting/testing/fake_feeds.h"
#include "services/reporting/testing/projection_fixture.h"

namespace phoihop::reporting {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;

class LiveProjectionTest : public ProjectionFixture {
 protected:
  void SetUp() override {
    ProjectionFixture::SetUp();
    ASSERT_THAT(lease::Migrate(*admin_), IsOk());
  }

  std::unique_ptr<lease::Holder> NewHolder() {
    lease::Holder::Options options;
    options.connection = database_;
    options.name = "upkeep";
    options.look = absl::Milliseconds(20);
    auto holder = lease::Holder::Start(std::move(options));
    EXPECT_THAT(holder, IsOk());
    return *std::move(holder);
  }

  std::unique_ptr<LiveProjection> Start(const lease::Holder* lease = nullptr) {
    auto live = LiveProjection::Start(*store_, feeds_, Soon(), lease);
    EXPECT_THAT(live, IsOk());
    return *std::move(live);
  }

  void Append(int opinions, int agreements) {
    for (int i = 0; i < opinions; ++i) feeds_.Append(kOpinions, records_.NextOpinion());
    for (int i = 0; i < agreements; ++i) feeds_.Append(kAgreements, records_.NextAgreement());
  }

  FakeFeeds feeds_;
  RandomRecords records_{*tree_, kYears, 3};
};

TEST_F(LiveProjectionTest, FollowsAllFeeds) {
  Append(400, 40);
  const auto live = Start();
  ASSERT_THAT(live->WaitForHeads(Soon()),
              IsOkAndHolds(ElementsAre(SourcePosition{"agreements", "e1", 40},
                                       SourcePosition{"directory", "e1", 0},
                                       SourcePosition{"opinions", "e1", 400})));
  ExpectCountsEqual(records_, 20);
  Append(1, 0);
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  ExpectCountsEqual(records_, 5);
  EXPECT_THAT(live->feeds(), Each(Field(&LiveProjection::Feed::connected, true)));
  EXPECT_EQ(live->feeds()[2].head_position, 401);
}

TEST_F(LiveProjectionTest, RestartGoesOnWhereItWas) {
  for (int round = 0; round < 5; ++round) {
    Append(150, 20);
    const auto live = Start();
    // Ended in the middle of it, except the last time.
    if (round == 4) {
      ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
    } else {
      absl::SleepFor(absl::Milliseconds(round * 5));
    }
  }
  ExpectCountsEqual(records_, 30);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_positions"), 3);
}

TEST_F(LiveProjectionTest, SeveralProcessesOnOneDatabaseCountOnce) {
  const auto first = Start();
  const auto second = Start();
  for (int round = 0; round < 5; ++round) {
    Append(100, 10);
    ASSERT_THAT(first->WaitForHeads(Soon()), IsOk());
    ASSERT_THAT(second->WaitForHeads(Soon()), IsOk());
    ExpectCountsEqual(records_, 6);
  }
}

TEST_F(LiveProjectionTest, OneReplicaFollowsAndTheOthersSeeHowFarItIs) {
  auto first_lease = NewHolder();
  const auto second_lease = NewHolder();
  auto first = Start(first_lease.get());
  const auto second = Start(second_lease.get());
  Append(300, 30);
  ASSERT_THAT(first->WaitForHeads(Soon()), IsOk());
  ASSERT_THAT(second->WaitForHeads(Soon()), IsOk());
  ExpectCountsEqual(records_, 10);
  EXPECT_EQ(second->feeds()[2].position, (SourcePosition{"opinions", "e1", 300}));
  EXPECT_THAT(second->feeds(), Each(Field(&LiveProjection::Feed::connected, true)));
  // Nobody follows while nobody has the lease; then the second does.
  first.reset();
  Append(20, 5);
  EXPECT_THAT(second->WaitForHeads(absl::Now() + absl::Milliseconds(300)),
              StatusIs(absl::StatusCode::kUnavailable, "PROJECTION_BEHIND"));
  first_lease.reset();
  ASSERT_THAT(second->WaitForHeads(Soon()), IsOk());
  ExpectCountsEqual(records_, 10);
}

TEST_F(LiveProjectionTest, AReplicaThatHasLostTheLeaseCannotMoveTheCursor) {
  auto lease = NewHolder();
  const lease::Fence old = *lease->fence();
  Append(50, 0);
  {
    const auto live = Start(lease.get());
    ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  }
  // Another one takes it while this one is frozen with a batch in its hands.
  ASSERT_THAT(admin_->Execute("UPDATE lease SET holder = 'another', token = token + 1"), IsOk());
  FeedBatch batch{"e1", 50, 51, {{51, records_.NextOpinion()}}, 51};
  EXPECT_THAT(store_->Apply(kOpinions, batch, Soon(), old),
              StatusIs(absl::StatusCode::kFailedPrecondition, "LEASE_LOST"));
  EXPECT_THAT(store_->StartOver(kOpinions, "e2", Soon(), old),
              StatusIs(absl::StatusCode::kFailedPrecondition, "LEASE_LOST"));
  EXPECT_EQ(Number("SELECT position FROM projection_positions WHERE service = 'opinions'"), 50);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_positions"), 3);
}

TEST_F(LiveProjectionTest, OtherEpochIsCountedFromItsBeginning) {
  Append(200, 20);
  const auto live = Start();
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  // Everything that opinions had is gone, and other records come.
  feeds_.Restore(kOpinions, 0);
  RandomRecords others(*tree_, kYears, 4);
  for (int i = 0; i < 150; ++i) feeds_.Append(kOpinions, others.NextOpinion());
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  ExpectCountsEqual(others, 20);
  EXPECT_EQ(live->feeds()[2].position, (SourcePosition{"opinions", "e1'", 150}));
  EXPECT_EQ(live->feeds()[0].position, (SourcePosition{"agreements", "e1", 20}));
  // What was left behind is deleted in the background.
  for (int i = 0; i < 500 && Number("SELECT COUNT(*) FROM projection_positions") > 3; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_petitions WHERE generation = 1"), 0);
}

TEST_F(LiveProjectionTest, DatabaseThatWasSetBackIsFilledAgain) {
  Append(200, 0);
  const auto live = Start();
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  // As if the reporting database were restored from an older backup under the process.
  ASSERT_THAT(admin_->Execute("UPDATE projection_positions SET position = 50 "
                              "WHERE service = 'opinions'"),
              IsOk());
  Append(10, 0);
  for (int i = 0; i < 500; ++i) {
    if (Number("SELECT position FROM projection_positions WHERE service = 'opinions'") == 210)
      break;
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(Number("SELECT position FROM projection_positions WHERE service = 'opinions'"), 210);
  ExpectCountsEqual(records_, 10);
}

TEST_F(LiveProjectionTest, SourceThatIsDownOrBehindIsToldInTime) {
  const auto live = Start();
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  feeds_.SetDown(kAgreements, true);
  EXPECT_THAT(live->WaitForHeads(absl::Now() + absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kUnavailable, "PROJECTION_BEHIND"));
  feeds_.SetDown(kAgreements, false);
  feeds_.SetDelay(absl::Milliseconds(300));
  Append(5, 0);
  const absl::Time start = absl::Now();
  EXPECT_THAT(live->WaitForHeads(start + absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kUnavailable, "PROJECTION_BEHIND"));
  EXPECT_THAT(live->WaitForHeads(Soon()), IsOk());
}

}  // namespace
}  // namespace phoihop::reporting
