// Hashes of passwords, with a bound on the memory and the number of them at once.
#ifndef PHOIHOP_SERVICES_GATEWAY_IDENTITY_PASSWORDS_H_
#define PHOIHOP_SERVICES_GATEWAY_IDENTITY_PASSWORDS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace phoihop::gateway {

// Argon2id by libsodium. Thread safe; hashing blocks for about a tenth of a second.
class Passwords {
 public:
  struct Options {
    // Passes over the memory.
    unsigned long long operations = 2;
    // Of one hash, in bytes.
    size_t memory = size_t{64} << 20;
    int at_once = 2;
    // Callers that wait for their turn; one more is refused.
    int waiting = 32;
  };

  // INTERNAL when libsodium cannot be used.
  static absl::StatusOr<std::unique_ptr<Passwords>> Create(Options options);

  // A hash with a new salt. RESOURCE_EXHAUSTED when too many wait already,
  // DEADLINE_EXCEEDED when the turn does not come in time.
  absl::StatusOr<std::string> Hash(std::string_view password, absl::Time deadline);

  // Whether the password is that of the hash. An empty hash takes the same time and
  // matches nothing, so that an unknown login looks like a known one. Errors as above.
  absl::StatusOr<bool> Verify(std::string_view password, const std::string& hash,
                              absl::Time deadline);

 private:
  // Held while a hash is computed.
  class Turn;

  explicit Passwords(Options options) : options_(options) {}
  absl::StatusOr<std::string> Compute(std::string_view password) const;

  const Options options_;
  // Of a random password, for logins that do not exist.
  std::string decoy_;
  absl::Mutex mutex_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_IDENTITY_PASSWORDS_H_
