#include "common/mysql/pool.h"

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/mysql/error.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::mysql {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::HasSubstr;

absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

std::unique_ptr<Pool> NewPool(int size, absl::Duration idle_check = absl::Seconds(30)) {
  Pool::Options options;
  options.connection = TestDatabase::Get().NewSchema();
  options.size = size;
  options.idle_check = idle_check;
  auto pool = Pool::Create(options);
  EXPECT_THAT(pool, IsOk());
  return *std::move(pool);
}

TEST(PoolTest, WaitForAConnectionEndsAtTheDeadline) {
  auto pool = NewPool(1);
  auto lease = pool->Acquire(Soon());
  ASSERT_THAT(lease, IsOk());
  EXPECT_THAT(pool->Acquire(absl::Now() + absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(PoolTest, WaiterGetsTheConnectionThatComesBack) {
  auto pool = NewPool(1);
  auto lease = pool->Acquire(Soon());
  ASSERT_THAT(lease, IsOk());
  const int64_t id = (*lease)->id();
  std::thread thread([&] {
    absl::SleepFor(absl::Milliseconds(50));
    lease->Release();
  });
  auto second = pool->Acquire(Soon());
  thread.join();
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ((*second)->id(), id);
}

TEST(PoolTest, BoundIsKeptUnderLoad) {
  auto pool = NewPool(3);
  std::atomic<int> lent = 0, most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        auto lease = pool->Acquire(Soon());
        ASSERT_THAT(lease, IsOk());
        const int now = ++lent;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        EXPECT_THAT((*lease)->Execute("DO 1"), IsOk());
        --lent;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_LE(pool->open(), 3);
}

TEST(PoolTest, BrokenConnectionIsNotLentAgain) {
  auto pool = NewPool(1);
  int64_t id = 0;
  {
    auto lease = pool->Acquire(Soon());
    ASSERT_THAT(lease, IsOk());
    id = (*lease)->id();
    (*lease)->MarkBroken();
  }
  EXPECT_EQ(pool->open(), 0);
  auto lease = pool->Acquire(Soon());
  ASSERT_THAT(lease, IsOk());
  EXPECT_NE((*lease)->id(), id);
}

TEST(PoolTest, ConnectionThatDiedWhileIdleIsReplacedUnseen) {
  auto pool = NewPool(2, absl::ZeroDuration());
  int64_t id = 0;
  {
    auto lease = pool->Acquire(Soon());
    ASSERT_THAT(lease, IsOk());
    id = (*lease)->id();
  }
  auto admin = Connection::Open(TestDatabase::Get().Admin());
  ASSERT_THAT(admin, IsOk());
  ASSERT_THAT((*admin)->Execute(absl::StrCat("KILL ", id)), IsOk());
  auto lease = pool->Acquire(Soon());
  ASSERT_THAT(lease, IsOk());
  EXPECT_NE((*lease)->id(), id);
  EXPECT_THAT((*lease)->Execute("DO 1"), IsOk());
}

TEST(PoolTest, TransactionLeftOpenIsRolledBack) {
  auto pool = NewPool(1);
  {
    auto lease = pool->Acquire(Soon());
    ASSERT_THAT(lease, IsOk());
    ASSERT_THAT((*lease)->Execute("CREATE TABLE t (id INT PRIMARY KEY)"), IsOk());
    ASSERT_THAT((*lease)->Begin(), IsOk());
    ASSERT_THAT((*lease)->Execute("INSERT INTO t VALUES (1)"), IsOk());
  }
  auto lease = pool->Acquire(Soon());
  ASSERT_THAT(lease, IsOk());
  EXPECT_FALSE((*lease)->in_transaction());
  int64_t count = -1;
  ASSERT_THAT((*lease)->Query("SELECT COUNT(*) FROM t", {},
                              [&](const Row& row) {
                                count = row.Int(0);
                                return absl::OkStatus();
                              }),
              IsOk());
  EXPECT_EQ(count, 0);
}

TEST(PoolTest, PoolServesAgainAfterTheServerCameBack) {
  auto pool = NewPool(4);
  {
    auto a = pool->Acquire(Soon());
    auto b = pool->Acquire(Soon());
    ASSERT_THAT(a, IsOk());
    ASSERT_THAT(b, IsOk());
  }
  TestDatabase::Get().Kill();
  int failures = 0;
  {
    auto lease = pool->Acquire(Soon());
    if (!lease.ok() || !(*lease)->Execute("DO 1").ok()) ++failures;
  }
  EXPECT_EQ(failures, 1);
  EXPECT_FALSE(pool->Acquire(absl::Now() + absl::Seconds(2)).ok());
  TestDatabase::Get().Start();
  auto a = pool->Acquire(Soon());
  auto b = pool->Acquire(Soon());
  ASSERT_THAT(a, IsOk());
  ASSERT_THAT(b, IsOk());
  EXPECT_THAT((*a)->Execute("DO 1"), IsOk());
  EXPECT_THAT((*b)->Execute("DO 1"), IsOk());
}

TEST(PoolTest, WrongOptionsAreFoundAtTheStart) {
  Pool::Options options;
  options.connection = TestDatabase::Get().Admin();
  options.connection.user = "nobody";
  options.connection.password = "x";
  EXPECT_FALSE(Pool::Create(options).ok());
}

TEST(PoolTest, ConnectionsLentAndIdleAreExported) {
  Pool::Options options;
  options.connection = TestDatabase::Get().NewSchema();
  options.size = 3;
  options.name = "exported";
  const auto pool = Pool::Create(std::move(options));
  ASSERT_THAT(pool, IsOk());
  auto lease = (*pool)->Acquire(absl::Now() + absl::Seconds(5));
  ASSERT_THAT(lease, IsOk());
  std::string text = MetricsText();
  EXPECT_THAT(text, HasSubstr("phoihop_mysql_pool_in_use{pool=\"exported\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("phoihop_mysql_pool_size{pool=\"exported\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("phoihop_mysql_pool_wait_seconds_count{pool=\"exported\"} 2\n"));
  lease->Release();
  text = MetricsText();
  EXPECT_THAT(text, HasSubstr("phoihop_mysql_pool_in_use{pool=\"exported\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("phoihop_mysql_pool_idle{pool=\"exported\"} 1\n"));
}

}  // namespace
}  // namespace phoihop::mysql
