// The logins of the built-in sign-in.
#ifndef PHOIHOP_SERVICES_GATEWAY_STORE_CREDENTIALS_H_
#define PHOIHOP_SERVICES_GATEWAY_STORE_CREDENTIALS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/ledger/command.h"
#include "common/mysql/pool.h"

namespace phoihop::gateway {

struct Credential {
  // `members/{id}`.
  std::string member;
  // Lower case.
  std::string login;
  // `bodies/{id}`; may be empty.
  std::string body;
  // As crypto_pwhash_str writes it.
  std::string password_hash;
  // Ascends from 1 with every change.
  int64_t revision = 0;
};

// Thread safe; writes happen within a ledger command.
class CredentialStore {
 public:
  // `pool` must outlive this.
  explicit CredentialStore(mysql::Pool& pool) : pool_(pool) {}

  // Nothing when there is no such login.
  absl::StatusOr<std::optional<Credential>> FindByLogin(std::string_view login,
                                                        absl::Time deadline) const;

  // The member whose login was recorded first: the local administrator. Nothing before that.
  absl::StatusOr<std::optional<std::string>> FirstMember(absl::Time deadline) const;

  // Adds the member's login, or changes it; sets `credential.revision`. ALREADY_EXISTS with
  // the reason LOGIN_TAKEN when it is another member's.
  static absl::Status Save(ledger::Transaction& transaction, Credential& credential);

 private:
  mysql::Pool& pool_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_STORE_CREDENTIALS_H_
