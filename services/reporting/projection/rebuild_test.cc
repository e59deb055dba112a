#include "services/reporting/projection/rebuild.h"

#include <thread>

#include "services/reporting/projection/live.h"
#include "services/reporting/testing/fake_feeds.h"
#include "services/reporting/testing/projection_fixture.h"

namespace phoihop::reporting {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

class RebuildTest : public ProjectionFixture {
 protected:
  void Append(int opinions, int agreements) {
    for (int i = 0; i < opinions; ++i) feeds_.Append(kOpinions, records_.NextOpinion());
    for (int i = 0; i < agreements; ++i) feeds_.Append(kAgreements, records_.NextAgreement());
  }

  std::unique_ptr<LiveProjection> StartLive() {
    auto live = LiveProjection::Start(*store_, feeds_, Soon());
    EXPECT_THAT(live, IsOk());
    return *std::move(live);
  }

  static Rebuild::Progress Await(Rebuild& rebuild) {
    for (const absl::Time end = Soon(); absl::Now() < end; absl::SleepFor(absl::Milliseconds(2))) {
      if (rebuild.progress().finished) return rebuild.progress();
    }
    ADD_FAILURE() << "the rebuild does not end";
    return rebuild.progress();
  }

  static void AwaitSomeRecords(Rebuild& rebuild) {
    const absl::Time end = Soon();
    while (rebuild.progress().records_done == 0 && absl::Now() < end) {
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  FakeFeeds feeds_;
  RandomRecords records_{*tree_, kYears, 5};
};

TEST_F(RebuildTest, RecountEqualsWhatIsInUseAndReplacesIt) {
  Append(800, 80);
  const auto live = StartLive();
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  std::atomic<int> changes = 0;
  auto rebuild = Rebuild::Start(*store_, feeds_, "r1", {.on_change = [&] { ++changes; }});
  ASSERT_THAT(rebuild, IsOk());
  const Rebuild::Progress progress = Await(**rebuild);
  ASSERT_THAT(progress.status, IsOk());
  EXPECT_TRUE(progress.comparison.equal);
  EXPECT_THAT(progress.comparison.old_digest, Not(IsEmpty()));
  EXPECT_EQ(progress.comparison.old_digest, progress.comparison.new_digest);
  EXPECT_EQ(progress.records_done, 880);
  EXPECT_EQ(progress.records_total, 880);
  EXPECT_GT(changes, 1);
  // Only the new generation is left, and it is followed.
  EXPECT_EQ(Number("SELECT COUNT(DISTINCT generation) FROM projection_petitions"), 1);
  EXPECT_EQ(Number("SELECT MIN(generation) FROM projection_petitions"), 2);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_rebuild WHERE owner = ''"), 1);
  Append(50, 5);
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  ExpectCountsEqual(records_, 20);
}

TEST_F(RebuildTest, NothingIsLostWhileRecordsKeepArriving) {
  Append(600, 60);
  const auto live = StartLive();
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop) {
      Append(2, 1);
      absl::SleepFor(absl::Milliseconds(5));
    }
  });
  for (int round = 0; round < 3; ++round) {
    auto rebuild = Rebuild::Start(*store_, feeds_, absl::StrCat("r", round), {});
    ASSERT_THAT(rebuild, IsOk());
    const Rebuild::Progress progress = Await(**rebuild);
    EXPECT_THAT(progress.status, IsOk());
    EXPECT_TRUE(progress.comparison.equal)
        << (progress.comparison.differences.empty() ? "" : progress.comparison.differences[0]);
  }
  stop = true;
  writer.join();
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  ExpectCountsEqual(records_, 30);
}

TEST_F(RebuildTest, DriftIsToldAndMended) {
  Append(300, 30);
  const auto live = StartLive();
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  ASSERT_THAT(admin_->Execute("UPDATE projection_petition_months SET "
                              "petition_count = petition_count + 1 LIMIT 2"),
              IsOkAndHolds(2));
  auto rebuild = Rebuild::Start(*store_, feeds_, "r1", {});
  ASSERT_THAT(rebuild, IsOk());
  const Rebuild::Progress progress = Await(**rebuild);
  ASSERT_THAT(progress.status, IsOk());
  EXPECT_FALSE(progress.comparison.equal);
  EXPECT_EQ(progress.comparison.differences.size(), 2);
  EXPECT_NE(progress.comparison.old_digest, progress.comparison.new_digest);
  ExpectCountsEqual(records_, 20);
}

TEST_F(RebuildTest, OneThatIsGivenUpLeavesNothingBehind) {
  Append(500, 5);
  const auto live = StartLive();
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  {
    // It cannot end without the agreements.
    feeds_.SetDown(kAgreements, true);
    auto rebuild = Rebuild::Start(*store_, feeds_, "r1", {});
    ASSERT_THAT(rebuild, IsOk());
    EXPECT_THAT(Rebuild::Start(*store_, feeds_, "r2", {}),
                StatusIs(absl::StatusCode::kFailedPrecondition, "REBUILD_RUNNING"));
    AwaitSomeRecords(**rebuild);
  }
  feeds_.SetDown(kAgreements, false);
  live->CleanUpSoon();
  for (int i = 0; i < 500 && Number("SELECT COUNT(*) FROM projection_positions") > 3; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_positions"), 3);
  EXPECT_EQ(Number("SELECT COUNT(DISTINCT generation) FROM projection_petitions"), 1);
  ExpectCountsEqual(records_, 10);
  auto again = Rebuild::Start(*store_, feeds_, "r3", {});
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(Await(**again).status, IsOk());
}

TEST_F(RebuildTest, EpochThatChangesMeanwhileEndsIt) {
  Append(300, 5);
  const auto live = StartLive();
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  feeds_.SetDown(kAgreements, true);
  auto rebuild = Rebuild::Start(*store_, feeds_, "r1", {});
  ASSERT_THAT(rebuild, IsOk());
  AwaitSomeRecords(**rebuild);
  feeds_.Restore(kOpinions, 10);
  EXPECT_THAT(Await(**rebuild).status, StatusIs(absl::StatusCode::kAborted));
  feeds_.SetDown(kAgreements, false);
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  EXPECT_EQ(Number("SELECT SUM(petition_count) FROM projection_petition_months WHERE generation = "
                   "(SELECT generation FROM projection_current WHERE service = 'opinions')") +
                Number("SELECT COUNT(*) FROM projection_opinions WHERE generation = "
                       "(SELECT generation FROM projection_current WHERE service = 'opinions')"),
            Number("SELECT COUNT(*) FROM projection_petitions WHERE deleted = 0 AND generation = "
                   "(SELECT generation FROM projection_current WHERE service = 'opinions')") +
                Number("SELECT COUNT(*) FROM projection_opinions WHERE deleted = 0 AND generation "
                       "= (SELECT generation FROM projection_current WHERE service = 'opinions')"));
}

TEST_F(RebuildTest, WorksForEmptyFeeds) {
  const auto live = StartLive();
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  auto rebuild = Rebuild::Start(*store_, feeds_, "r1", {});
  ASSERT_THAT(rebuild, IsOk());
  EXPECT_THAT(Await(**rebuild).status, IsOk());
  Append(20, 2);
  ASSERT_THAT(live->WaitForHeads(Soon()), IsOk());
  ExpectCountsEqual(records_, 5);
}

}  // namespace
}  // namespace phoihop::reporting
