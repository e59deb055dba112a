#include "common/ledger/signer.h"

#include <sodium.h>

#include <utility>

namespace phoihop::ledger {
namespace {

const unsigned char* Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

struct KeyPair {
  unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
  unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
  ~KeyPair() { sodium_memzero(secret_key, sizeof(secret_key)); }
};

absl::Status Derive(std::string_view seed, KeyPair& pair) {
  if (sodium_init() < 0) return absl::InternalError("libsodium does not start");
  if (seed.size() != crypto_sign_SEEDBYTES) {
    return absl::InvalidArgumentError("an Ed25519 seed has 32 bytes");
  }
  crypto_sign_seed_keypair(pair.public_key, pair.secret_key, Raw(seed));
  return absl::OkStatus();
}

class Ed25519Signer : public Signer {
 public:
  explicit Ed25519Signer(std::string key_id) : key_id_(std::move(key_id)) {}

  std::string key_id() const override { return key_id_; }

  absl::StatusOr<std::string> Sign(std::string_view bytes) const override {
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, Raw(bytes),
                         bytes.size(), pair_.secret_key);
    return signature;
  }

  KeyPair& pair() { return pair_; }

 private:
  const std::string key_id_;
  KeyPair pair_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Signer>> NewEd25519Signer(std::string key_id,
                                                         std::string_view seed) {
  if (key_id.empty() || key_id.size() > 64) {
    return absl::InvalidArgumentError("a key id has 1 to 64 bytes");
  }
  auto signer = std::make_unique<Ed25519Signer>(std::move(key_id));
  const absl::Status status = Derive(seed, signer->pair());
  if (!status.ok()) return status;
  return std::unique_ptr<Signer>(std::move(signer));
}

absl::StatusOr<std::string> Ed25519PublicKey(std::string_view seed) {
  KeyPair pair;
  const absl::Status status = Derive(seed, pair);
  if (!status.ok()) return status;
  return std::string(reinterpret_cast<const char*>(pair.public_key), sizeof(pair.public_key));
}

bool VerifyEd25519(std::string_view public_key, std::string_view bytes,
                   std::string_view signature) {
  if (sodium_init() < 0 || public_key.size() != crypto_sign_PUBLICKEYBYTES ||
      signature.size() != crypto_sign_BYTES) {
    return false;
  }
  return crypto_sign_verify_detached(Raw(signature), Raw(bytes), bytes.size(), Raw(public_key)) ==
         0;
}

}  // namespace phoihop::ledger
