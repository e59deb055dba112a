#include "common/mysql/provision.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::mysql {
namespace {

// A user is an account per host; `%` does not cover a unix socket where an anonymous
// account for localhost exists.
constexpr std::string_view kHosts[] = {"localhost", "%"};

std::string Account(std::string_view user, std::string_view host) {
  return absl::StrCat(QuoteString(user), "@", QuoteString(host));
}

// What the server keeps of a password. A statement with the password itself would lie in the
// binary log as it is, and in every copy of that.
absl::StatusOr<std::string> Verifier(Connection& admin, std::string_view password) {
  std::string verifier;
  RETURN_IF_ERROR(admin.Query("SELECT CONCAT('*', UPPER(SHA1(UNHEX(SHA1(?)))))",
                              {Bytes(std::string(password))}, [&](const Row& row) {
                                verifier = row.Text(0);
                                return absl::OkStatus();
                              }));
  return verifier;
}

// What somebody may do with a table: a privilege, and the column to which it is limited or "".
using Rights = std::set<std::pair<std::string, std::string>>;

// "SELECT, UPDATE (position, hash)".
Rights Parse(absl::string_view privileges) {
  Rights rights;
  while (!privileges.empty()) {
    const size_t end = privileges.find_first_of(",(");
    const std::string name =
        absl::AsciiStrToUpper(absl::StripAsciiWhitespace(privileges.substr(0, end)));
    absl::string_view rest =
        end == absl::string_view::npos ? absl::string_view() : privileges.substr(end);
    if (!rest.empty() && rest[0] == '(') {
      const size_t close = std::min(rest.find(')'), rest.size() - 1);
      for (const absl::string_view column : absl::StrSplit(rest.substr(1, close - 1), ',')) {
        rights.emplace(name, std::string(absl::StripAsciiWhitespace(column)));
      }
      rest.remove_prefix(close + 1);
      rest.remove_prefix(std::min(rest.find(','), rest.size()));
    } else if (!name.empty()) {
      rights.emplace(name, "");
    }
    privileges = rest.empty() ? rest : rest.substr(1);
  }
  return rights;
}

std::string Text(const Rights& rights) {
  std::vector<std::string> items;
  for (const auto& [name, column] : rights) {
    items.push_back(column.empty() ? name : absl::StrCat(name, " (", QuoteIdentifier(column), ")"));
  }
  return absl::StrJoin(items, ", ");
}

Rights Without(const Rights& rights, const Rights& taken) {
  Rights left;
  std::set_difference(rights.begin(), rights.end(), taken.begin(), taken.end(),
                      std::inserter(left, left.end()));
  return left;
}

// What an account may do, as far as the one who asks may see it.
struct Present {
  std::map<std::string, Rights> tables;
  // Beyond the tables of this database, or may hand something on.
  bool elsewhere = false;
};

absl::StatusOr<Present> Read(Connection& admin, std::string_view database, std::string_view user,
                             std::string_view host) {
  Present present;
  // As the server writes it, without escapes.
  const std::string grantee = absl::StrCat("'", AbslView(user), "'@'", AbslView(host), "'");
  const std::string schema(database);
  RETURN_IF_ERROR(admin.Query(
      "SELECT table_name, privilege_type, '' FROM information_schema.table_privileges"
      " WHERE grantee = ? AND table_schema = ?"
      " UNION ALL SELECT table_name, privilege_type, column_name"
      " FROM information_schema.column_privileges WHERE grantee = ? AND table_schema = ?",
      {grantee, schema, grantee, schema}, [&](const Row& row) {
        if (row.Text(1) != "USAGE") present.tables[row.Text(0)].emplace(row.Text(1), row.Text(2));
        return absl::OkStatus();
      }));
  RETURN_IF_ERROR(admin.Query(
      "SELECT privilege_type FROM information_schema.user_privileges"
      " WHERE grantee = ? AND (privilege_type <> 'USAGE' OR is_grantable = 'YES')"
      " UNION ALL SELECT privilege_type FROM information_schema.schema_privileges WHERE grantee = ?"
      " UNION ALL SELECT privilege_type FROM information_schema.table_privileges"
      " WHERE grantee = ? AND (table_schema <> ? OR is_grantable = 'YES')"
      " UNION ALL SELECT privilege_type FROM information_schema.column_privileges"
      " WHERE grantee = ? AND (table_schema <> ? OR is_grantable = 'YES')",
      {grantee, grantee, grantee, schema, grantee, schema}, [&](const Row&) {
        present.elsewhere = true;
        return absl::OkStatus();
      }));
  return present;
}

}  // namespace

std::vector<std::string> GrantStatements(std::string_view database, std::string_view user,
                                         absl::Span<const TableGrant> grants) {
  std::vector<std::string> statements;
  for (const std::string_view host : kHosts) {
    for (const TableGrant& grant : grants) {
      statements.push_back(absl::StrCat("GRANT ", grant.privileges, " ON ",
                                        QuoteIdentifier(database), ".",
                                        QuoteIdentifier(grant.table), " TO ", Account(user, host)));
    }
  }
  return statements;
}

absl::Status EnsureDatabase(Connection& admin, std::string_view database) {
  const std::string name = QuoteIdentifier(database);
  RETURN_IF_ERROR(admin
                      .Execute(absl::StrCat("CREATE DATABASE IF NOT EXISTS ", name,
                                            " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
                      .status());
  return admin.Execute(absl::StrCat("USE ", name)).status();
}

absl::Status EnsureUser(Connection& admin, std::string_view database, std::string_view user,
                        std::string_view password, absl::Span<const TableGrant> grants) {
  ASSIGN_OR_RETURN(const std::string verifier, Verifier(admin, password));
  for (const std::string_view host : kHosts) {
    const std::string account = Account(user, host);
    const std::string identified =
        absl::StrCat(account, " IDENTIFIED WITH mysql_native_password AS ", QuoteString(verifier));
    RETURN_IF_ERROR(admin.Execute(absl::StrCat("CREATE USER IF NOT EXISTS ", identified)).status());
    RETURN_IF_ERROR(admin.Execute(absl::StrCat("ALTER USER ", identified)).status());
    ASSIGN_OR_RETURN(Present present, Read(admin, database, user, host));
    if (present.elsewhere) {
      RETURN_IF_ERROR(
          admin.Execute(absl::StrCat("REVOKE ALL PRIVILEGES, GRANT OPTION FROM ", account))
              .status());
      present.tables.clear();
    }
    std::map<std::string, Rights> wanted;
    for (const TableGrant& grant : grants) wanted[grant.table] = Parse(grant.privileges);
    // Also the tables of which nothing is wanted any more.
    for (const auto& [table, rights] : present.tables) wanted.try_emplace(table);
    for (const auto& [table, rights] : wanted) {
      const std::string on =
          absl::StrCat(" ON ", QuoteIdentifier(database), ".", QuoteIdentifier(table));
      const Rights excess = Without(present.tables[table], rights);
      if (!excess.empty()) {
        RETURN_IF_ERROR(
            admin.Execute(absl::StrCat("REVOKE ", Text(excess), on, " FROM ", account)).status());
      }
      // All of it after a revocation: that of a table's privilege may take those of its columns.
      if (!rights.empty() && (!excess.empty() || !Without(rights, present.tables[table]).empty())) {
        RETURN_IF_ERROR(
            admin.Execute(absl::StrCat("GRANT ", Text(rights), on, " TO ", account)).status());
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace phoihop::mysql
