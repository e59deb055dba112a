#include "common/mysql/migrate.h"

#include <sodium.h>

#include <map>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/mysql/error.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::mysql {
namespace {

constexpr char kCreateMigrations[] =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " set_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
    " number INT NOT NULL,"
    " name VARCHAR(128) NOT NULL,"
    " checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
    " statements_done INT NOT NULL,"
    " finished BOOLEAN NOT NULL,"
    " update_time DATETIME(6) NOT NULL,"
    " PRIMARY KEY (set_name, number))";
constexpr char kCreateLock[] =
    "CREATE TABLE IF NOT EXISTS schema_lock (id INT NOT NULL PRIMARY KEY)";

struct Applied {
  std::string checksum;
  int statements_done = 0;
  bool finished = false;
};

std::string Checksum(std::string_view text) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return absl::BytesToHexString({reinterpret_cast<const char*>(hash), sizeof(hash)});
}

absl::Status Refuse(std::string_view reason, const std::string& text) {
  return Precondition(reason, {text, absl::StrCat("Không thể cập nhật cơ sở dữ liệu: ", text)},
                      "database");
}

// Holds a row lock on a connection of its own until destroyed. A definition statement commits
// its own connection's transaction, so the lock cannot be held there; and a lock by name
// (GET_LOCK) is unknown to the other nodes of a cluster.
absl::StatusOr<std::unique_ptr<Connection>> LockSchema(Connection& admin) {
  ConnectionOptions options = admin.options();
  options.lock_wait_timeout = absl::Minutes(5);
  options.statement_timeout = absl::ZeroDuration();
  options.read_timeout = absl::Minutes(6);
  std::string database;
  RETURN_IF_ERROR(admin.Query("SELECT DATABASE()", {}, [&](const Row& row) {
    database = row.Text(0);
    return absl::OkStatus();
  }));
  if (database.empty()) return absl::FailedPreconditionError("no database is chosen");
  options.database = database;
  RETURN_IF_ERROR(admin.Execute(kCreateMigrations).status());
  RETURN_IF_ERROR(admin.Execute(kCreateLock).status());
  const absl::Status inserted = admin.Execute("INSERT INTO schema_lock (id) VALUES (1)").status();
  if (!inserted.ok() && ErrorNumber(inserted) != kDuplicateKey) return inserted;
  ASSIGN_OR_RETURN(auto lock, Connection::Open(options));
  RETURN_IF_ERROR(lock->Begin());
  RETURN_IF_ERROR(lock->Query("SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE", {},
                              [](const Row&) { return absl::OkStatus(); }));
  return lock;
}

absl::StatusOr<std::map<int, Applied>> LoadApplied(Connection& connection, std::string_view set) {
  std::map<int, Applied> applied;
  RETURN_IF_ERROR(
      connection.Query("SELECT number, checksum, statements_done, finished FROM schema_migrations"
                       " WHERE set_name = ?",
                       {std::string(set)}, [&](const Row& row) {
                         applied[static_cast<int>(row.Int(0))] = {
                             row.Text(1), static_cast<int>(row.Int(2)), row.Int(3) != 0};
                         return absl::OkStatus();
                       }));
  return applied;
}

absl::Status Record(Connection& admin, const Migration& migration, const Applied& state) {
  return admin
      .Execute(
          "INSERT INTO schema_migrations"
          " (set_name, number, name, checksum, statements_done, finished, update_time)"
          " VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE checksum = VALUES(checksum),"
          " statements_done = VALUES(statements_done), finished = VALUES(finished),"
          " update_time = VALUES(update_time)",
          {std::string(migration.set), int64_t{migration.number}, std::string(migration.name),
           state.checksum, int64_t{state.statements_done}, int64_t{state.finished}, absl::Now()})
      .status();
}

absl::Status Apply(Connection& admin, const Migration& migration, Applied state) {
  ASSIGN_OR_RETURN(const std::vector<std::string> statements, SplitStatements(migration.sql));
  const std::string checksum = Checksum(migration.sql);
  // A migration that failed and was corrected since is run from its start.
  if (state.checksum != checksum) state = {checksum, 0, false};
  for (size_t i = state.statements_done; i < statements.size(); ++i) {
    const absl::Status status = admin.Execute(statements[i]).status();
    if (!status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat("migration ", AbslView(migration.set), "/", migration.number,
                                       " statement ", i + 1, ": ", status.message()));
    }
    state.statements_done = static_cast<int>(i) + 1;
    RETURN_IF_ERROR(Record(admin, migration, state));
  }
  state.finished = true;
  return Record(admin, migration, state);
}

absl::Status CheckKnown(absl::Span<const Migration> migrations,
                        const std::map<int, Applied>& applied) {
  for (size_t i = 0; i < migrations.size(); ++i) {
    const Migration& migration = migrations[i];
    const bool in_order =
        i == 0 ? migration.number == 1 : migration.number > migrations[i - 1].number;
    if (!in_order || migration.set != migrations[0].set) {
      return Refuse("MIGRATION_GAP",
                    absl::StrCat("migration ", migration.number, " of ",
                                 AbslView(migrations[0].set), " is out of order, or 1 is missing"));
    }
    const auto found = applied.find(migration.number);
    if (found != applied.end() && found->second.finished &&
        found->second.checksum != Checksum(migration.sql)) {
      return Refuse("MIGRATION_CHANGED",
                    absl::StrCat("migration ", AbslView(migration.set), "/", migration.number,
                                 " was changed after it had been applied"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Migrate(Connection& admin, absl::Span<const Migration> migrations) {
  if (migrations.empty()) return absl::OkStatus();
  if (sodium_init() < 0) return absl::InternalError("libsodium does not start");
  ASSIGN_OR_RETURN(const auto lock, LockSchema(admin));
  ASSIGN_OR_RETURN(auto applied, LoadApplied(admin, migrations[0].set));
  RETURN_IF_ERROR(CheckKnown(migrations, applied));
  for (const Migration& migration : migrations) {
    const Applied& state = applied[migration.number];
    if (state.finished) continue;
    RETURN_IF_ERROR(Apply(admin, migration, state));
  }
  return lock->Rollback();
}

absl::Status RequireMigrated(Connection& connection, absl::Span<const Migration> migrations) {
  if (migrations.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto applied, LoadApplied(connection, migrations[0].set));
  for (const Migration& migration : migrations) {
    const auto found = applied.find(migration.number);
    if (found != applied.end() && found->second.finished) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "the database lacks migration ", migration.number, " of ", AbslView(migration.set),
        ", which this program needs: run it with --migrate_only first"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> SchemaVersion(Connection& connection, std::string_view set) {
  int version = 0;
  RETURN_IF_ERROR(connection.Query(
      "SELECT COALESCE(MAX(number), 0) FROM schema_migrations WHERE set_name = ? AND finished",
      {std::string(set)}, [&](const Row& row) {
        version = static_cast<int>(row.Int(0));
        return absl::OkStatus();
      }));
  return version;
}

}  // namespace phoihop::mysql
