#include "common/mysql/provision.h"

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
