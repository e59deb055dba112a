#ifndef PHOIHOP_COMMON_MYSQL_PROVISION_H_
#define PHOIHOP_COMMON_MYSQL_PROVISION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/mysql/connection.h"

namespace phoihop::mysql {

// What a user may do with one table, for example {"units", "SELECT, INSERT"}.
struct TableGrant {
  std::string table;
  std::string privileges;
};

// The GRANT statements for a user (at `localhost` and at any host) of a database.
std::vector<std::string> GrantStatements(std::string_view database, std::string_view user,
                                         absl::Span<const TableGrant> grants);

// Creates the database unless it exists (utf8mb4, compared by code points) and makes it the
// connection's current one. `admin` needs the rights to do so.
absl::Status EnsureDatabase(Connection& admin, std::string_view database);

// Creates the user or sets its password, and gives it exactly these rights: what it has beyond
// them is taken away, what it lacks is granted, and what it has and keeps it has all the time,
// since services go on working while another replica, or a newer one, migrates. The tables must
// exist. `admin` may see the rights of others (SELECT on the database `mysql`).
absl::Status EnsureUser(Connection& admin, std::string_view database, std::string_view user,
                        std::string_view password, absl::Span<const TableGrant> grants);

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_PROVISION_H_
