#include "common/mysql/provision.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/mysql/error.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::mysql {
namespace {

using ::phoihop::testing::IsOk;

TEST(ProvisionTest, UserMayDoWhatWasGrantedAndNothingElse) {
  ConnectionOptions options = TestDatabase::Get().NewSchema();
  auto admin = Connection::Open(options);
  ASSERT_THAT(admin, IsOk());
  ASSERT_THAT((*admin)->Execute("CREATE TABLE a (id INT PRIMARY KEY)"), IsOk());
  ASSERT_THAT((*admin)->Execute("CREATE TABLE b (id INT PRIMARY KEY)"), IsOk());
  ASSERT_THAT((*admin)->Execute("CREATE TABLE c (id INT PRIMARY KEY)"), IsOk());
  ASSERT_THAT(EnsureUser(**admin, options.database, "reader'x", "old", {{"c", "SELECT"}}), IsOk());
  ASSERT_THAT(EnsureUser(**admin, options.database, "reader'x", "it's",
                         {{"a", "SELECT, INSERT"}, {"b", "SELECT"}}),
              IsOk());
  options.user = "reader'x";
  options.password = "it's";
  auto user = Connection::Open(options);
  ASSERT_THAT(user, IsOk());
  EXPECT_THAT((*user)->Execute("INSERT INTO a VALUES (1)"), IsOk());
  EXPECT_EQ(ErrorNumber((*user)->Execute("DELETE FROM a").status()), 1142);
  EXPECT_EQ(ErrorNumber((*user)->Execute("INSERT INTO b VALUES (1)").status()), 1142);
  EXPECT_EQ(ErrorNumber((*user)->Execute("INSERT INTO c VALUES (1)").status()), 1142);
  EXPECT_FALSE((*user)->Execute("DROP TABLE a").ok());
}

TEST(ProvisionTest, RightsOfColumnsAreTakenAndGivenToo) {
  ConnectionOptions options = TestDatabase::Get().NewSchema();
  auto admin = Connection::Open(options);
  ASSERT_THAT(admin, IsOk());
  ASSERT_THAT((*admin)->Execute("CREATE TABLE a (id INT PRIMARY KEY, v INT, w INT)"), IsOk());
  ASSERT_THAT((*admin)->Execute("INSERT INTO a VALUES (1, 1, 1)"), IsOk());
  const std::string name = options.database;
  const auto allowed = [&](const std::string& sql) {
    ConnectionOptions as = options;
    as.user = name;
    as.password = "p";
    auto user = Connection::Open(as);
    EXPECT_THAT(user, IsOk());
    return (*user)->Execute(sql).ok();
  };
  const auto ensure = [&](const std::string& privileges) {
    return EnsureUser(**admin, options.database, name, "p", {{"a", privileges}});
  };
  ASSERT_THAT(ensure("SELECT, UPDATE"), IsOk());
  EXPECT_TRUE(allowed("UPDATE a SET w = 2"));
  ASSERT_THAT(ensure("SELECT, UPDATE (v)"), IsOk());
  EXPECT_TRUE(allowed("UPDATE a SET v = 2"));
  EXPECT_FALSE(allowed("UPDATE a SET w = 3"));
  ASSERT_THAT(ensure("select, update (v, w)"), IsOk());
  EXPECT_TRUE(allowed("UPDATE a SET v = 2, w = 3"));
  ASSERT_THAT(ensure("SELECT, UPDATE (w), INSERT"), IsOk());
  EXPECT_FALSE(allowed("UPDATE a SET v = 4"));
  EXPECT_TRUE(allowed("UPDATE a SET w = 4"));
  EXPECT_TRUE(allowed("INSERT INTO a VALUES (2, 2, 2)"));
  // Whatever else somebody has granted goes.
  ASSERT_THAT((*admin)->Execute(absl::StrCat("GRANT ALL ON ", QuoteIdentifier(options.database),
                                             ".* TO '", name, "'@'localhost' WITH GRANT OPTION")),
              IsOk());
  EXPECT_TRUE(allowed("DELETE FROM a"));
  ASSERT_THAT(ensure("SELECT"), IsOk());
  EXPECT_FALSE(allowed("DELETE FROM a"));
  EXPECT_FALSE(allowed("INSERT INTO a VALUES (3, 3, 3)"));
}

TEST(ProvisionTest, WhoWorksMeanwhileNoticesNothing) {
  ConnectionOptions options = TestDatabase::Get().NewSchema();
  auto admin = Connection::Open(options);
  ASSERT_THAT(admin, IsOk());
  ASSERT_THAT((*admin)->Execute("CREATE TABLE a (id INT PRIMARY KEY, v INT NOT NULL)"), IsOk());
  ASSERT_THAT((*admin)->Execute("INSERT INTO a VALUES (1, 0)"), IsOk());
  const std::string name = options.database;
  const std::vector<TableGrant> grants = {{"a", "SELECT, UPDATE (v)"}};
  ASSERT_THAT(EnsureUser(**admin, options.database, name, "p", grants), IsOk());
  std::atomic<bool> over = false;
  std::atomic<int64_t> done = 0;
  std::thread works([&] {
    ConnectionOptions as = options;
    as.user = name;
    as.password = "p";
    auto user = Connection::Open(as);
    EXPECT_THAT(user, IsOk());
    while (!over) {
      EXPECT_THAT((*user)->Execute("UPDATE a SET v = v + 1 WHERE id = 1"), IsOk());
      ++done;
    }
  });
  for (int i = 0; i < 20; ++i) {
    ASSERT_THAT(EnsureUser(**admin, options.database, name, "p", grants), IsOk());
  }
  over = true;
  works.join();
  EXPECT_GT(done, 10);
}

TEST(ProvisionTest, DatabaseIsCreatedOnceAndComparesByCodePoints) {
  auto admin = Connection::Open(TestDatabase::Get().Admin());
  ASSERT_THAT(admin, IsOk());
  ASSERT_THAT(EnsureDatabase(**admin, "new`db"), IsOk());
  ASSERT_THAT(EnsureDatabase(**admin, "new`db"), IsOk());
  ASSERT_THAT((*admin)->Execute("CREATE TABLE t (v VARCHAR(20) PRIMARY KEY)"), IsOk());
  EXPECT_THAT((*admin)->Execute("INSERT INTO t VALUES ('Sơn Hà'), ('Sơn Hạ'), ('son ha')"), IsOk());
}

}  // namespace
}  // namespace phoihop::mysql
