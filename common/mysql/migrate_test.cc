#include "common/mysql/migrate.h"

#include <thread>

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
using ::testing::HasSubstr;

std::unique_ptr<Connection> Open(const ConnectionOptions& options) {
  auto opened = Connection::Open(options);
  EXPECT_THAT(opened, IsOk());
  return *std::move(opened);
}

constexpr Migration kFirst = {"s", 1, "one", "CREATE TABLE a (id INT PRIMARY KEY);\n"};
constexpr Migration kSecond = {"s", 2, "two",
                               "-- a comment; with a semicolon\n"
                               "CREATE TABLE b (id INT PRIMARY KEY, v VARCHAR(9) DEFAULT 'x;y');"
                               "INSERT INTO b (id) VALUES (1)"};

TEST(MigrateTest, StepsAreAppliedOnceInOrder) {
  auto db = Open(TestDatabase::Get().NewSchema());
  EXPECT_THAT(Migrate(*db, {kFirst}), IsOk());
  EXPECT_THAT(SchemaVersion(*db, "s"), IsOkAndHolds(1));
  EXPECT_THAT(Migrate(*db, {kFirst, kSecond}), IsOk());
  EXPECT_THAT(Migrate(*db, {kFirst, kSecond}), IsOk());
  EXPECT_THAT(SchemaVersion(*db, "s"), IsOkAndHolds(2));
  EXPECT_THAT(SchemaVersion(*db, "other"), IsOkAndHolds(0));
  EXPECT_THAT(db->Execute("UPDATE b SET v = 'x;y' WHERE v = 'x;y'"), IsOkAndHolds(1));
}

TEST(MigrateTest, ChangedStepIsRefused) {
  auto db = Open(TestDatabase::Get().NewSchema());
  ASSERT_THAT(Migrate(*db, {kFirst}), IsOk());
  Migration changed = kFirst;
  changed.sql = "CREATE TABLE a (id BIGINT PRIMARY KEY);\n";
  EXPECT_THAT(Migrate(*db, {changed, kSecond}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "MIGRATION_CHANGED"));
  EXPECT_THAT(SchemaVersion(*db, "s"), IsOkAndHolds(1));
}

TEST(MigrateTest, MissingBeginningAndWrongOrderAreRefused) {
  auto db = Open(TestDatabase::Get().NewSchema());
  EXPECT_THAT(Migrate(*db, {kSecond}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "MIGRATION_GAP"));
  EXPECT_THAT(Migrate(*db, {kFirst, kSecond, kFirst}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "MIGRATION_GAP"));
}

TEST(MigrateTest, WhatAProgramNeedsIsThereWholeAndMoreDoesNoHarm) {
  auto db = Open(TestDatabase::Get().NewSchema());
  ASSERT_THAT(Migrate(*db, {kFirst}), IsOk());
  EXPECT_THAT(RequireMigrated(*db, {}), IsOk());
  EXPECT_THAT(RequireMigrated(*db, {kFirst}), IsOk());
  const absl::Status lacking = RequireMigrated(*db, {kFirst, kSecond});
  EXPECT_EQ(lacking.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(lacking.message(), HasSubstr("lacks migration 2 of s"));
  Migration third = kSecond;
  third.number = 3;
  // A newer number that is there already does not stand for a lower one.
  ASSERT_THAT(Migrate(*db, {kFirst, third}), IsOk());
  EXPECT_THAT(RequireMigrated(*db, {kFirst, third}), IsOk());
  EXPECT_THAT(RequireMigrated(*db, {kFirst}), IsOk());
  EXPECT_FALSE(RequireMigrated(*db, {kFirst, kSecond, third}).ok());
  // Half done is not done.
  ASSERT_THAT(db->Execute("UPDATE schema_migrations SET finished = 0 WHERE number = 3"), IsOk());
  EXPECT_FALSE(RequireMigrated(*db, {kFirst, third}).ok());
  Migration other = kFirst;
  other.set = "t";
  EXPECT_FALSE(RequireMigrated(*db, {other}).ok());
}

TEST(MigrateTest, LowerNumberThatComesLaterIsApplied) {
  auto db = Open(TestDatabase::Get().NewSchema());
  const Migration third = {"s", 3, "third", "CREATE TABLE third (id INT PRIMARY KEY)"};
  ASSERT_THAT(Migrate(*db, {kFirst, third}), IsOk());
  ASSERT_THAT(Migrate(*db, {kFirst, kSecond, third}), IsOk());
  int64_t steps = 0;
  ASSERT_THAT(db->Query("SELECT COUNT(*) FROM schema_migrations WHERE finished", {},
                        [&](const Row& row) {
                          steps = row.Int(0);
                          return absl::OkStatus();
                        }),
              IsOk());
  EXPECT_EQ(steps, 3);
}

TEST(MigrateTest, NewerDatabaseIsLeftAlone) {
  auto db = Open(TestDatabase::Get().NewSchema());
  ASSERT_THAT(Migrate(*db, {kFirst, kSecond}), IsOk());
  EXPECT_THAT(Migrate(*db, {kFirst}), IsOk());
  EXPECT_THAT(SchemaVersion(*db, "s"), IsOkAndHolds(2));
}

TEST(MigrateTest, FailedStepIsTakenUpWhereItFailed) {
  auto db = Open(TestDatabase::Get().NewSchema());
  const Migration broken = {"s", 1, "x",
                            "CREATE TABLE a (id INT PRIMARY KEY); INSERT INTO a2 VALUES (1)"};
  EXPECT_FALSE(Migrate(*db, {broken}).ok());
  EXPECT_THAT(SchemaVersion(*db, "s"), IsOkAndHolds(0));
  // The cause is removed from outside; the first statement is not run again.
  ASSERT_THAT(db->Execute("CREATE TABLE a2 (id INT PRIMARY KEY)"), IsOk());
  EXPECT_THAT(Migrate(*db, {broken}), IsOk());
  EXPECT_THAT(SchemaVersion(*db, "s"), IsOkAndHolds(1));
}

TEST(MigrateTest, SeveralProcessesAtOnceApplyEachStepOnce) {
  const ConnectionOptions options = TestDatabase::Get().NewSchema();
  const Migration slow = {"s", 1, "slow",
                          "DO SLEEP(0.05); CREATE TABLE a (id INT PRIMARY KEY); DO SLEEP(0.05);"
                          "INSERT INTO a VALUES (1)"};
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&] {
      auto db = Open(options);
      const absl::Status status = Migrate(*db, {slow});
      EXPECT_THAT(status, IsOk());
      good += status.ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 5);
}

TEST(SplitStatementsTest, QuotesAndCommentsAreUnderstood) {
  EXPECT_THAT(SplitStatements("SELECT ';', \"a;\"\"b\", `c;`; -- x;\n# y;\n/* z; */ DO 1;;\n"),
              IsOkAndHolds(ElementsAre("SELECT ';', \"a;\"\"b\", `c;`", "DO 1")));
  EXPECT_THAT(SplitStatements("SELECT 'it''s \\' ;'; SELECT 5--1"),
              IsOkAndHolds(ElementsAre("SELECT 'it''s \\' ;'", "SELECT 5--1")));
  EXPECT_THAT(SplitStatements("SELECT 'open"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SplitStatements("/* open"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SplitStatements(" \n"), IsOkAndHolds(ElementsAre()));
}

}  // namespace
}  // namespace phoihop::mysql
