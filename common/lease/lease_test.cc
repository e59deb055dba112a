#include "common/lease/lease.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/lease/holder.h"
#include "common/mysql/error.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::lease {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

constexpr absl::Duration kTerm = absl::Seconds(2);

absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

// Stops a holder's thread where it stands, as a frozen process does.
class Freezer {
 public:
  std::function<void()> gate() {
    return [this] {
      absl::MutexLock lock(&mutex_);
      const auto open = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !frozen_; };
      waiting_ = true;
      mutex_.Await(absl::Condition(&open));
      waiting_ = false;
    };
  }
  // No round is running when it returns.
  void Freeze() {
    absl::MutexLock lock(&mutex_);
    frozen_ = true;
    mutex_.Await(absl::Condition(&waiting_));
  }
  void Thaw() {
    absl::MutexLock lock(&mutex_);
    frozen_ = false;
  }

 private:
  absl::Mutex mutex_;
  bool frozen_ ABSL_GUARDED_BY(mutex_) = false;
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;
};

class LeaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    connection_ = TestDatabase::Get().NewSchema();
    db_ = Open();
    other_ = Open();
    ASSERT_THAT(Migrate(*db_), IsOk());
    ASSERT_THAT(db_->Execute("CREATE TABLE work (id INT PRIMARY KEY, done INT NOT NULL)"), IsOk());
    ASSERT_THAT(db_->Execute("INSERT INTO work VALUES (1, 0)"), IsOk());
  }

  std::unique_ptr<mysql::Connection> Open() {
    auto opened = mysql::Connection::Open(connection_);
    EXPECT_THAT(opened, IsOk());
    return *std::move(opened);
  }

  Holder::Options Options(const std::string& name = "upkeep") {
    Holder::Options options;
    options.connection = connection_;
    options.name = name;
    options.term = kTerm;
    options.renew = absl::Milliseconds(200);
    options.look = absl::Milliseconds(50);
    return options;
  }

  std::unique_ptr<Holder> NewHolder(Holder::Options options) {
    auto holder = Holder::Start(std::move(options));
    EXPECT_THAT(holder, IsOk());
    return *std::move(holder);
  }
  std::unique_ptr<Holder> NewHolder() { return NewHolder(Options()); }

  // Scheduled work: counts once if the fence lets it.
  absl::Status Work(mysql::Connection& db, const Fence& fence) {
    if (absl::Status status = db.Begin(); !status.ok()) return status;
    absl::Status status = fence.Check(db);
    if (status.ok()) status = db.Execute("UPDATE work SET done = done + 1 WHERE id = 1").status();
    if (!status.ok()) {
      db.Rollback().IgnoreError();
      return status;
    }
    return db.Commit();
  }

  int64_t Number(const std::string& sql) {
    int64_t number = -1;
    EXPECT_THAT(db_->Query(sql, {},
                           [&](const mysql::Row& row) {
                             number = row.Int(0);
                             return absl::OkStatus();
                           }),
                IsOk());
    return number;
  }

  mysql::ConnectionOptions connection_;
  std::unique_ptr<mysql::Connection> db_, other_;
};

