#include "common/access/tokens.h"

#include <sodium.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/access/key_files.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::access {
namespace {

using nlohmann::json;

constexpr size_t kMaxToken = 4096;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::Status Invalid() {
  return Unauthenticated("TOKEN_INVALID",
                         {"The access token is not valid.", "Mã truy cập không hợp lệ."});
}

absl::Status Expired() {
  return Unauthenticated("TOKEN_EXPIRED",
                         {"The access token has expired.", "Mã truy cập đã hết hạn."});
}

// The string member `key`, or "".
std::string String(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Reads an instant in whole seconds; `fallback` when it is not there.
bool Instant(const json& object, const char* key, absl::Time fallback, absl::Time* out) {
  *out = fallback;
  const auto found = object.find(key);
  if (found == object.end()) return fallback == absl::InfinitePast();
  if (!found->is_number_integer()) return false;
  *out = absl::FromUnixSeconds(found->get<int64_t>());
  return true;
}

struct Parts {
  std::string_view header, payload, signature, signed_text;
};

// Cuts a token at its two dots.
bool Cut(std::string_view token, Parts* parts) {
  const size_t first = token.find('.');
  if (first == std::string_view::npos) return false;
  const size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return false;
  parts->header = token.substr(0, first);
  parts->payload = token.substr(first + 1, second - first - 1);
  parts->signature = token.substr(second + 1);
  parts->signed_text = token.substr(0, second);
  return parts->signature.find('.') == std::string_view::npos;
}

// The JSON object in base64url; discarded when it is none.
json Object(std::string_view base64url) {
  const absl::StatusOr<std::string> text = FromBase64Url(base64url);
  if (!text.ok()) return json(json::value_t::discarded);
  json object = json::parse(*text, nullptr, false);
  return object.is_object() ? object : json(json::value_t::discarded);
}

// The kid of a header that says EdDSA and nothing unknown; "" otherwise. The
// algorithm is never taken from the token: it must be the only one we have.
std::string KeyIdOf(const json& header) {
  if (header.is_discarded() || String(header, "alg") != "EdDSA") return "";
  for (const auto& [key, value] : header.items()) {
    if (key != "alg" && key != "typ" && key != "kid") return "";
    if (key == "typ" && value != "JWT") return "";
  }
  return String(header, "kid");
}

}  // namespace

Caller CallerOf(const Claims& claims) {
  const bool service = claims.subject.rfind("services/", 0) == 0;
  return {service ? Caller::kService : Caller::kMember, claims.subject, claims.body, claims.id};
}

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
      since_ = now;
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

// The keys as last read. A reader takes the whole map; a change makes a new one.
class TokenVerifier::Keys {
 public:
  using Map = std::map<std::string, PublicKey>;

  Keys(std::string dir, absl::Duration interval) : dir_(std::move(dir)), interval_(interval) {}

  absl::Status Read() {
    // The fingerprint first: a file that changes in between is read again.
    std::string fingerprint = FingerprintOfKeys(dir_);
    ASSIGN_OR_RETURN(Map keys, ReadPublicKeys(dir_));
    const std::lock_guard<std::mutex> lock(mutex_);
    fingerprint_ = std::move(fingerprint);
    keys_ = std::make_shared<const Map>(std::move(keys));
    looked_ = absl::Now();
    return absl::OkStatus();
  }

  std::shared_ptr<const Map> Get() {
    std::string known;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const absl::Time now = absl::Now();
      // A machine's clock may be set back; then look again too.
      if (now - looked_ < interval_ && now >= looked_) return keys_;
      looked_ = now;
      known = fingerprint_;
    }
    // While the directory cannot be read, the keys that are known go on serving.
    if (FingerprintOfKeys(dir_) != known) Read().IgnoreError();
    const std::lock_guard<std::mutex> lock(mutex_);
    return keys_;
  }

  // Looks now, for a token that the known keys do not verify: a program that has just started
  // signs with the key that it finds. Not more often than 20 times a second.
  std::shared_ptr<const Map> LookAgain() {
    constexpr absl::Duration kLeast = absl::Milliseconds(50);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const absl::Time now = absl::Now();
      if (now - asked_ < kLeast && now >= asked_) return keys_;
      asked_ = now;
      looked_ = absl::InfinitePast();
    }
    return Get();
  }

 private:
  const std::string dir_;
  const absl::Duration interval_;
  std::mutex mutex_;
  std::string fingerprint_;
  std::shared_ptr<const Map> keys_;
  absl::Time looked_;
  absl::Time asked_ = absl::InfinitePast();
};

// Tokens whose signature and content were found good, by a hash of their bytes: checking a
// signature costs more than all the rest of an ordinary call. A set of keys forgets them
// when it is replaced, so that a key that was taken away is not trusted any longer.
class TokenVerifier::Seen {
 public:
  using KeySet = std::shared_ptr<const Keys::Map>;

  // The claims of a token with a good signature, whatever the time is.
  static absl::StatusOr<Claims> Read(std::string_view token, const Keys::Map& keys,
                                     const Options& options);

  static std::string HashOf(std::string_view token) {
    std::string hash(crypto_generichash_BYTES, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(), Bytes(token),
                       token.size(), nullptr, 0);
    return hash;
  }

