#include "common/mysql/provision.h"

#include "absl/strings/str_cat.h"
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
    RETURN_IF_ERROR(
        admin.Execute(absl::StrCat("REVOKE ALL PRIVILEGES, GRANT OPTION FROM ", account)).status());
  }
  for (const std::string& statement : GrantStatements(database, user, grants)) {
    RETURN_IF_ERROR(admin.Execute(statement).status());
  }
  return absl::OkStatus();
}

}  // namespace phoihop::mysql
