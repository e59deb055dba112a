// Tokens between processes: JWT signed with Ed25519, and nothing else.
#ifndef PHOIHOP_COMMON_ACCESS_TOKENS_H_
#define PHOIHOP_COMMON_ACCESS_TOKENS_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/access/caller.h"
#include "common/time/clock.h"

namespace phoihop::access {

// The audience of every token inside the system.
inline constexpr std::string_view kAudience = "phoihop";

// What a token says.
struct Claims {
  // Who issued it, `services/gateway`. Must be the owner of the key.
  std::string issuer;
  // For whom: `members/{id}` or `services/{name}`.
  std::string subject;
  std::string audience{kAudience};
  absl::Time issued_at;
  // Optional; InfinitePast leaves it out.
  absl::Time not_before = absl::InfinitePast();
  absl::Time expires_at;
  // Id of the token or session.
  std::string id;
  // The body for which the subject acts; may be empty.
  std::string body;
  // Who asked for the token in the subject's place, when somebody did: a token
  // that an administrator issued for a member. May be empty.
  std::string act;
};

// The caller that a token speaks for.
Caller CallerOf(const Claims& claims);

// Signs tokens with the private key of a file. Looks once a second whether another one of the
// same owner has been put there, and takes it: so keys rotate without a restart. Thread safe.
class TokenSigner {
 public:
  ~TokenSigner();

  // How long a new key lies there before it is taken: verifiers look for its public key every
  // second, and must know it first.
  static constexpr absl::Duration kSettle = absl::Seconds(2);

  // Reads a key that GenerateKey wrote. Errors never show the key.
  static absl::StatusOr<std::unique_ptr<TokenSigner>> FromFile(const std::string& path,
                                                               absl::Duration settle = kSettle);

  // A token with these claims; an empty issuer becomes the key's owner. At most
  // 4 KB, INVALID_ARGUMENT beyond that.
  absl::StatusOr<std::string> Sign(Claims claims) const;

  // A token of the key's owner for itself, valid for `lifetime`.
  absl::StatusOr<std::string> SignOwn(absl::Time now, absl::Duration lifetime) const;

  // The 64-byte Ed25519 signature over any bytes, for ledger checkpoints, with the key that
  // key_id() named; NOT_FOUND when it is neither the present one nor the one before.
  absl::StatusOr<std::string> SignBytes(std::string_view bytes, std::string_view key_id) const;

  // Of the key that signs now.
  std::string key_id() const;
  // `services/{name}`.
  const std::string& owner() const { return owner_; }

 private:
  class Keys;
  TokenSigner() = default;

  std::string owner_;
  std::unique_ptr<Keys> keys_;
};

// Checks tokens against a directory of public keys, `<kid>.pub`. Thread safe.
class TokenVerifier {
 public:
  struct Options {
    // Public keys. Read again when a file comes, goes or changes: so keys rotate
    // without a restart. Keys in its folder `retired` verify checkpoints, but no tokens.
    std::string trusted_keys_dir;
    // How often the directory is looked at, at most.
    absl::Duration reread_interval = absl::Seconds(1);
    std::string audience{kAudience};
    const Clock* clock = SystemClock();
    // How far clocks of hosts may differ.
    absl::Duration leeway = absl::Seconds(5);
    // A token may not live longer than this in all.
    absl::Duration max_lifetime = absl::Hours(24);
    // Only keys of these owners may speak for members; any other key only for
    // its owner, so that one service's stolen key opens no member's rights.
    std::vector<std::string> member_issuers = {"services/gateway", "services/ctl"};
  };

  ~TokenVerifier();

  // FAILED_PRECONDITION when the directory cannot be read. It may be empty.
  static absl::StatusOr<std::unique_ptr<TokenVerifier>> Create(Options options);

  // The claims of a good token. UNAUTHENTICATED with the reason TOKEN_EXPIRED or
  // TOKEN_INVALID otherwise; the text says no more than that. The signature of a token that
  // comes again is not computed again while the keys are the same; its times are.
  absl::StatusOr<Claims> Verify(std::string_view token) const;

  // Whether `signature` over `bytes` is by the key `key_id`, trusted or retired; for
  // checkpoints.
  bool VerifyBytes(std::string_view key_id, std::string_view bytes,
                   std::string_view signature) const;

 private:
  class Keys;
  class Seen;
  explicit TokenVerifier(Options options);

  Options options_;
  std::unique_ptr<Keys> keys_;
  std::unique_ptr<Seen> seen_;
};

// Makes a new key pair for `owner` (`services/gateway`): the private key goes to
// `signing_key_file` (mode 0600, written beside and renamed), the public key to
// `<kid>.pub` in `trusted_keys_dir`. Returns the kid, `<name>-<random>`.
absl::StatusOr<std::string> GenerateKey(std::string_view owner, const std::string& signing_key_file,
                                        const std::string& trusted_keys_dir);

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_TOKENS_H_
