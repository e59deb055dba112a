#include "common/access/key_files.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/access/tokens.h"
#include "common/names/names.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::access {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::string_view kPublicSuffix = ".pub";
constexpr size_t kMaxFile = 4096;

absl::StatusOr<json> ReadObject(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file && text.size() <= kMaxFile) {
    json object = json::parse(text, nullptr, false);
    sodium_memzero(text.data(), text.size());
    if (object.is_object()) return object;
  }
  return absl::FailedPreconditionError(absl::StrCat("cannot read the key file ", path));
}

// The string member `key`, or "".
std::string Member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool IsOwner(std::string_view owner) { return ParseName("services/*", owner, "owner").ok(); }

// Writes beside the file and renames, so that a reader finds all of it or none.
absl::Status WriteFile(const std::string& path, std::string_view text, mode_t mode) {
  const std::string temporary = absl::StrCat(path, ".new");
  ::unlink(temporary.c_str());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  // Whatever the umask is: others must be able to read a public key from its first moment.
  bool ok = fd >= 0 && ::fchmod(fd, mode) == 0 &&
            ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ok = ok && ::fsync(fd) == 0;
  if (fd >= 0) ok = ::close(fd) == 0 && ok;
  if (ok) ok = ::rename(temporary.c_str(), path.c_str()) == 0;
  if (ok) return absl::OkStatus();
  ::unlink(temporary.c_str());
  return absl::FailedPreconditionError(absl::StrCat("cannot write the key file ", path));
}

}  // namespace

absl::StatusOr<std::string> FromBase64Url(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, &end, kVariant) != 0 ||
      end != text.data() + text.size()) {
    return absl::InvalidArgumentError("not base64url");
  }
  bytes.resize(size);
  return bytes;
}

std::string ToBase64Url(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), kVariant);
  text.resize(text.size() - 1);  // the zero byte at its end
  return text;
}

absl::StatusOr<PrivateKey> ReadPrivateKey(const std::string& path) {
  ASSIGN_OR_RETURN(const json object, ReadObject(path));
  PrivateKey key{Member(object, "kid"), Member(object, "owner"), ""};
  const absl::StatusOr<std::string> seed = FromBase64Url(Member(object, "seed"));
  if (!IsId(key.kid) || !IsOwner(key.owner) || !seed.ok() ||
      seed->size() != crypto_sign_SEEDBYTES) {
    return absl::FailedPreconditionError(absl::StrCat("no signing key in ", path));
  }
  unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
  key.secret.resize(crypto_sign_SECRETKEYBYTES);
  crypto_sign_seed_keypair(public_key, reinterpret_cast<unsigned char*>(key.secret.data()),
                           reinterpret_cast<const unsigned char*>(seed->data()));
  return key;
}

absl::StatusOr<std::map<std::string, PublicKey>> ReadPublicKeys(const std::string& dir) {
  std::map<std::string, PublicKey> keys;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != kPublicSuffix) continue;
    const absl::StatusOr<json> object = ReadObject(it->path().string());
    if (!object.ok()) continue;
    const std::string kid = Member(*object, "kid");
    PublicKey key{Member(*object, "owner"), ""};
    absl::StatusOr<std::string> bytes = FromBase64Url(Member(*object, "key"));
    if (kid != it->path().stem() || !IsId(kid) || !IsOwner(key.owner) || !bytes.ok() ||
        bytes->size() != crypto_sign_PUBLICKEYBYTES) {
      continue;
    }
    key.key = *std::move(bytes);
    keys.emplace(kid, std::move(key));
  }
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot read the trusted keys in ", dir, ": ", error.message()));
  }
  return keys;
}

std::string FingerprintOfFile(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return "";
  // The time of its status, too: a file may become readable later.
  return absl::StrCat(info.st_ino, ",", info.st_size, ",", info.st_mtim.tv_sec, ",",
                      info.st_mtim.tv_nsec, ",", info.st_ctim.tv_sec, ",", info.st_ctim.tv_nsec);
}

std::string FingerprintOfKeys(const std::string& dir) {
  std::map<std::string, std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != kPublicSuffix) continue;
    std::string state = FingerprintOfFile(it->path().string());
    if (!state.empty()) files[it->path().filename().string()] = std::move(state);
  }
  std::string fingerprint = error ? absl::StrCat("error ", error.value()) : "";
  for (const auto& [name, state] : files) absl::StrAppend(&fingerprint, name, "=", state, ";");
  return fingerprint;
}

absl::StatusOr<std::string> GenerateKey(std::string_view owner, const std::string& signing_key_file,
                                        const std::string& trusted_keys_dir) {
  if (sodium_init() < 0) return absl::InternalError("no random numbers");
  ASSIGN_OR_RETURN(const std::string name, ParseName("services/*", owner, "owner"));
  unsigned char suffix[4];
  randombytes_buf(suffix, sizeof(suffix));
  char hex[2 * sizeof(suffix) + 1];
  sodium_bin2hex(hex, sizeof(hex), suffix, sizeof(suffix));
  const std::string kid = absl::StrCat(name, "-", hex);
  std::string seed(crypto_sign_SEEDBYTES, '\0');
  randombytes_buf(seed.data(), seed.size());
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0');
  unsigned char secret[crypto_sign_SECRETKEYBYTES];
  crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(public_key.data()), secret,
                           reinterpret_cast<const unsigned char*>(seed.data()));
  sodium_memzero(secret, sizeof(secret));
  const json public_file = {{"kid", kid}, {"owner", owner}, {"key", ToBase64Url(public_key)}};
  const json private_file = {{"kid", kid}, {"owner", owner}, {"seed", ToBase64Url(seed)}};
  // The public key first: a token of a key that nobody trusts yet is of no use.
  RETURN_IF_ERROR(WriteFile(absl::StrCat(trusted_keys_dir, "/", kid, AbslView(kPublicSuffix)),
                            public_file.dump() + "\n", 0644));
  RETURN_IF_ERROR(WriteFile(signing_key_file, private_file.dump() + "\n", 0600));
  return kid;
}

}  // namespace phoihop::access
