#include "services/gateway/identity/passwords.h"

#include <sodium.h>

#include <utility>

#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::gateway {

class Passwords::Turn {
 public:
  static absl::StatusOr<Turn> Await(Passwords& owner, absl::Time deadline) {
    absl::MutexLock lock(&owner.mutex_);
    const auto is_free = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(owner.mutex_) {
      return owner.running_ < owner.options_.at_once;
    };
    if (!is_free()) {
      if (owner.waiting_ >= owner.options_.waiting) return Overloaded(absl::Seconds(1));
      ++owner.waiting_;
      const bool came = owner.mutex_.AwaitWithDeadline(absl::Condition(&is_free), deadline);
      --owner.waiting_;
      if (!came) return DeadlineExceeded();
    }
    ++owner.running_;
    return Turn(owner);
  }

  Turn(Turn&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
  Turn& operator=(Turn&&) = delete;
  ~Turn() {
    if (owner_ == nullptr) return;
    absl::MutexLock lock(&owner_->mutex_);
    --owner_->running_;
  }

 private:
  explicit Turn(Passwords& owner) : owner_(&owner) {}
  Passwords* owner_;
};

absl::StatusOr<std::unique_ptr<Passwords>> Passwords::Create(Options options) {
  if (sodium_init() < 0) return absl::InternalError("libsodium cannot be initialised");
  std::unique_ptr<Passwords> passwords(new Passwords(options));
  unsigned char random[16];
  randombytes_buf(random, sizeof(random));
  ASSIGN_OR_RETURN(passwords->decoy_, passwords->Compute(std::string_view(
                                          reinterpret_cast<char*>(random), sizeof(random))));
  return passwords;
}

absl::StatusOr<std::string> Passwords::Compute(std::string_view password) const {
  char hash[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(hash, password.data(), password.size(), options_.operations,
                            options_.memory, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Internal("no memory to hash a password");
  }
  return std::string(hash);
}

absl::StatusOr<std::string> Passwords::Hash(std::string_view password, absl::Time deadline) {
  ASSIGN_OR_RETURN(const Turn turn, Turn::Await(*this, deadline));
  return Compute(password);
}

absl::StatusOr<bool> Passwords::Verify(std::string_view password, const std::string& hash,
                                       absl::Time deadline) {
  ASSIGN_OR_RETURN(const Turn turn, Turn::Await(*this, deadline));
  const std::string& compared = hash.empty() ? decoy_ : hash;
  const bool same =
      crypto_pwhash_str_verify(compared.c_str(), password.data(), password.size()) == 0;
  return same && !hash.empty();
}

}  // namespace phoihop::gateway
