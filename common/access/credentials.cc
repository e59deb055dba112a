#include "common/access/credentials.h"

#include <mutex>

namespace phoihop::access {
namespace {

constexpr absl::Duration kLifetime = absl::Minutes(5);

struct Cached {
  std::mutex mutex;
  std::string token;
  std::string key_id;
  absl::Time made = absl::InfinitePast();
};

class TokenKeySigner : public ledger::Signer {
 public:
  explicit TokenKeySigner(const TokenSigner* signer) : signer_(signer) {}
  // What is signed next says so: its signature is by this key, even if another comes meanwhile.
  std::string key_id() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return named_ = signer_->key_id();
  }
  absl::StatusOr<std::string> Sign(std::string_view bytes) const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return signer_->SignBytes(bytes, named_.empty() ? signer_->key_id() : named_);
  }

 private:
  const TokenSigner* const signer_;
  mutable std::mutex mutex_;
  mutable std::string named_;
};

}  // namespace

std::function<std::string()> OwnCredentials(const TokenSigner* signer, const Clock* clock) {
  return [signer, clock, cached = std::make_shared<Cached>()]() -> std::string {
    const absl::Time now = clock->Now();
    const std::lock_guard<std::mutex> lock(cached->mutex);
    // A clock that was set back makes a new one, too, and so does a new key: the old one may be
    // trusted no longer soon.
    const std::string key_id = signer->key_id();
    if (cached->token.empty() || now < cached->made || now - cached->made > kLifetime / 2 ||
        key_id != cached->key_id) {
      cached->token = signer->SignOwn(now, kLifetime).value_or("");
      cached->made = now;
      cached->key_id = key_id;
    }
    return cached->token;
  };
}

std::unique_ptr<ledger::Signer> CheckpointSigner(const TokenSigner* signer) {
  return std::make_unique<TokenKeySigner>(signer);
}

}  // namespace phoihop::access
