#include "common/testing/service_database.h"

#include <utility>

#include "common/ledger/prepare.h"
#include "common/status/macros.h"
#include "common/testing/test_database.h"

namespace phoihop::testing {

absl::StatusOr<ServiceDatabase> NewServiceDatabase(absl::Span<const mysql::Migration> migrations,
                                                   int pool_size) {
  ServiceDatabase made;
  made.connection = TestDatabase::Get().NewSchema();
  ASSIGN_OR_RETURN(const std::unique_ptr<mysql::Connection> admin,
                   mysql::Connection::Open(made.connection));
  ledger::PrepareOptions prepare;
  prepare.database = made.connection.database;
  prepare.migrations = migrations;
  RETURN_IF_ERROR(ledger::PrepareDatabase(*admin, prepare));
  ASSIGN_OR_RETURN(made.pool,
                   mysql::Pool::Create({.connection = made.connection, .size = pool_size}));
  return made;
}

absl::StatusOr<std::unique_ptr<ledger::Writer>> StartWriter(
    const mysql::ConnectionOptions& connection, std::string service, const Clock& clock) {
  ledger::Writer::Options options;
  options.connection = connection;
  options.clock = &clock;
  options.service = std::move(service);
  return ledger::Writer::Start(options);
}

}  // namespace phoihop::testing
