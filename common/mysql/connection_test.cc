#include "common/mysql/connection.h"

#include <string>
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

class ConnectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_ = TestDatabase::Get().NewSchema();
    auto opened = Connection::Open(options_);
    ASSERT_THAT(opened, IsOk());
    db_ = *std::move(opened);
  }

  void Run(std::string_view sql) { ASSERT_THAT(db_->Execute(sql), IsOk()) << sql; }

  std::string One(std::string_view sql, Params params = {}) {
    std::string text = "(none)";
    EXPECT_THAT(db_->Query(sql, params,
                           [&](const Row& row) {
                             text = row.IsNull(0) ? "NULL" : row.Text(0);
                             return absl::OkStatus();
                           }),
                IsOk());
    return text;
  }

  void KillFromOutside() {
    auto admin = Connection::Open(TestDatabase::Get().Admin());
    ASSERT_THAT(admin, IsOk());
    ASSERT_THAT((*admin)->Execute(absl::StrCat("KILL ", db_->id())), IsOk());
  }

  ConnectionOptions options_;
  std::unique_ptr<Connection> db_;
};

TEST_F(ConnectionTest, SessionIsStrictUtcReadCommittedAndWithoutLocalInfile) {
  EXPECT_EQ(One("SELECT @@tx_isolation"), "READ-COMMITTED");
  EXPECT_EQ(One("SELECT @@time_zone"), "+00:00");
  EXPECT_EQ(One("SELECT @@autocommit"), "1");
  EXPECT_EQ(One("SELECT @@character_set_client"), "utf8mb4");
  EXPECT_EQ(One("SELECT @@max_statement_time"), "20.000000");
  Run("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(3))");
  EXPECT_THAT(db_->Execute("INSERT INTO t VALUES (1, 'four')"),
              StatusIs(absl::StatusCode::kInternal));  // strict: 1406, not a cut value
  EXPECT_FALSE(db_->Execute("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE t").ok());
}

TEST_F(ConnectionTest, ServerThatDoesNotTakeTheSettingsIsRefused) {
  // Larger than the variable's greatest value: the server clips it with a warning.
  options_.lock_wait_timeout = absl::Seconds(2000000000);
  const auto opened = Connection::Open(options_);
  ASSERT_THAT(opened, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(std::string(opened.status().message()),
              ::testing::HasSubstr("innodb_lock_wait_timeout"));
}

TEST_F(ConnectionTest, EveryKindOfValueReadsBackAsItWasWritten) {
  Run("CREATE TABLE t (id BIGINT PRIMARY KEY, d DOUBLE, s TEXT, b BLOB, day DATE,"
      " time DATETIME(6), n INT)");
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const std::string text = "Đồng Tháp 𝄞 d'\\\" \n";
  const absl::Time time = absl::FromUnixMicros(1698112799123456);
  const int64_t lowest = std::numeric_limits<int64_t>::min();
  ASSERT_THAT(db_->Execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)",
                           {lowest, 1e-9, text, Bytes(bytes), absl::CivilDay(2023, 10, 24),
                            time + absl::Nanoseconds(999), nullptr}),
              IsOkAndHolds(1));
  int rows = 0;
  const auto check = [&](const Row& row) {
    ++rows;
    EXPECT_EQ(row.Int(0), lowest);
    EXPECT_EQ(row.Double(1), 1e-9);
    EXPECT_EQ(row.Text(2), text);
    EXPECT_EQ(row.Bytes(3), bytes);
    EXPECT_EQ(row.Day(4), absl::CivilDay(2023, 10, 24));
    EXPECT_EQ(row.Time(5), time);
    EXPECT_TRUE(row.IsNull(6));
    EXPECT_EQ(row.Int(6), 0);
    EXPECT_EQ(row.Text(6), "");
    return absl::OkStatus();
  };
  EXPECT_THAT(db_->Query("SELECT id, d, s, b, day, time, n FROM t WHERE id = ?", {lowest}, check),
              IsOk());
  EXPECT_THAT(db_->Query("SELECT id, d, s, b, day, time, n FROM t", {}, check), IsOk());
  EXPECT_EQ(rows, 2);
}

