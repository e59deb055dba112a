#ifndef PHOIHOP_COMMON_LEDGER_PREPARE_H_
#define PHOIHOP_COMMON_LEDGER_PREPARE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/mysql/connection.h"
#include "common/mysql/migrate.h"
#include "common/mysql/provision.h"

namespace phoihop::ledger {

// Creates or updates the ledger's tables in the connection's database, and gives the ledger
// its epoch (random) when it is new.
absl::Status MigrateLedger(mysql::Connection& admin);

// Gives the ledger another epoch, so that followers start over. Call it after a backup was
// restored, before the service starts.
absl::Status StartNewEpoch(mysql::Connection& admin);

// What the service's user may do with the ledger's tables: records and checkpoints can be
// added and read, never changed or removed.
std::vector<mysql::TableGrant> LedgerGrants();

// The GRANT statements for a service's user on the ledger's tables.
std::vector<std::string> LedgerGrantStatements(std::string_view database, std::string_view user);

// Everything that a service's --migrate_only does: database, ledger tables, the service's
// own tables, the least-privileged user. The service's own tables get SELECT, INSERT, UPDATE,
// DELETE unless `grants` says otherwise for a table. Safe to repeat, and to run from several
// processes at once.
struct PrepareOptions {
  std::string database;
  // The service's user; empty to leave users alone.
  std::string user;
  std::string password;
  absl::Span<const mysql::Migration> migrations;
  std::vector<mysql::TableGrant> grants;
};
absl::Status PrepareDatabase(mysql::Connection& admin, const PrepareOptions& options);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_PREPARE_H_
