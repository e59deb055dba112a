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
#include "common/access/token_bytes.h"
#include "common/access/tokens.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::access {
namespace {

using nlohmann::json;

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
