// Statements and waits whose callers leave.
#include "common/mysql/interrupt.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/cancel/cancellation.h"
#include "common/mysql/error.h"
#include "common/mysql/pool.h"
#include "common/mysql/read_statement.h"
#include "common/mysql/transaction.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::mysql {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

// Far less than any limit of the database, and more than a busy machine takes.
constexpr absl::Duration kQuick = absl::Seconds(3);

absl::Time Later() { return absl::Now() + absl::Seconds(60); }

absl::Status Nothing(const Row&) { return absl::OkStatus(); }

class InterruptTest : public ::testing::Test {
 protected:
  InterruptTest() : options_(TestDatabase::Get().NewSchema()) {
    options_.statement_timeout = absl::Seconds(20);
    Pool::Options options;
    options.connection = options_;
    options.size = 2;
    auto pool = Pool::Create(options);
    EXPECT_THAT(pool, IsOk());
    pool_ = *std::move(pool);
    auto admin = Connection::Open(options_);
    EXPECT_THAT(admin, IsOk());
    admin_ = *std::move(admin);
    EXPECT_THAT(admin_->Execute("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)"),
                IsOk());
    EXPECT_THAT(admin_->Execute("INSERT INTO t VALUES (1, 0), (2, 0)"), IsOk());
  }

  // Statements of this schema that the server is at, but for the one that asks.
  int64_t running() {
    int64_t count = -1;
    EXPECT_THAT(admin_->Query(absl::StrCat("SELECT COUNT(*) FROM information_schema.processlist "
                                           "WHERE db = '",
                                           options_.database,
                                           "' AND command IN ('Query', 'Execute') AND "
                                           "id <> CONNECTION_ID()"),
                              {},
                              [&](const Row& row) {
                                count = row.Int(0);
                                return absl::OkStatus();
                              }),
                IsOk());
    return count;
  }

  // The answer may come a moment before the server's list of statements says so.
  bool NothingRuns() {
    const absl::Time until = absl::Now() + kQuick;
    while (running() > 0) {
      if (absl::Now() > until) return false;
      absl::SleepFor(absl::Milliseconds(2));
    }
    return true;
  }

  // Runs `work` on a thread whose caller leaves once the server is at so many statements; gives
  // its status, and how long after that it came.
  template <class Work>
  std::pair<absl::Status, absl::Duration> Leave(int64_t statements, Work work) {
    auto cancellation = std::make_shared<Cancellation>();
    absl::Status status;
    absl::Time ended;
    std::thread thread([&] {
      const ScopedCancellation scope(cancellation);
      status = work();
      ended = absl::Now();
    });
    while (running() < statements) absl::SleepFor(absl::Milliseconds(2));
    absl::SleepFor(absl::Milliseconds(20));
    const absl::Time left = absl::Now();
    cancellation->Cancel();
    thread.join();
    return {status, ended - left};
  }

  ConnectionOptions options_;
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<Connection> admin_;
};

TEST_F(InterruptTest, AStatementEndsWhenItsCallerLeaves) {
  const auto [status, time] = Leave(1, [&] {
    return ReadStatement(*pool_, Later(),
                         [](Connection& db) { return db.Query("SELECT SLEEP(15)", {}, Nothing); });
  });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(time, kQuick);
  EXPECT_TRUE(NothingRuns());
  // The connection is as good as before.
  EXPECT_EQ(pool_->open(), 1);
  EXPECT_THAT(ReadStatement(*pool_, Later(),
                            [](Connection& db) { return db.Query("SELECT 1", {}, Nothing); }),
              IsOk());
  EXPECT_EQ(pool_->open(), 1);
}

TEST_F(InterruptTest, APreparedStatementInATransactionEndsToo) {
  ASSERT_THAT(admin_->Begin(), IsOk());
  ASSERT_THAT(admin_->Execute("UPDATE t SET n = 7 WHERE id = 1"), IsOk());
  const auto [status, time] = Leave(1, [&] {
    return RunTransaction(*pool_, RetryPolicy(), [](Connection& db) {
      auto two = db.Execute("UPDATE t SET n = ? WHERE id = ?", {int64_t{5}, int64_t{2}});
      if (!two.ok()) return two.status();
      // What a body swallows does not make it be committed.
      db.Execute("UPDATE t SET n = ? WHERE id = ?", {int64_t{5}, int64_t{1}}).IgnoreError();
      return absl::OkStatus();
    });
  });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(time, kQuick);
  ASSERT_THAT(admin_->Commit(), IsOk());
  int64_t sum = -1;
  ASSERT_THAT(admin_->Query("SELECT SUM(n) FROM t", {},
                            [&](const Row& row) {
                              sum = row.Int(0);
                              return absl::OkStatus();
                            }),
              IsOk());
  EXPECT_EQ(sum, 7);
}

TEST_F(InterruptTest, WhoWaitsForAConnectionLeavesAtOnce) {
  auto one = pool_->Acquire(Later());
  auto two = pool_->Acquire(Later());
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(two, IsOk());
  const auto [status, time] = Leave(0, [&] { return pool_->Acquire(Later()).status(); });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(time, kQuick);
}

TEST_F(InterruptTest, WhoHasLeftSendsNothingMore) {
  auto lease = pool_->Acquire(Later());
  ASSERT_THAT(lease, IsOk());
  ASSERT_THAT((*lease)->Begin(), IsOk());
  ASSERT_THAT((*lease)->Execute("UPDATE t SET n = 1 WHERE id = 1"), IsOk());
  auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  const ScopedCancellation scope(cancellation);
  EXPECT_THAT((*lease)->Execute("UPDATE t SET n = 2 WHERE id = 1"),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT((*lease)->Query("SELECT 1", {}, Nothing), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(pool_->Acquire(Later()), StatusIs(absl::StatusCode::kCancelled));
  // The end of the transaction is no part of that.
  EXPECT_THAT((*lease)->Rollback(), IsOk());
  EXPECT_FALSE((*lease)->broken());
}

// An order may come after the end of its statement; it must not meet the next one.
TEST_F(InterruptTest, ALateOrderMeetsNobodyElse) {
  constexpr int kRounds = 300;
  int ended = 0;
  for (int i = 0; i < kRounds; ++i) {
    auto cancellation = std::make_shared<Cancellation>();
    std::thread leaves([&] {
      absl::SleepFor(absl::Microseconds(i % 50 * 40));
      cancellation->Cancel();
    });
    {
      const ScopedCancellation scope(cancellation);
      const absl::Status status = ReadStatement(*pool_, Later(), [](Connection& db) {
        return db.Query("SELECT SLEEP(0.001)", {}, Nothing);
      });
      if (!status.ok()) {
        EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled));
        ++ended;
      }
    }
    for (int k = 0; k < 3; ++k) {
      EXPECT_THAT(ReadStatement(*pool_, Later(),
                                [](Connection& db) { return db.Query("SELECT 1", {}, Nothing); }),
                  IsOk());
    }
    leaves.join();
  }
  EXPECT_GT(ended, 0);
  EXPECT_LT(ended, kRounds);
}

}  // namespace
}  // namespace phoihop::mysql
