#ifndef PHOIHOP_COMMON_TESTING_SERVICE_DATABASE_H_
#define PHOIHOP_COMMON_TESTING_SERVICE_DATABASE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ledger/writer.h"
#include "common/mysql/connection.h"
#include "common/mysql/migrate.h"
#include "common/mysql/pool.h"
#include "common/time/clock.h"

namespace phoihop::testing {

// What a service stands on, made anew for a test.
struct ServiceDatabase {
  // Connects as the administrator.
  mysql::ConnectionOptions connection;
  std::unique_ptr<mysql::Pool> pool;
};

// A new schema of TestDatabase with the ledger's tables and the service's own:
//   auto database = testing::NewServiceDatabase(migrations::agreements_store());
//   ASSERT_THAT(database, IsOk());
absl::StatusOr<ServiceDatabase> NewServiceDatabase(absl::Span<const mysql::Migration> migrations,
                                                   int pool_size = 4);

// Writes the ledger of such a database, by the test's clock.
absl::StatusOr<std::unique_ptr<ledger::Writer>> StartWriter(
    const mysql::ConnectionOptions& connection, std::string service, const Clock& clock);

}  // namespace phoihop::testing

#endif  // PHOIHOP_COMMON_TESTING_SERVICE_DATABASE_H_
