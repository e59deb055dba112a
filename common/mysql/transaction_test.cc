#include "common/mysql/transaction.h"

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/mysql/error.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::mysql {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

class TransactionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Pool::Options options;
    options.connection = TestDatabase::Get().NewSchema();
    options.size = 12;
    auto pool = Pool::Create(options);
    ASSERT_THAT(pool, IsOk());
    pool_ = *std::move(pool);
    Run("CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)");
    Run("INSERT INTO t VALUES (1, 0), (2, 0)");
    policy_.clock = &clock_;
    policy_.sleep = [this](absl::Duration d) {
      sleeps_.push_back(d);
      clock_.Advance(d);
    };
    policy_.jitter = [] { return 0.0; };
  }

  void Run(std::string_view sql) {
    auto lease = pool_->Acquire(Soon());
    ASSERT_THAT(lease, IsOk());
    ASSERT_THAT((*lease)->Execute(sql), IsOk());
  }

  int64_t Value(std::string_view sql) {
    return Read(*pool_, Soon(),
                [&](Connection& db) -> absl::StatusOr<int64_t> {
                  int64_t value = -1;
                  const absl::Status status = db.Query(sql, {}, [&](const Row& row) {
                    value = row.Int(0);
                    return absl::OkStatus();
                  });
                  if (!status.ok()) return status;
                  return value;
                })
        .value();
  }

  void Kill(int64_t id) {
    auto admin = Connection::Open(TestDatabase::Get().Admin());
    ASSERT_THAT(admin, IsOk());
    ASSERT_THAT((*admin)->Execute(absl::StrCat("KILL ", id)), IsOk());
  }

  std::unique_ptr<Pool> pool_;
  FakeClock clock_;
  std::vector<absl::Duration> sleeps_;
  RetryPolicy policy_;
};

