#ifndef PHOIHOP_COMMON_LEDGER_SIGNER_H_
#define PHOIHOP_COMMON_LEDGER_SIGNER_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace phoihop::ledger {

// Signs checkpoints with an Ed25519 key. Safe for threads.
class Signer {
 public:
  virtual ~Signer() = default;
  // Names the key; at most 64 bytes.
  virtual std::string key_id() const = 0;
  // The detached Ed25519 signature, 64 bytes.
  virtual absl::StatusOr<std::string> Sign(std::string_view bytes) const = 0;
};

// A signer with a key in memory. `seed` has 32 bytes; INVALID_ARGUMENT otherwise.
absl::StatusOr<std::unique_ptr<Signer>> NewEd25519Signer(std::string key_id, std::string_view seed);

// The 32-byte public key that belongs to a seed.
absl::StatusOr<std::string> Ed25519PublicKey(std::string_view seed);

// True when the signature of the bytes is that of the key.
bool VerifyEd25519(std::string_view public_key, std::string_view bytes, std::string_view signature);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_SIGNER_H_
