#ifndef PHOIHOP_COMMON_MYSQL_MIGRATE_H_
#define PHOIHOP_COMMON_MYSQL_MIGRATE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/mysql/connection.h"

namespace phoihop::mysql {

// One step of a schema. Files `0001_name.sql`, numbered from 1, are compiled in by the CMake
// function phoihop_embed_migrations. Parts of a service that know nothing of each other take
// their numbers beforehand, so a lower number may come later and is applied then:
//
//   phoihop_library(directory_store ...)
//   phoihop_embed_migrations(directory_store migrations)     # set "directory"
//
//   #include "migrations/directory_store.h"
//   mysql::Migrate(admin, migrations::directory_store());    // namespace phoihop::migrations
//
// The set is the target's name without `_store` and `common_`; a database may hold several.
struct Migration {
  std::string_view set;
  int number;
  // The file's name without number and `.sql`.
  std::string_view name;
  // Statements separated by semicolons; comments and quotes are understood, DELIMITER and
  // stored programs are not. The database commits after each definition, so statements are
  // written to be repeatable (CREATE TABLE IF NOT EXISTS, ADD COLUMN IF NOT EXISTS).
  std::string_view sql;
};

// Brings the connection's database to the newest schema of the migrations' set, in order,
// and records each with its checksum in `schema_migrations`. Several processes may call it at
// once: a second connection holds a row lock meanwhile. FAILED_PRECONDITION with the reason
//   MIGRATION_CHANGED   when a migration that was applied has other text now,
//   MIGRATION_GAP       when the first number is not 1 or they do not ascend.
// A migration that failed half way is taken up again at the statement that failed. A database
// that is newer than this program is left as it is: during an upgrade the old program runs
// beside the new one.
absl::Status Migrate(Connection& admin, absl::Span<const Migration> migrations);

// OK when each of these migrations, of one set, was applied whole, and perhaps further ones, of
// which nothing is to be feared: a release only adds. FAILED_PRECONDITION says what is missing.
absl::Status RequireMigrated(Connection& connection, absl::Span<const Migration> migrations);

// Number of the newest migration of the set that was applied whole; 0 for none.
absl::StatusOr<int> SchemaVersion(Connection& connection, std::string_view set);

// The statements of a script, trimmed, without those that are only comments. INVALID_ARGUMENT
// for a quote or comment that does not end.
absl::StatusOr<std::vector<std::string>> SplitStatements(std::string_view script);

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_MIGRATE_H_
