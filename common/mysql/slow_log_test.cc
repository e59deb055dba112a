#include "common/mysql/slow_log.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/time/clock.h"
#include "common/mysql/connection.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/operation.h"
#include "common/telemetry/trace.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::mysql {
namespace {

using ::phoihop::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST(StatementShapeTest, ValuesAreLeftOut) {
  EXPECT_EQ(StatementShape("SELECT  a1, `b 2`\n FROM t9 WHERE x = 'Nguyễn \\' Văn' AND y=0x1F "
                           "AND z IN (1, 2.5,3) AND w = \"it''s\""),
            "SELECT a1, `b 2` FROM t9 WHERE x = ? AND y=? AND z IN (?) AND w = ?");
  EXPECT_EQ(StatementShape("INSERT INTO t (a, b) VALUES (?, ?), (?, ?), (?, ?)"),
            "INSERT INTO t (a, b) VALUES (?)");
  EXPECT_EQ(StatementShape("SELECT 'never closed"), "SELECT ?");
  EXPECT_EQ(StatementShape(""), "");
}

TEST(StatementShapeTest, StatementsWithPasswordsKeepTwoWords) {
  EXPECT_EQ(StatementShape("CREATE USER 'a'@'%' IDENTIFIED BY 'geheim'"), "CREATE USER");
  EXPECT_EQ(StatementShape("alter user x IDENTIFIED BY PASSWORD *abc"), "alter user");
  EXPECT_EQ(StatementShape("SET PASSWORD = hunter2"), "SET PASSWORD");
}

TEST(StatementShapeTest, LongOnesAreCutBetweenLetters) {
  std::string sql = "SELECT a AS ";
  for (int i = 0; i < 200; ++i) sql += "ệ";
  const std::string shape = StatementShape(sql);
  EXPECT_LE(shape.size(), 203u);
  EXPECT_THAT(nlohmann::json(shape).dump(), HasSubstr("..."));  // throws unless it is UTF-8
}

class SlowLogTest : public ::testing::Test {
 protected:
  SlowLogTest() {
    CaptureLog([this](const std::string& line) { lines_.push_back(nlohmann::json::parse(line)); });
  }
  ~SlowLogTest() override {
    CaptureLog(nullptr);
    absl::SetFlag(&FLAGS_slow_statement_limit, absl::Milliseconds(200));
  }

  std::vector<nlohmann::json> lines_;
};

TEST_F(SlowLogTest, SlowStatementIsLoggedWithMethodTraceAndShape) {
  const auto connection = Connection::Open(TestDatabase::Get().NewSchema());
  ASSERT_THAT(connection, IsOk());
  const TraceContext trace = TraceContext::New();
  const ScopedTrace traced(trace);
  const ScopedOperation operation("phoihop.test.v1.Test/Slow");
  absl::SetFlag(&FLAGS_slow_statement_limit, absl::Milliseconds(50));
  Counter counter = GetCounter("phoihop_mysql_slow_statements_total",
                               "Statements that took longer than --slow_statement_limit.",
                               {{"method", "phoihop.test.v1.Test/Slow"}});
  EXPECT_THAT((*connection)
                  ->Query("SELECT SLEEP(0.08), ?", {std::string("bí mật")},
                          [](const Row&) { return absl::OkStatus(); }),
              IsOk());
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_EQ(lines_[0]["message"], "slow statement");
  EXPECT_EQ(lines_[0]["trace_id"], trace.trace_id);
  EXPECT_EQ(lines_[0]["method"], "phoihop.test.v1.Test/Slow");
  EXPECT_EQ(lines_[0]["sql"], "SELECT SLEEP(?), ?");
  EXPECT_GE(lines_[0]["ms"].get<double>(), 70);
  EXPECT_THAT(lines_[0].dump(), Not(HasSubstr("bí mật")));
  EXPECT_EQ(counter.value(), 1);
}

TEST_F(SlowLogTest, TimeThatTheReaderTakesIsNotTheStatements) {
  const auto connection = Connection::Open(TestDatabase::Get().NewSchema());
  ASSERT_THAT(connection, IsOk());
  absl::SetFlag(&FLAGS_slow_statement_limit, absl::Milliseconds(100));
  EXPECT_THAT((*connection)
                  ->Query("SELECT 1", {},
                          [](const Row&) {
                            absl::SleepFor(absl::Milliseconds(150));
                            return absl::OkStatus();
                          }),
              IsOk());
  EXPECT_THAT(lines_, SizeIs(0));
}

}  // namespace
}  // namespace phoihop::mysql