TEST_F(TransactionTest, ErrorOfTheBodyRollsBackAndIsReturned) {
  EXPECT_THAT(RunTransaction(*pool_, policy_,
                             [](Connection& db) -> absl::Status {
                               EXPECT_THAT(db.Execute("UPDATE t SET v = 9"), IsOk());
                               return absl::NotFoundError("no");
                             }),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(Value("SELECT SUM(v) FROM t"), 0);
  EXPECT_TRUE(sleeps_.empty());
}

TEST_F(TransactionTest, WholeBodyIsRunAgainWithGrowingWaitsUntilAttemptsAreUsedUp) {
  policy_.max_attempts = 5;
  policy_.initial_backoff = absl::Milliseconds(10);
  policy_.max_backoff = absl::Milliseconds(30);
  int runs = 0;
  EXPECT_THAT(RunTransaction(*pool_, policy_,
                             [&](Connection& db) {
                               ++runs;
                               EXPECT_THAT(db.Execute("UPDATE t SET v = v + 1"), IsOk());
                               return MakeError(kDeadlock, "made up");
                             }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(runs, 5);
  EXPECT_THAT(sleeps_, ElementsAre(absl::Milliseconds(5), absl::Milliseconds(10),
                                   absl::Milliseconds(15), absl::Milliseconds(15)));
  EXPECT_EQ(Value("SELECT SUM(v) FROM t"), 0);
}

TEST_F(TransactionTest, NoAttemptStartsAfterTheDeadline) {
  policy_.deadline = clock_.Now() + absl::Milliseconds(12);
  policy_.initial_backoff = absl::Milliseconds(10);
  policy_.max_attempts = 100;
  int runs = 0;
  Backoff backoff(policy_);
  while (backoff.Next()) ++runs;
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(backoff.attempts(), 2);
}

TEST_F(TransactionTest, RealDeadlockIsRunAgainAndBothEndWell) {
  RetryPolicy policy;
  std::atomic<int> runs = 0, arrived = 0;
  const auto add = [&](int first, int second) {
    return RunTransaction(*pool_, policy, [&, first, second](Connection& db) -> absl::Status {
      ++runs;
      auto status = db.Execute("UPDATE t SET v = v + 1 WHERE id = ?", {int64_t{first}}).status();
      if (!status.ok()) return status;
      ++arrived;
      const absl::Time limit = absl::Now() + absl::Seconds(5);
      while (arrived < 2 && absl::Now() < limit) absl::SleepFor(absl::Milliseconds(1));
      return db.Execute("UPDATE t SET v = v + 1 WHERE id = ?", {int64_t{second}}).status();
    });
  };
  absl::Status other;
  std::thread thread([&] { other = add(2, 1); });
  EXPECT_THAT(add(1, 2), IsOk());
  thread.join();
  EXPECT_THAT(other, IsOk());
  EXPECT_GE(runs, 3);
  EXPECT_EQ(Value("SELECT SUM(v) FROM t"), 4);
}

TEST_F(TransactionTest, SwallowedDeadlockIsNotCommitted) {
  int runs = 0;
  EXPECT_THAT(RunTransaction(
                  *pool_, policy_,
                  [&](Connection& db) -> absl::Status {
                    if (++runs == 1) {
                      EXPECT_THAT(db.Execute("UPDATE t SET v = 5 WHERE id = 1"), IsOk());
                      auto holder = pool_->Acquire(Soon());
                      EXPECT_THAT((*holder)->Begin(), IsOk());
                      EXPECT_THAT((*holder)->Execute("UPDATE t SET v = 1 WHERE id = 2"), IsOk());
                      EXPECT_THAT(db.Execute("SET innodb_lock_wait_timeout = 0"), IsOk());
                      EXPECT_EQ(ErrorNumber(db.Execute("UPDATE t SET v = 5 WHERE id = 2").status()),
                                kLockWaitTimeout);
                    }
                    return absl::OkStatus();
                  }),
              IsOk());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Value("SELECT SUM(v) FROM t"), 0);
}

TEST_F(TransactionTest, ConnectionKilledBeforeCommitIsRunAgainOnAnotherOne) {
  int runs = 0;
  EXPECT_THAT(
      RunTransaction(*pool_, policy_,
                     [&](Connection& db) {
                       auto status = db.Execute("UPDATE t SET v = v + 1 WHERE id = 1").status();
                       if (++runs == 1) {
                         Kill(db.id());
                         status = db.Execute("UPDATE t SET v = v + 1 WHERE id = 2").status();
                       }
                       return status;
                     }),
      IsOk());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Value("SELECT SUM(v) FROM t"), 1);
}

TEST_F(TransactionTest, ConnectionKilledAtCommitIsUnknownAndNotRunAgain) {
  int runs = 0;
  EXPECT_THAT(RunTransaction(*pool_, policy_,
                             [&](Connection& db) {
                               ++runs;
                               EXPECT_THAT(db.Execute("UPDATE t SET v = 1 WHERE id = 1"), IsOk());
                               Kill(db.id());
                               return absl::OkStatus();
                             }),
              StatusIs(absl::StatusCode::kUnavailable, "COMMIT_UNKNOWN"));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(Value("SELECT SUM(v) FROM t"), 0);
}

TEST_F(TransactionTest, LockedReadModifyWriteLosesNoUpdate) {
  std::vector<std::thread> threads;
  std::atomic<int> acknowledged = 0;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 25; ++k) {
        acknowledged += RunTransaction(*pool_, RetryPolicy(), [](Connection& db) {
                          int64_t v = 0;
                          const auto status = db.Query("SELECT v FROM t WHERE id = ? FOR UPDATE",
                                                       {int64_t{1}}, [&](const Row& row) {
                                                         v = row.Int(0);
                                                         return absl::OkStatus();
                                                       });
                          if (!status.ok()) return status;
                          return db.Execute("UPDATE t SET v = ? WHERE id = 1", {v + 1}).status();
                        }).ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(acknowledged, 150);
  EXPECT_EQ(Value("SELECT v FROM t WHERE id = 1"), 150);
}

TEST_F(TransactionTest, ReadSeesOneSnapshotAndCannotWrite) {
  const auto sum = [](Connection& db) {
    int64_t value = 0;
    EXPECT_THAT(db.Query("SELECT SUM(v) FROM t", {},
                         [&](const Row& row) {
                           value = row.Int(0);
                           return absl::OkStatus();
                         }),
                IsOk());
    return value;
  };
  const auto read = Read(*pool_, Soon(), [&](Connection& db) -> absl::StatusOr<std::string> {
    // Another commit between the snapshot and the first read is not seen either.
    Run("UPDATE t SET v = 7 WHERE id = 1");
    const int64_t first = sum(db);
    Run("UPDATE t SET v = 8 WHERE id = 1");
    EXPECT_FALSE(db.Execute("UPDATE t SET v = 0").ok());
    return absl::StrCat(first, " ", sum(db));
  });
  EXPECT_THAT(read, IsOkAndHolds("0 0"));
  EXPECT_EQ(Value("SELECT SUM(v) FROM t"), 8);
  // The session's isolation is what it was.
  auto lease = pool_->Acquire(Soon());
  ASSERT_THAT(lease, IsOk());
  ASSERT_THAT((*lease)->Begin(), IsOk());
  EXPECT_EQ(sum(**lease), 8);
  Run("UPDATE t SET v = 9 WHERE id = 1");
  EXPECT_EQ(sum(**lease), 9);
}

TEST_F(TransactionTest, ReadIsRunAgainWhenItsConnectionIsLost) {
  int runs = 0;
  EXPECT_THAT(Read(*pool_, Soon(),
                   [&](Connection& db) -> absl::StatusOr<int> {
                     if (++runs == 1) Kill(db.id());
                     const auto status = db.Execute("DO 1").status();
                     if (!status.ok()) return status;
                     return runs;
                   }),
              IsOkAndHolds(2));
}

}  // namespace
}  // namespace phoihop::mysql
