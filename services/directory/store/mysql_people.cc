// Members and grants: their rows, and the statements that touch them.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/directory/store/mysql_store.h"
#include "services/directory/store/rows.h"
#include "services/directory/store/state_row.h"

namespace phoihop::directory {
namespace {

using mysql::Connection;
using mysql::Row;

#define MEMBER_COLUMNS "member_id, display_name, body_id, create_time, revision"
#define GRANT_COLUMNS \
  "grant_id, member_id, role, unit_id, body_id, create_time, revoke_time, revision"

constexpr std::string_view kFindMember =
    "SELECT " MEMBER_COLUMNS " FROM members WHERE member_id = ?";
constexpr std::string_view kLockMember =
    "SELECT " MEMBER_COLUMNS " FROM members WHERE member_id = ? FOR UPDATE";
constexpr std::string_view kListMembers = "SELECT " MEMBER_COLUMNS
                                          " FROM members WHERE member_id > ?"
                                          " ORDER BY member_id LIMIT ?";
constexpr std::string_view kAddMember =
    "INSERT INTO members (" MEMBER_COLUMNS ") VALUES (?, ?, ?, ?, ?)";

constexpr std::string_view kLoadGrants =
    "SELECT " GRANT_COLUMNS " FROM access_grants WHERE revoke_time IS NULL ORDER BY grant_id";
constexpr std::string_view kListGrants = "SELECT " GRANT_COLUMNS
                                         " FROM access_grants WHERE member_id = ?"
                                         " ORDER BY grant_id LIMIT ?";
constexpr std::string_view kLockGrant =
    "SELECT " GRANT_COLUMNS " FROM access_grants WHERE grant_id = ? FOR UPDATE";
constexpr std::string_view kAddGrant =
    "INSERT INTO access_grants (" GRANT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kSaveGrant =
    "UPDATE access_grants SET revoke_time = ?, revision = ? WHERE grant_id = ?";
constexpr std::string_view kMoveAccessVersion =
    "UPDATE directory_state SET access_version = access_version + 1 WHERE id = 1";

#undef MEMBER_COLUMNS
#undef GRANT_COLUMNS

Member MemberFrom(const Row& row) {
  return {row.Text(0), row.Text(1), row.Text(2), row.Time(3), row.Int(4)};
}

Grant GrantFrom(const Row& row) {
  Grant grant;
  grant.id = row.Text(0);
  grant.member = row.Text(1);
  grant.role = static_cast<Role>(row.Int(2));
  grant.unit = row.Int(3);
  grant.body = row.Text(4);
  grant.created = row.Time(5);
  if (!row.IsNull(6)) grant.revoked = row.Time(6);
  grant.revision = row.Int(7);
  return grant;
}

}  // namespace

absl::StatusOr<std::optional<Member>> MysqlStore::FindMember(absl::Time deadline,
                                                             std::string_view id) {
  return mysql::Read(pool_, deadline, [&](Connection& db) {
    return One<Member>(db, kFindMember, {std::string(id)}, MemberFrom);
  });
}

absl::StatusOr<std::vector<Member>> MysqlStore::ListMembers(absl::Time deadline,
                                                            std::string_view after, int limit) {
  return mysql::Read(pool_, deadline, [&](Connection& db) {
    return All<Member>(db, kListMembers, {std::string(after), int64_t{limit}}, MemberFrom);
  });
}

absl::StatusOr<std::vector<Grant>> MysqlStore::ListGrants(absl::Time deadline,
                                                          std::string_view member, int limit) {
  return mysql::Read(pool_, deadline, [&](Connection& db) {
    return All<Grant>(db, kListGrants, {std::string(member), int64_t{limit}}, GrantFrom);
  });
}

absl::StatusOr<std::vector<Grant>> MysqlStore::LoadGrants(absl::Time deadline, StoreState& state) {
  return mysql::Read(pool_, deadline, [&](Connection& db) -> absl::StatusOr<std::vector<Grant>> {
    ASSIGN_OR_RETURN(state, ReadStateRow(db));
    return All<Grant>(db, kLoadGrants, {}, GrantFrom);
  });
}

absl::Status MysqlStore::AddMember(ledger::Transaction& transaction, const Member& member) {
  return transaction.db()
      .Execute(kAddMember,
               {member.id, member.display_name, member.body, member.created, member.revision})
      .status();
}

absl::StatusOr<std::optional<Member>> MysqlStore::LockMember(ledger::Transaction& transaction,
                                                             std::string_view id) {
  return One<Member>(transaction.db(), kLockMember, {std::string(id)}, MemberFrom);
}

absl::Status MysqlStore::AddGrant(ledger::Transaction& transaction, const Grant& grant) {
  RETURN_IF_ERROR(
      transaction.db()
          .Execute(kAddGrant, {grant.id, grant.member, static_cast<int64_t>(grant.role), grant.unit,
                               grant.body, grant.created, Nullable(grant.revoked), grant.revision})
          .status());
  return transaction.db().Execute(kMoveAccessVersion).status();
}

absl::Status MysqlStore::SaveGrant(ledger::Transaction& transaction, const Grant& grant) {
  RETURN_IF_ERROR(transaction.db()
                      .Execute(kSaveGrant, {Nullable(grant.revoked), grant.revision, grant.id})
                      .status());
  return transaction.db().Execute(kMoveAccessVersion).status();
}

absl::StatusOr<std::optional<Grant>> MysqlStore::LockGrant(ledger::Transaction& transaction,
                                                           std::string_view id) {
  return One<Grant>(transaction.db(), kLockGrant, {std::string(id)}, GrantFrom);
}

}  // namespace phoihop::directory
