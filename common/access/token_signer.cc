#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/access/key_files.h"
#include "common/access/token_bytes.h"
#include "common/access/tokens.h"
#include "common/names/names.h"
#include "common/status/macros.h"

namespace phoihop::access {

using nlohmann::json;

Caller CallerOf(const Claims& claims) {
  const bool service = claims.subject.rfind("services/", 0) == 0;
  return {service ? Caller::kService : Caller::kMember, claims.subject, claims.body, claims.id};
}

namespace {

// When a file came to lie at this path. Not when it was written: a copy may say that of its
// original.
absl::Time PlacedAt(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return absl::InfiniteFuture();
  return absl::TimeFromTimespec(file.st_ctim);
}

}  // namespace

// The key as last read, and the one before it.
class TokenSigner::Keys {
 public:
  struct Key {
    explicit Key(PrivateKey read) : id(std::move(read.kid)), secret(std::move(read.secret)) {}
    ~Key() { sodium_memzero(secret.data(), secret.size()); }

    std::string Sign(std::string_view bytes) const {
      std::string signature(crypto_sign_BYTES, '\0');
      crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                           Bytes(bytes), bytes.size(), Bytes(secret));
      return signature;
    }

    const std::string id;
    std::string secret;
  };
  using KeyPtr = std::shared_ptr<const Key>;

  Keys(std::string path, absl::Duration settle, std::string owner, PrivateKey key,
       std::string fingerprint)
      : path_(std::move(path)),
        settle_(settle),
        owner_(std::move(owner)),
        fingerprint_(std::move(fingerprint)),
        current_(std::make_shared<const Key>(std::move(key))),
        looked_(absl::Now()) {}

  KeyPtr Get() {
    const std::lock_guard<std::mutex> lock(mutex_);
    const absl::Time now = absl::Now();
    // A machine's clock may be set back; then look again too.
    if (now - looked_ >= std::min(settle_, kLook) || now < looked_) {
      looked_ = now;
      Look(now);
    }
    return current_;
  }

  KeyPtr Find(std::string_view id) {
    const KeyPtr current = Get();
    if (current->id == id) return current;
    const std::lock_guard<std::mutex> lock(mutex_);
    return previous_ != nullptr && previous_->id == id ? previous_ : nullptr;
  }

 private:
  static constexpr absl::Duration kLook = absl::Seconds(1);

  void Look(absl::Time now) {
    std::string fingerprint = FingerprintOfFile(path_);
    if (fingerprint == fingerprint_) {
      seen_.clear();
      return;
    }
    if (fingerprint != seen_ || now < since_) {
      seen_ = std::move(fingerprint);
      // Who has had nothing to sign for long has not looked: the key may have lain there all along,
      // and the one before be trusted no longer.
      since_ = std::min(now, PlacedAt(path_));
    }
    if (now - since_ < settle_) return;
    absl::StatusOr<PrivateKey> key = ReadPrivateKey(path_);
    // While it is missing or of somebody else, the known one goes on.
    if (!key.ok() || key->owner != owner_) return;
    fingerprint_ = std::exchange(seen_, "");
    if (key->kid == current_->id) return;
    previous_ = std::exchange(current_, std::make_shared<const Key>(*std::move(key)));
  }

  const std::string path_;
  const absl::Duration settle_;
  const std::string owner_;
  std::mutex mutex_;
  std::string fingerprint_;
  KeyPtr current_, previous_;
  absl::Time looked_;
  // Another file that has been there since.
  std::string seen_;
  absl::Time since_;
};

TokenSigner::~TokenSigner() = default;

absl::StatusOr<std::unique_ptr<TokenSigner>> TokenSigner::FromFile(const std::string& path,
                                                                   absl::Duration settle) {
  if (sodium_init() < 0) return absl::InternalError("no random numbers");
  // The fingerprint first: a file that changes in between is read again.
  std::string fingerprint = FingerprintOfFile(path);
  ASSIGN_OR_RETURN(PrivateKey key, ReadPrivateKey(path));
  std::unique_ptr<TokenSigner> signer(new TokenSigner);
  signer->owner_ = key.owner;
  signer->keys_ =
      std::make_unique<Keys>(path, settle, signer->owner_, std::move(key), std::move(fingerprint));
  return signer;
}

std::string TokenSigner::key_id() const { return keys_->Get()->id; }

absl::StatusOr<std::string> TokenSigner::SignBytes(std::string_view bytes,
                                                   std::string_view key_id) const {
  const auto key = keys_->Find(key_id);
  if (key == nullptr) return absl::NotFoundError("the key has been replaced");
  return key->Sign(bytes);
}

absl::StatusOr<std::string> TokenSigner::Sign(Claims claims) const {
  if (claims.issuer.empty()) claims.issuer = owner_;
  json payload = {{"iss", claims.issuer},
                  {"sub", claims.subject},
                  {"aud", claims.audience},
                  {"iat", absl::ToUnixSeconds(claims.issued_at)},
                  {"exp", absl::ToUnixSeconds(claims.expires_at)},
                  {"jti", claims.id}};
  if (claims.not_before != absl::InfinitePast()) {
    payload["nbf"] = absl::ToUnixSeconds(claims.not_before);
  }
  if (!claims.body.empty()) payload["body"] = claims.body;
  if (!claims.act.empty()) payload["act"] = claims.act;
  const auto key = keys_->Get();
  const json header = {{"alg", "EdDSA"}, {"kid", key->id}, {"typ", "JWT"}};
  // Replacing bad UTF-8 rather than throwing: such claims fail every check later.
  const auto encode = [](const json& object) {
    return ToBase64Url(object.dump(-1, ' ', false, json::error_handler_t::replace));
  };
  std::string token = absl::StrCat(encode(header), ".", encode(payload));
  absl::StrAppend(&token, ".", ToBase64Url(key->Sign(token)));
  if (token.size() > kMaxToken) return absl::InvalidArgumentError("the claims are too long");
  return token;
}

absl::StatusOr<std::string> TokenSigner::SignOwn(absl::Time now, absl::Duration lifetime) const {
  Claims claims;
  claims.subject = owner_;
  claims.issued_at = now;
  claims.expires_at = now + lifetime;
  claims.id = NewId(now);
  return Sign(std::move(claims));
}

}  // namespace phoihop::access
