#include "common/access/credentials.h"

#include <mutex>

namespace phoihop::access {
namespace {

constexpr absl::Duration kLifetime = absl::Minutes(5);

struct Cached {
  std::mutex mutex;
  std::string token;
  absl::Time made = absl::InfinitePast();
};

class TokenKeySigner : public ledger::Signer {
 public:
  explicit TokenKeySigner(const TokenSigner* signer) : signer_(signer) {}
  std::string key_id() const override { return signer_->key_id(); }
  absl::StatusOr<std::string> Sign(std::string_view bytes) const override {
    return signer_->SignBytes(bytes);
  }

 private:
  const TokenSigner* const signer_;
};

}  // namespace

std::function<std::string()> OwnCredentials(const TokenSigner* signer, const Clock* clock) {
  return [signer, clock, cached = std::make_shared<Cached>()]() -> std::string {
    const absl::Time now = clock->Now();
    const std::lock_guard<std::mutex> lock(cached->mutex);
    // A clock that was set back makes a new one, too.
    if (cached->token.empty() || now < cached->made || now - cached->made > kLifetime / 2) {
      cached->token = signer->SignOwn(now, kLifetime).value_or("");
      cached->made = now;
    }
    return cached->token;
  };
}

std::unique_ptr<ledger::Signer> CheckpointSigner(const TokenSigner* signer) {
  return std::make_unique<TokenKeySigner>(signer);
}

}  // namespace phoihop::access
