// Bodies, members and grants: their rows, and the statements that touch them.
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
#include "services/directory/store/state_row.h"

namespace phoihop::directory {
namespace {

using mysql::Connection;
using mysql::Row;
using mysql::Value;

#define BODY_COLUMNS \
  "body_id, display_name, abbreviation, unit_id, valid_from, valid_until, create_time, revision"
#define MEMBER_COLUMNS "member_id, display_name, body_id, create_time, revision"
#define GRANT_COLUMNS \
  "grant_id, member_id, role, unit_id, body_id, create_time, revoke_time, revision"

constexpr std::string_view kFindBody = "SELECT " BODY_COLUMNS " FROM bodies WHERE body_id = ?";
constexpr std::string_view kFindBodies = "SELECT " BODY_COLUMNS " FROM bodies WHERE body_id IN (";
constexpr std::string_view kListBodies = "SELECT " BODY_COLUMNS
                                         " FROM bodies WHERE unit_id = ? AND body_id > ?"
                                         " ORDER BY body_id LIMIT ?";
constexpr std::string_view kAddBody =
    "INSERT INTO bodies (" BODY_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kUnitOfBody = "SELECT unit_id FROM bodies WHERE body_id = ?";

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

#undef BODY_COLUMNS
#undef MEMBER_COLUMNS
#undef GRANT_COLUMNS

Body BodyFrom(const Row& row) {
  Body body;
  body.id = row.Text(0);
  body.display_name = row.Text(1);
  body.abbreviation = row.Text(2);
  body.unit = row.Int(3);
  if (!row.IsNull(4)) body.valid_from = row.Day(4);
  if (!row.IsNull(5)) body.valid_until = row.Day(5);
  body.created = row.Time(6);
  body.revision = row.Int(7);
  return body;
}

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

// All rows of a query.
template <class T>
absl::StatusOr<std::vector<T>> All(Connection& db, std::string_view sql, mysql::Params params,
                                   T (*from)(const Row&)) {
  std::vector<T> result;
  RETURN_IF_ERROR(db.Query(sql, params, [&](const Row& row) {
    result.push_back(from(row));
    return absl::OkStatus();
  }));
  return result;
}

// The only row of a query, or nothing.
template <class T>
absl::StatusOr<std::optional<T>> One(Connection& db, std::string_view sql, mysql::Params params,
                                     T (*from)(const Row&)) {
  ASSIGN_OR_RETURN(std::vector<T> rows, All(db, sql, params, from));
  if (rows.empty()) return std::optional<T>();
  return std::optional<T>(std::move(rows.front()));
}

Value Nullable(const std::optional<absl::CivilDay>& day) {
  return day.has_value() ? Value(*day) : Value(nullptr);
}

Value Nullable(const std::optional<absl::Time>& time) {
  return time.has_value() ? Value(*time) : Value(nullptr);
}

}  // namespace

absl::StatusOr<std::optional<Body>> MysqlStore::FindBody(absl::Time deadline, std::string_view id) {
  return mysql::Read(pool_, deadline, [&](Connection& db) {
    return One<Body>(db, kFindBody, {std::string(id)}, BodyFrom);
  });
}

absl::StatusOr<std::vector<Body>> MysqlStore::FindBodies(absl::Time deadline,
                                                         absl::Span<const std::string> ids) {
  if (ids.empty()) return std::vector<Body>();
  std::string sql = absl::StrCat(AbslView(kFindBodies), "?");
  for (size_t i = 1; i < ids.size(); ++i) absl::StrAppend(&sql, ", ?");
  absl::StrAppend(&sql, ")");
  const std::vector<Value> params(ids.begin(), ids.end());
  return mysql::Read(pool_, deadline,
                     [&](Connection& db) { return All<Body>(db, sql, params, BodyFrom); });
}

absl::StatusOr<std::vector<Body>> MysqlStore::ListBodies(absl::Time deadline, int64_t unit,
                                                         std::string_view after, int limit) {
  return mysql::Read(pool_, deadline, [&](Connection& db) {
    return All<Body>(db, kListBodies, {unit, std::string(after), int64_t{limit}}, BodyFrom);
  });
}

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

absl::StatusOr<std::optional<int64_t>> MysqlStore::UnitOfBody(ledger::Transaction& transaction,
                                                              std::string_view id) {
  return One<int64_t>(transaction.db(), kUnitOfBody, {std::string(id)},
                      [](const Row& row) { return row.Int(0); });
}

absl::Status MysqlStore::AddBody(ledger::Transaction& transaction, const Body& body) {
  return transaction.db()
      .Execute(kAddBody,
               {body.id, body.display_name, body.abbreviation, body.unit, Nullable(body.valid_from),
                Nullable(body.valid_until), body.created, body.revision})
      .status();
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
