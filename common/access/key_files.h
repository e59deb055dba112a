// The files that keep Ed25519 keys. For tokens.cc and its tests.
#ifndef PHOIHOP_COMMON_ACCESS_KEY_FILES_H_
#define PHOIHOP_COMMON_ACCESS_KEY_FILES_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace phoihop::access {

// A private key: a JSON object {"kid", "owner", "seed"}.
struct PrivateKey {
  std::string kid;
  // `services/{name}`.
  std::string owner;
  // 64 bytes: libsodium's secret key.
  std::string secret;
};

// A public key: a JSON object {"kid", "owner", "key"} in `<kid>.pub`.
struct PublicKey {
  std::string owner;
  // 32 bytes.
  std::string key;
};

// The bytes of base64url text without padding; anything else is an error.
absl::StatusOr<std::string> FromBase64Url(std::string_view text);
std::string ToBase64Url(std::string_view bytes);

// FAILED_PRECONDITION naming the file, never its content.
absl::StatusOr<PrivateKey> ReadPrivateKey(const std::string& path);

// All keys in `dir`, by kid. A file that is no key, or whose kid is not its file
// name, is left out: one bad file must not lock everybody out.
absl::StatusOr<std::map<std::string, PublicKey>> ReadPublicKeys(const std::string& dir);

// Changes whenever the file comes, goes or changes.
std::string FingerprintOfFile(const std::string& path);

// Changes whenever a key file in `dir` comes, goes or changes.
std::string FingerprintOfKeys(const std::string& dir);

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_KEY_FILES_H_
