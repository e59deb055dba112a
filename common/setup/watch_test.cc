#include "common/setup/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/mysql/connection.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "common/testing/tls_database.h"

namespace phoihop::setup {
namespace {

using ::phoihop::testing::IsOk;

constexpr absl::Duration kPatience = absl::Seconds(20);

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
  const TlsDatabase database(absl::Hours(30));
  DatabaseWatch::Options options;
  options.connection = database.OverTcp("watch", "x");
  const auto admin = mysql::Connection::Open(database.schema());
  ASSERT_THAT(admin, IsOk());
  for (const std::string& sql :
       {std::string("CREATE TABLE schema_migrations (set_name TEXT, number INT, finished INT)"),
        std::string("CREATE USER 'watch'@'%' IDENTIFIED BY 'x'"),
        absl::StrCat("GRANT ALL ON ", options.connection.database, ".* TO 'watch'@'%'")}) {
    ASSERT_THAT((*admin)->Execute(sql), IsOk());
  }
  options.interval = absl::Milliseconds(100);
  options.certificate_interval = absl::Milliseconds(500);
  const DatabaseWatch watch(options);
  EXPECT_TRUE(ComesBetween(absl::Hours(29), absl::Hours(31))) << Left();

  database.Renew(absl::Hours(300));
  ASSERT_THAT((*admin)->Execute("FLUSH SSL"), IsOk());
  EXPECT_TRUE(ComesBetween(absl::Hours(299), absl::Hours(301))) << Left();
}

}  // namespace
}  // namespace phoihop::setup
