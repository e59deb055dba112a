#include "common/ledger/prepare.h"

#include <sodium.h>

#include <algorithm>
#include <set>

#include "absl/strings/escaping.h"
#include "common/lease/lease.h"
#include "common/mysql/error.h"
#include "common/status/macros.h"
#include "migrations/common_ledger.h"

namespace phoihop::ledger {
namespace {

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string NewEpoch() { return absl::BytesToHexString(RandomBytes(16)); }

absl::StatusOr<std::vector<std::string>> TablesOf(mysql::Connection& admin) {
  std::vector<std::string> tables;
  RETURN_IF_ERROR(admin.Query(
      "SELECT table_name FROM information_schema.tables"
      " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name",
      {}, [&](const mysql::Row& row) {
        tables.push_back(row.Text(0));
        return absl::OkStatus();
      }));
  return tables;
}

}  // namespace

absl::Status MigrateLedger(mysql::Connection& admin) {
  if (sodium_init() < 0) return absl::InternalError("libsodium does not start");
  RETURN_IF_ERROR(mysql::Migrate(admin, migrations::common_ledger()));
  const absl::Status status =
      admin
          .Execute(
              "INSERT INTO ledger_head (id, epoch, position, hash, request_key)"
              " VALUES (1, ?, 0, '', ?)",
              {mysql::Bytes(NewEpoch()), mysql::Bytes(RandomBytes(32))})
          .status();
  return mysql::ErrorNumber(status) == mysql::kDuplicateKey ? absl::OkStatus() : status;
}

absl::Status StartNewEpoch(mysql::Connection& admin) {
  if (sodium_init() < 0) return absl::InternalError("libsodium does not start");
  ASSIGN_OR_RETURN(
      const int64_t rows,
      admin.Execute("UPDATE ledger_head SET epoch = ? WHERE id = 1", {mysql::Bytes(NewEpoch())}));
  if (rows != 1) return absl::FailedPreconditionError("the ledger has no head");
  return absl::OkStatus();
}

std::vector<mysql::TableGrant> LedgerGrants() {
  return {
      {"ledger_records", "SELECT, INSERT"},  {"ledger_checkpoints", "SELECT, INSERT"},
      {"ledger_payloads", "SELECT, INSERT"}, {"ledger_head", "SELECT, UPDATE (position, hash)"},
      {"lease", "SELECT, INSERT, UPDATE"},   {"request_memory", "SELECT, INSERT, UPDATE, DELETE"},
      {"schema_migrations", "SELECT"}};
}

std::vector<std::string> LedgerGrantStatements(std::string_view database, std::string_view user) {
  return mysql::GrantStatements(database, user, LedgerGrants());
}

absl::Status PrepareDatabase(mysql::Connection& admin, const PrepareOptions& options) {
  RETURN_IF_ERROR(mysql::EnsureDatabase(admin, options.database));
  RETURN_IF_ERROR(MigrateLedger(admin));
  RETURN_IF_ERROR(lease::Migrate(admin));
  RETURN_IF_ERROR(mysql::Migrate(admin, options.migrations));
  if (options.user.empty()) return absl::OkStatus();

  std::vector<mysql::TableGrant> grants = LedgerGrants();
  grants.insert(grants.end(), options.grants.begin(), options.grants.end());
  std::set<std::string> named = {"schema_lock"};
  for (const mysql::TableGrant& grant : grants) named.insert(grant.table);
  ASSIGN_OR_RETURN(const std::vector<std::string> tables, TablesOf(admin));
  for (const std::string& table : tables) {
    if (!named.contains(table)) grants.push_back({table, "SELECT, INSERT, UPDATE, DELETE"});
  }
  return mysql::EnsureUser(admin, options.database, options.user, options.password, grants);
}

}  // namespace phoihop::ledger
