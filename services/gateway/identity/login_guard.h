// Slows down guessing of passwords.
#ifndef PHOIHOP_SERVICES_GATEWAY_IDENTITY_LOGIN_GUARD_H_
#define PHOIHOP_SERVICES_GATEWAY_IDENTITY_LOGIN_GUARD_H_

#include <cstddef>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"

namespace phoihop::gateway {

// Counts failures by login, whether the login exists or not. After five a login waits 30
// seconds, and twice as long after each further one, up to a quarter of an hour; then the
// count begins anew. In memory and bounded: with very many logins under attack the one
// tried longest ago is forgotten. Thread safe.
class LoginGuard {
 public:
  static constexpr int kFreeFailures = 5;
  static constexpr absl::Duration kFirstWait = absl::Seconds(30);
  static constexpr absl::Duration kLongestWait = absl::Minutes(15);

  explicit LoginGuard(const Clock* clock, size_t max_logins = 10000)
      : clock_(clock), max_logins_(max_logins) {}

  // Asked before each attempt, which counts as a failure until it is known to be none, so
  // that attempts at the same time do not slip through. RESOURCE_EXHAUSTED with the reason
  // LOGIN_WAITS and a RetryInfo when the login has to wait.
  absl::Status Begin(const std::string& login);
  // The password was right.
  void Succeeded(const std::string& login);
  // The attempt ended before the password was looked at.
  void Abandon(const std::string& login);

 private:
  struct Entry {
    int failures = 0;
    absl::Time last;
    absl::Time wait_until = absl::InfinitePast();
  };

  void MakeRoom(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock* const clock_;
  const size_t max_logins_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_IDENTITY_LOGIN_GUARD_H_