  std::optional<Claims> Find(const std::string& hash, const KeySet& keys) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (keys != keys_) return std::nullopt;
    const auto found = claims_.find(hash);
    return found == claims_.end() ? std::nullopt : std::optional<Claims>(found->second);
  }

  void Add(std::string hash, const KeySet& keys, Claims claims) {
    const std::lock_guard<std::mutex> lock(mutex_);
    // Dropping all of them now and then is simpler than an order of use, and bounds memory.
    if (keys != keys_ || claims_.size() >= kMost) claims_.clear();
    keys_ = keys;
    claims_.insert_or_assign(std::move(hash), std::move(claims));
  }

 private:
  static constexpr size_t kMost = 4096;

  std::mutex mutex_;
  // Held, so that another set cannot come to lie at its address.
  KeySet keys_;
  std::unordered_map<std::string, Claims> claims_;
};

TokenVerifier::TokenVerifier(Options options) : options_(std::move(options)) {}
TokenVerifier::~TokenVerifier() = default;

absl::StatusOr<std::unique_ptr<TokenVerifier>> TokenVerifier::Create(Options options) {
  if (sodium_init() < 0) return absl::InternalError("no random numbers");
  std::unique_ptr<TokenVerifier> verifier(new TokenVerifier(std::move(options)));
  verifier->keys_ = std::make_unique<Keys>(verifier->options_.trusted_keys_dir,
                                           verifier->options_.reread_interval);
  RETURN_IF_ERROR(verifier->keys_->Read());
  verifier->seen_ = std::make_unique<Seen>();
  return verifier;
}

bool TokenVerifier::VerifyBytes(std::string_view key_id, std::string_view bytes,
                                std::string_view signature) const {
  const auto matches = [&](const Keys::Map& keys) {
    const auto key = keys.find(std::string(key_id));
    return key != keys.end() && signature.size() == crypto_sign_BYTES &&
           crypto_sign_verify_detached(Bytes(signature), Bytes(bytes), bytes.size(),
                                       Bytes(key->second.key)) == 0;
  };
  if (matches(*keys_->Get())) return true;
  // Rare enough to be read each time.
  const auto retired = ReadPublicKeys(absl::StrCat(options_.trusted_keys_dir, "/retired"));
  return retired.ok() && matches(*retired);
}

absl::StatusOr<Claims> TokenVerifier::Seen::Read(std::string_view token, const Keys::Map& keys,
                                                 const Options& options) {
  Parts parts;
  if (!Cut(token, &parts)) return Invalid();
  const std::string kid = KeyIdOf(Object(parts.header));
  const auto key = keys.find(kid);
  if (key == keys.end()) return Invalid();
  const absl::StatusOr<std::string> signature = FromBase64Url(parts.signature);
  if (!signature.ok() || signature->size() != crypto_sign_BYTES ||
      crypto_sign_verify_detached(Bytes(*signature), Bytes(parts.signed_text),
                                  parts.signed_text.size(), Bytes(key->second.key)) != 0) {
    return Invalid();
  }

  const json payload = Object(parts.payload);
  if (payload.is_discarded()) return Invalid();
  Claims claims;
  claims.issuer = String(payload, "iss");
  claims.subject = String(payload, "sub");
  claims.audience = String(payload, "aud");
  claims.id = String(payload, "jti");
  claims.body = String(payload, "body");
  claims.act = String(payload, "act");
  if (!Instant(payload, "iat", absl::InfiniteFuture(), &claims.issued_at) ||
      !Instant(payload, "exp", absl::InfiniteFuture(), &claims.expires_at) ||
      !Instant(payload, "nbf", absl::InfinitePast(), &claims.not_before)) {
    return Invalid();
  }
  if (claims.issuer != key->second.owner || claims.audience != options.audience ||
      claims.id.empty()) {
    return Invalid();
  }
  if (ParseName("members/*", claims.subject, "sub").ok()) {
    const auto& issuers = options.member_issuers;
    if (std::find(issuers.begin(), issuers.end(), claims.issuer) == issuers.end()) return Invalid();
  } else if (claims.subject != claims.issuer) {
    return Invalid();
  }
  return claims;
}

absl::StatusOr<Claims> TokenVerifier::Verify(std::string_view token) const {
  if (token.size() > kMaxToken) return Invalid();
  auto keys = keys_->Get();
  std::string hash = Seen::HashOf(token);
  std::optional<Claims> claims = seen_->Find(hash, keys);
  if (!claims.has_value()) {
    absl::StatusOr<Claims> read = Seen::Read(token, *keys, options_);
    if (!read.ok()) {
      auto newer = keys_->LookAgain();
      if (newer != keys) {
        keys = std::move(newer);
        read = Seen::Read(token, *keys, options_);
      }
    }
    ASSIGN_OR_RETURN(claims, std::move(read));
    seen_->Add(std::move(hash), keys, *claims);
  }
  const absl::Time now = options_.clock->Now();
  if (claims->expires_at <= claims->issued_at ||
      claims->expires_at - claims->issued_at > options_.max_lifetime ||
      claims->issued_at > now + options_.leeway || claims->not_before > now + options_.leeway) {
    return Invalid();
  }
  if (now >= claims->expires_at + options_.leeway) return Expired();
  return *std::move(claims);
}

}  // namespace phoihop::access
