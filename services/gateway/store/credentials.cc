#include "services/gateway/store/credentials.h"

#include <utility>

#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::gateway {
namespace {

using mysql::Connection;
using mysql::Row;

constexpr std::string_view kFindByLogin =
    "SELECT member, login, body, password_hash, revision FROM credentials WHERE login = ?";
constexpr std::string_view kFirstMember =
    "SELECT member FROM credentials ORDER BY create_time, member LIMIT 1";
constexpr std::string_view kLockByLogin =
    "SELECT member FROM credentials WHERE login = ? FOR UPDATE";
constexpr std::string_view kLockByMember =
    "SELECT revision FROM credentials WHERE member = ? FOR UPDATE";
constexpr std::string_view kInsert =
    "INSERT INTO credentials (member, login, body, password_hash, create_time, update_time,"
    " revision) VALUES (?, ?, ?, ?, ?, ?, 1)";
constexpr std::string_view kUpdate =
    "UPDATE credentials SET login = ?, body = ?, password_hash = ?, update_time = ?, revision = ?"
    " WHERE member = ?";

}  // namespace

absl::StatusOr<std::optional<Credential>> CredentialStore::FindByLogin(std::string_view login,
                                                                       absl::Time deadline) const {
  return mysql::Read(
      pool_, deadline, [&](Connection& db) -> absl::StatusOr<std::optional<Credential>> {
        std::optional<Credential> found;
        RETURN_IF_ERROR(
            db.Query(kFindByLogin, {std::string(login)}, [&](const Row& row) -> absl::Status {
              found = Credential{row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Int(4)};
              return absl::OkStatus();
            }));
        return found;
      });
}

absl::StatusOr<std::optional<std::string>> CredentialStore::FirstMember(absl::Time deadline) const {
  return mysql::Read(
      pool_, deadline, [&](Connection& db) -> absl::StatusOr<std::optional<std::string>> {
        std::optional<std::string> member;
        RETURN_IF_ERROR(db.Query(kFirstMember, {}, [&](const Row& row) -> absl::Status {
          member = row.Text(0);
          return absl::OkStatus();
        }));
        return member;
      });
}

absl::Status CredentialStore::Save(ledger::Transaction& transaction, Credential& credential) {
  Connection& db = transaction.db();
  std::string owner;
  RETURN_IF_ERROR(db.Query(kLockByLogin, {credential.login}, [&](const Row& row) -> absl::Status {
    owner = row.Text(0);
    return absl::OkStatus();
  }));
  if (!owner.empty() && owner != credential.member) {
    return AlreadyExists(
        "Credential", "", "LOGIN_TAKEN",
        {"Another member has this login.", "Tên đăng nhập này đã thuộc về thành viên khác."});
  }
  int64_t revision = 0;
  RETURN_IF_ERROR(db.Query(kLockByMember, {credential.member}, [&](const Row& row) -> absl::Status {
    revision = row.Int(0);
    return absl::OkStatus();
  }));
  credential.revision = revision + 1;
  if (revision == 0) {
    return db
        .Execute(kInsert, {credential.member, credential.login, credential.body,
                           credential.password_hash, transaction.now(), transaction.now()})
        .status();
  }
  return db
      .Execute(kUpdate, {credential.login, credential.body, credential.password_hash,
                         transaction.now(), credential.revision, credential.member})
      .status();
}

}  // namespace phoihop::gateway
