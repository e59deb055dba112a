// The two kinds of tokens at the gateway: those of clients, which only the gateway
// accepts, and the short-lived ones that it makes from them for the services.
#ifndef PHOIHOP_SERVICES_GATEWAY_IDENTITY_TOKENS_H_
#define PHOIHOP_SERVICES_GATEWAY_IDENTITY_TOKENS_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/access/caller.h"
#include "common/access/tokens.h"
#include "common/rpc/auth.h"
#include "common/time/clock.h"

namespace phoihop::gateway {

// The audience of clients' tokens. No service accepts it, so a token from outside is of
// no use inside, and the other way round.
inline constexpr std::string_view kClientAudience = "phoihop-client";

// The command line on the host: the only service that the gateway lets in.
inline constexpr std::string_view kCtl = "services/ctl";

// Recognises members by clients' tokens, and services/ctl by its own. Thread safe.
class ClientAuthenticator : public rpc::Authenticator {
 public:
  // FAILED_PRECONDITION when the folder of keys cannot be read.
  static absl::StatusOr<std::shared_ptr<const ClientAuthenticator>> Create(
      const std::string& trusted_keys_dir, const Clock* clock);

  // UNAUTHENTICATED for anything else.
  absl::StatusOr<access::Caller> Authenticate(std::string_view token) const override;

 private:
  ClientAuthenticator() = default;

  std::unique_ptr<access::TokenVerifier> clients_;
  std::unique_ptr<access::TokenVerifier> services_;
};

// Makes tokens with the gateway's key. Thread safe.
class TokenMint {
 public:
  // How long a token for the services holds, and how long it is used again.
  static constexpr absl::Duration kServiceLifetime = absl::Seconds(60);
  static constexpr absl::Duration kReuse = absl::Seconds(30);
  // Members whose tokens are kept.
  static constexpr size_t kMaxKept = 10000;

  // `signer` and `clock` must outlive this.
  TokenMint(const access::TokenSigner* signer, const Clock* clock)
      : signer_(signer), clock_(clock) {}

  // A client's token: `audience` and issuer are set here.
  absl::StatusOr<std::string> ForClient(access::Claims claims) const;

  // A token with which the services see the member who called the gateway.
  absl::StatusOr<std::string> ForServices(const access::Caller& member);

  // The gateway's own token for the services; "" if it cannot be signed.
  std::string Own();

 private:
  struct Kept {
    std::string token;
    absl::Time until;
  };

  const access::TokenSigner* const signer_;
  const Clock* const clock_;
  absl::Mutex mutex_;
  // By member, body and session.
  absl::flat_hash_map<std::string, Kept> kept_ ABSL_GUARDED_BY(mutex_);
  Kept own_ ABSL_GUARDED_BY(mutex_);
  // The key that signed it.
  std::string own_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_IDENTITY_TOKENS_H_
