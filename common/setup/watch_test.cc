#include "common/setup/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/mysql/connection.h"
#include "common/mysql/migrate.h"
#include "common/rpc/testing/authority.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"

namespace phoihop::setup {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::TestAuthority;

constexpr absl::Duration kPatience = absl::Seconds(20);

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

// How long the database's certificate still lives, as exported.
absl::Duration Left() {
  const Gauge end = GetGauge("phoihop_tls_certificate_expiry_timestamp_seconds",
                             "When a certificate ends, since 1970 in UTC; 0 if it cannot be read.",
                             {{"name", "database"}});
  return absl::UnixEpoch() + absl::Seconds(end.value()) - absl::Now();
}

bool ComesBetween(absl::Duration least, absl::Duration most) {
  const absl::Time until = absl::Now() + kPatience;
  while (absl::Now() < until) {
    if (Left() > least && Left() < most) return true;
    absl::SleepFor(absl::Milliseconds(50));
  }
  return false;
}

TEST(DatabaseWatchTest, ExportsTheEndOfTheCertificateThatTheServerShowsNow) {
  const TestAuthority authority;
  std::string pattern = absl::StrCat(::testing::TempDir(), "/watch-XXXXXX");
  const std::string folder = mkdtemp(pattern.data());
  // The server may run as another user than this test.
  authority.Issue(folder + "/mariadb", "mariadb", absl::Hours(30));
  std::filesystem::permissions(folder, std::filesystem::perms::others_exec,
                               std::filesystem::perm_options::add);
  const int port = FreePort();
  TestDatabase::AddServerOption("--skip-networking=0");
  TestDatabase::AddServerOption("--bind-address=127.0.0.1");
  TestDatabase::AddServerOption(absl::StrCat("--port=", port));
  for (const char* file : {"ca", "cert", "key"}) {
    TestDatabase::AddServerOption(
        absl::StrCat("--ssl-", file, "=", folder, "/mariadb/", file, ".pem"));
  }
  DatabaseWatch::Options options;
  options.connection = TestDatabase::Get().NewSchema();
  const auto admin = mysql::Connection::Open(options.connection);
  ASSERT_THAT(admin, IsOk());
  for (const std::string& sql :
       {std::string("CREATE TABLE schema_migrations (set_name TEXT, number INT, finished INT)"),
        std::string("CREATE USER 'watch'@'%' IDENTIFIED BY 'x'"),
        absl::StrCat("GRANT ALL ON ", options.connection.database, ".* TO 'watch'@'%'")}) {
    ASSERT_THAT((*admin)->Execute(sql), IsOk());
  }
  options.connection.socket.clear();
  options.connection.host = "127.0.0.1";
  options.connection.port = port;
  options.connection.user = "watch";
  options.connection.password = "x";
  options.connection.tls_ca_file = folder + "/mariadb/ca.pem";
  options.interval = absl::Milliseconds(100);
  options.certificate_interval = absl::Milliseconds(500);
  const DatabaseWatch watch(options);
  EXPECT_TRUE(ComesBetween(absl::Hours(29), absl::Hours(31))) << Left();

  authority.Issue(folder + "/mariadb", "mariadb", absl::Hours(300));
  ASSERT_THAT((*admin)->Execute("FLUSH SSL"), IsOk());
  EXPECT_TRUE(ComesBetween(absl::Hours(299), absl::Hours(301))) << Left();
}

// Behind the one above, which must be the first to start the server.
TEST(CheckSchemaTest, RefusesADatabaseThatLacksMigrationsAndTakesANewerOne) {
  const std::vector<mysql::Migration> known = {{.set = "agreements", .number = 1},
                                               {.set = "agreements", .number = 3},
                                               {.set = "duties", .number = 1}};
  const auto db = mysql::Connection::Open(TestDatabase::Get().NewSchema());
  ASSERT_THAT(db, IsOk());
  for (const char* sql :
       {"CREATE TABLE schema_migrations (set_name TEXT, number INT, finished INT)",
        "INSERT INTO schema_migrations VALUES ('agreements', 1, 1), ('agreements', 3, 0), "
        "('duties', 1, 1)"}) {
    ASSERT_THAT((*db)->Execute(sql), IsOk());
  }
  const absl::Status lacking = CheckSchema(**db, known);
  EXPECT_EQ(lacking.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(lacking.message(),
              ::testing::HasSubstr("has migration 1 of agreements, this program needs 3"));
  ASSERT_THAT((*db)->Execute("UPDATE schema_migrations SET finished = 1"), IsOk());
  EXPECT_THAT(CheckSchema(**db, known), IsOk());
  ASSERT_THAT(
      (*db)->Execute("INSERT INTO schema_migrations VALUES ('agreements', 4, 1), ('other', 1, 1)"),
      IsOk());
  EXPECT_THAT(CheckSchema(**db, known), IsOk());
}

}  // namespace
}  // namespace phoihop::setup