TEST_F(LeaseTest, OneOfSeveralHoldsItFromTheStartAndKeepsIt) {
  const auto first = NewHolder();
  ASSERT_TRUE(first->fence().has_value());
  const auto second = NewHolder();
  const auto third = NewHolder();
  const int64_t token = first->fence()->token();
  const absl::Time until = absl::Now() + kTerm + absl::Seconds(1);
  while (absl::Now() < until) {
    ASSERT_TRUE(first->fence().has_value());
    ASSERT_EQ(first->fence()->token(), token);
    ASSERT_FALSE(second->fence().has_value());
    ASSERT_FALSE(third->fence().has_value());
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_THAT(Work(*db_, *first->fence()), IsOk());
}

TEST_F(LeaseTest, LeasesOfOtherNamesAreHeldApart) {
  const auto one = NewHolder(Options("one"));
  const auto other = NewHolder(Options("other"));
  EXPECT_TRUE(one->fence().has_value());
  EXPECT_TRUE(other->fence().has_value());
}

TEST_F(LeaseTest, ACleanEndHandsItOverWithoutWaitingForTheTerm) {
  Holder::Options options = Options();
  options.term = absl::Minutes(10);
  auto first = NewHolder(options);
  const auto second = NewHolder(options);
  const Fence old = *first->fence();
  first.reset();
  ASSERT_TRUE(second->AwaitHeld(absl::Now() + absl::Seconds(10)));
  EXPECT_GT(second->fence()->token(), old.token());
  EXPECT_THAT(Work(*db_, old), StatusIs(absl::StatusCode::kFailedPrecondition, "LEASE_LOST"));
  EXPECT_EQ(Number("SELECT done FROM work"), 0);
}

TEST_F(LeaseTest, AFrozenHolderThatComesBackCannotWrite) {
  Freezer freezer;
  Holder::Options options = Options();
  options.before_round = freezer.gate();
  const auto frozen = NewHolder(options);
  const Fence old = *frozen->fence();
  freezer.Freeze();
  const auto next = NewHolder();
  EXPECT_FALSE(next->fence().has_value());
  ASSERT_TRUE(next->AwaitHeld(Soon()));
  // It does not believe any more that it holds the lease, and what it had begun is refused.
  EXPECT_FALSE(frozen->fence().has_value());
  EXPECT_THAT(Work(*db_, old), StatusIs(absl::StatusCode::kFailedPrecondition, "LEASE_LOST"));
  EXPECT_THAT(Work(*other_, *next->fence()), IsOk());
  freezer.Thaw();
  absl::SleepFor(absl::Seconds(1));
  EXPECT_FALSE(frozen->fence().has_value());
  EXPECT_TRUE(next->fence().has_value());
  EXPECT_EQ(Number("SELECT done FROM work"), 1);
}

TEST_F(LeaseTest, NobodyTakesItWhileATransactionThatShowedItsFenceIsOpen) {
  Freezer freezer;
  Holder::Options options = Options();
  options.before_round = freezer.gate();
  const auto frozen = NewHolder(options);
  freezer.Freeze();
  ASSERT_THAT(db_->Begin(), IsOk());
  ASSERT_THAT(frozen->fence()->Check(*db_), IsOk());
  const auto next = NewHolder();
  EXPECT_FALSE(next->AwaitHeld(absl::Now() + kTerm + absl::Seconds(2)));
  ASSERT_THAT(db_->Execute("UPDATE work SET done = done + 1 WHERE id = 1"), IsOk());
  ASSERT_THAT(db_->Commit(), IsOk());
  EXPECT_TRUE(next->AwaitHeld(Soon()));
  EXPECT_EQ(Number("SELECT done FROM work"), 1);
  freezer.Thaw();
}

TEST_F(LeaseTest, AfterARestoreThatTookTheTokenBackAnOldHolderIsRefusedStill) {
  const auto holder = NewHolder();
  const Fence old = *holder->fence();
  // The backup's row, and one who has taken it since: the token is the same again.
  ASSERT_THAT(db_->Execute("UPDATE lease SET holder = 'another'"), IsOk());
  EXPECT_THAT(Work(*db_, old), StatusIs(absl::StatusCode::kFailedPrecondition, "LEASE_LOST"));
}

TEST_F(LeaseTest, AHolderThatWasOnlySlowGoesOnWithItsToken) {
  Freezer freezer;
  Holder::Options options = Options();
  options.before_round = freezer.gate();
  const auto slow = NewHolder(options);
  const Fence fence = *slow->fence();
  freezer.Freeze();
  absl::SleepFor(kTerm + absl::Milliseconds(500));
  EXPECT_FALSE(slow->fence().has_value());
  // Nobody was there to take it, so what it writes is still alone.
  EXPECT_THAT(Work(*db_, fence), IsOk());
  freezer.Thaw();
  ASSERT_TRUE(slow->AwaitHeld(Soon()));
  EXPECT_EQ(slow->fence()->token(), fence.token());
}

TEST_F(LeaseTest, TheBeliefToHoldItEndsByASteadyClockAlone) {
  // A database that is away, as after a cut network.
  std::atomic<int64_t> passed = 0;
  Freezer freezer;
  Holder::Options options = Options();
  options.before_round = freezer.gate();
  options.steady = [&] { return absl::Seconds(1000 + passed.load()); };
  const auto holder = NewHolder(options);
  freezer.Freeze();
  EXPECT_TRUE(holder->fence().has_value());
  passed = 1;
  EXPECT_TRUE(holder->fence().has_value());
  passed = 2;
  EXPECT_FALSE(holder->fence().has_value());
  freezer.Thaw();
}

TEST_F(LeaseTest, ADatabaseWhoseClockWentBackKeepsNobodyWaiting) {
  // As if it had been given before the clock was set back by an hour.
  ASSERT_THAT(db_->Execute("INSERT INTO lease VALUES ('upkeep', 'dead', 7, "
                           "UTC_TIMESTAMP(6) + INTERVAL 1 HOUR)"),
              IsOk());
  const auto holder = NewHolder();
  ASSERT_TRUE(holder->fence().has_value());
  EXPECT_EQ(holder->fence()->token(), 8);
}

TEST_F(LeaseTest, ADatabaseWhoseClockWentForwardHandsItOverAndTheOldHolderIsRefused) {
  Freezer freezer;
  Holder::Options options = Options();
  options.before_round = freezer.gate();
  const auto first = NewHolder(options);
  const Fence old = *first->fence();
  freezer.Freeze();
  ASSERT_THAT(db_->Execute("UPDATE lease SET expire_time = expire_time - INTERVAL 1 HOUR"), IsOk());
  const auto second = NewHolder();
  ASSERT_TRUE(second->fence().has_value());
  // It still believes that it holds the lease; the fence knows better.
  EXPECT_TRUE(first->fence().has_value());
  EXPECT_THAT(Work(*db_, old), StatusIs(absl::StatusCode::kFailedPrecondition, "LEASE_LOST"));
  EXPECT_THAT(Work(*db_, *second->fence()), IsOk());
  freezer.Thaw();
}

TEST_F(LeaseTest, TimeIsThatOfTheDatabaseWhateverTheMachineSays) {
  const auto holder = NewHolder();
  absl::Time now;
  ASSERT_THAT(db_->Query("SELECT UTC_TIMESTAMP(6)", {},
                         [&](const mysql::Row& row) {
                           now = row.Time(0);
                           return absl::OkStatus();
                         }),
              IsOk());
  EXPECT_LT(absl::AbsDuration(holder->clock().Now() - now), absl::Seconds(2));
}

TEST_F(LeaseTest, ManyThatTryAtOnceGetItOneAfterTheOther) {
  std::vector<std::unique_ptr<Holder>> holders;
  for (int i = 0; i < 8; ++i) holders.push_back(NewHolder());
  int64_t last = 0;
  while (!holders.empty()) {
    std::optional<Fence> fence;
    size_t at = 0;
    const absl::Time until = Soon();
    while (!fence.has_value() && absl::Now() < until) {
      for (size_t i = 0; i < holders.size(); ++i) {
        if (const auto held = holders[i]->fence(); held.has_value()) {
          EXPECT_FALSE(fence.has_value()) << "two hold it";
          fence = held;
          at = i;
        }
      }
      absl::SleepFor(absl::Milliseconds(10));
    }
    ASSERT_TRUE(fence.has_value());
    EXPECT_GT(fence->token(), last);
    last = fence->token();
    holders.erase(holders.begin() + static_cast<int64_t>(at));
  }
}

TEST_F(LeaseTest, WithoutTheTableAServiceDoesNotStart) {
  Holder::Options options = Options();
  options.connection = TestDatabase::Get().NewSchema();
  EXPECT_THAT(Holder::Start(options).status(), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(LeaseTest, AFrozenTransactionLosesItsLocksWhenTheSessionSaysSo) {
  mysql::ConnectionOptions options = connection_;
  options.idle_transaction_timeout = absl::Seconds(1);
  auto frozen = mysql::Connection::Open(options);
  ASSERT_THAT(frozen, IsOk());
  ASSERT_THAT((*frozen)->Begin(), IsOk());
  ASSERT_THAT((*frozen)->Execute("UPDATE work SET done = 5 WHERE id = 1"), IsOk());
  // Waits for the row's lock until the server has ended the other session.
  EXPECT_THAT(db_->Execute("UPDATE work SET done = done + 1 WHERE id = 1"), IsOk());
  const absl::Status late = (*frozen)->Execute("UPDATE work SET done = 6 WHERE id = 1").status();
  EXPECT_FALSE(late.ok());
  EXPECT_TRUE(mysql::IsTransient(late)) << late;
  EXPECT_TRUE((*frozen)->broken());
  EXPECT_EQ(Number("SELECT done FROM work"), 1);
}

}  // namespace
}  // namespace phoihop::lease