TEST_F(ConnectionTest, AMegabyteOfBytesIsStoredWhole) {
  Run("CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB)");
  std::string bytes(1'500'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  ASSERT_THAT(db_->Execute("INSERT INTO t VALUES (?, ?)", {int64_t{1}, Bytes(bytes)}), IsOk());
  std::string read;
  ASSERT_THAT(db_->Query("SELECT b FROM t WHERE id = ?", {int64_t{1}},
                         [&](const Row& row) {
                           read = row.Bytes(0);
                           return absl::OkStatus();
                         }),
              IsOk());
  EXPECT_TRUE(read == bytes);
}

TEST_F(ConnectionTest, UpdateThatChangesNothingCountsTheRowItFound) {
  Run("CREATE TABLE t (id INT PRIMARY KEY, v INT)");
  Run("INSERT INTO t VALUES (1, 5)");
  EXPECT_THAT(db_->Execute("UPDATE t SET v = ? WHERE id = ?", {int64_t{5}, int64_t{1}}),
              IsOkAndHolds(1));
  EXPECT_THAT(db_->Execute("UPDATE t SET v = ? WHERE id = ?", {int64_t{5}, int64_t{2}}),
              IsOkAndHolds(0));
}

TEST_F(ConnectionTest, DuplicateKeyIsToldByNumberAndLeavesTheConnectionUsable) {
  Run("CREATE TABLE t (id INT PRIMARY KEY)");
  Run("INSERT INTO t VALUES (1)");
  const auto status = db_->Execute("INSERT INTO t VALUES (?)", {int64_t{1}}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(ErrorNumber(status), kDuplicateKey);
  EXPECT_FALSE(db_->broken());
  EXPECT_EQ(db_->failures(), 1);
  EXPECT_EQ(One("SELECT COUNT(*) FROM t"), "1");
}

TEST_F(ConnectionTest, StatementsAreKeptUpToTheBound) {
  options_.statement_cache = 5;
  auto opened = Connection::Open(options_);
  ASSERT_THAT(opened, IsOk());
  for (int i = 0; i < 40; ++i) {
    for (int repeat = 0; repeat < 2; ++repeat) {
      ASSERT_THAT((*opened)->Query(absl::StrCat("SELECT ? + ", i), {int64_t{1}},
                                   [&](const Row& row) {
                                     EXPECT_EQ(row.Int(0), i + 1);
                                     return absl::OkStatus();
                                   }),
                  IsOk());
    }
    EXPECT_LE((*opened)->cached_statements(), 5);
  }
  EXPECT_EQ((*opened)->cached_statements(), 5);
  // The server holds no more than are kept.
  std::string prepared;
  ASSERT_THAT((*opened)->Query("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'", {},
                               [&](const Row& row) {
                                 prepared = row.Text(1);
                                 return absl::OkStatus();
                               }),
              IsOk());
  EXPECT_LE(std::stoi(prepared), 10);
}

TEST_F(ConnectionTest, TheSameQueryInsideItsOwnRowsGivesTheRightRows) {
  Run("CREATE TABLE t (id INT PRIMARY KEY, parent INT)");
  Run("INSERT INTO t VALUES (1, 0), (2, 0), (11, 1), (12, 1), (21, 2)");
  constexpr char kSql[] = "SELECT id FROM t WHERE parent = ? ORDER BY id";
  std::vector<int64_t> seen;
  ASSERT_THAT(db_->Query(kSql, {int64_t{0}},
                         [&](const Row& row) {
                           const int64_t id = row.Int(0);
                           seen.push_back(id);
                           return db_->Query(kSql, {id}, [&](const Row& inner) {
                             seen.push_back(inner.Int(0));
                             return absl::OkStatus();
                           });
                         }),
              IsOk());
  EXPECT_THAT(seen, ::testing::ElementsAre(1, 11, 12, 2, 21));
}

TEST_F(ConnectionTest, ErrorOfTheRowFunctionEndsTheQueryAndIsReturned) {
  int rows = 0;
  EXPECT_THAT(db_->Query("SELECT 1 UNION ALL SELECT 2", {},
                         [&](const Row&) {
                           ++rows;
                           return absl::DataLossError("enough");
                         }),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(rows, 1);
  EXPECT_EQ(One("SELECT 7"), "7");
}

TEST_F(ConnectionTest, ColumnThatIsNotThereFailsTheQuery) {
  EXPECT_THAT(db_->Query("SELECT 1", {},
                         [&](const Row& row) {
                           EXPECT_EQ(row.Int(5), 0);
                           return absl::OkStatus();
                         }),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(db_->Query("SELECT 'no date'", {},
                         [&](const Row& row) {
                           row.Day(0);
                           return absl::OkStatus();
                         }),
              StatusIs(absl::StatusCode::kInternal));
}

TEST_F(ConnectionTest, KilledConnectionIsBrokenForGood) {
  KillFromOutside();
  const auto status = db_->Execute("DO 1").status();
  EXPECT_TRUE(IsTransient(status)) << status;
  EXPECT_TRUE(db_->broken());
  EXPECT_TRUE(IsTransient(db_->Execute("DO 1").status()));
}

TEST_F(ConnectionTest, CommitOnAKilledConnectionIsAnUnknownOutcome) {
  Run("CREATE TABLE t (id INT PRIMARY KEY)");
  ASSERT_THAT(db_->Begin(), IsOk());
  Run("INSERT INTO t VALUES (1)");
  KillFromOutside();
  EXPECT_THAT(db_->Commit(), StatusIs(absl::StatusCode::kUnavailable, "COMMIT_UNKNOWN"));
  EXPECT_TRUE(db_->broken());
  auto other = Connection::Open(options_);
  ASSERT_THAT(other, IsOk());
  int64_t count = -1;
  ASSERT_THAT((*other)->Query("SELECT COUNT(*) FROM t", {},
                              [&](const Row& row) {
                                count = row.Int(0);
                                return absl::OkStatus();
                              }),
              IsOk());
  EXPECT_EQ(count, 0);
}

TEST_F(ConnectionTest, StatementBeyondItsTimeLimitFails) {
  options_.statement_timeout = absl::Milliseconds(100);
  auto opened = Connection::Open(options_);
  ASSERT_THAT(opened, IsOk());
  EXPECT_THAT((*opened)->Query("SELECT COUNT(*) FROM seq_1_to_100000 a, seq_1_to_100000 b", {},
                               [](const Row&) { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE((*opened)->broken());
}

TEST_F(ConnectionTest, FrozenServerGivesErrorAfterTheReadTimeout) {
  options_.read_timeout = absl::Seconds(1);
  options_.statement_timeout = absl::Milliseconds(500);
  auto opened = Connection::Open(options_);
  ASSERT_THAT(opened, IsOk());
  TestDatabase::Get().Freeze();
  const absl::Time start = absl::Now();
  const auto status = (*opened)->Execute("DO 1").status();
  TestDatabase::Get().Thaw();
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
  EXPECT_TRUE(IsTransient(status)) << status;
  EXPECT_TRUE((*opened)->broken());
}

TEST_F(ConnectionTest, WrongPasswordIsNotTransient) {
  options_.password = "wrong";
  const auto opened = Connection::Open(options_);
  EXPECT_THAT(opened, StatusIs(absl::StatusCode::kUnavailable, "DATABASE_LOGIN_REFUSED"));
  EXPECT_FALSE(IsTransient(opened.status()));
  EXPECT_EQ(ErrorNumber(opened.status()), 1045);
}

TEST_F(ConnectionTest, AbsentServerIsTransient) {
  options_.socket = "/nonexistent/s";
  EXPECT_TRUE(IsTransient(Connection::Open(options_).status()));
}

TEST(QuoteTest, QuotesAreEscaped) {
  EXPECT_EQ(QuoteIdentifier("a`b"), "`a``b`");
  EXPECT_EQ(QuoteString("a'b\\c"), "'a\\'b\\\\c'");
}

TEST(DriverTest, ManyThreadsMayOpenTheirFirstConnectionAtOnce) {
  const ConnectionOptions options = TestDatabase::Get().Admin();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { good += Connection::Open(options).ok(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
}

}  // namespace
}  // namespace phoihop::mysql
