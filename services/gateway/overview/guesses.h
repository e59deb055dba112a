// From when the overviews of units began that were given before.
#ifndef PHOIHOP_SERVICES_GATEWAY_OVERVIEW_GUESSES_H_
#define PHOIHOP_SERVICES_GATEWAY_OVERVIEW_GUESSES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/civil_time.h"

namespace phoihop::gateway {

// An overview begins with the programme that agreements names, and until it has answered,
// opinions cannot be asked. It nearly always begins where it did the last time; so opinions is
// asked at the same time with a guess, and again when the guess was wrong. A guess shows
// nothing of what another caller saw: it only decides which question is asked first. Thread safe.
class Guesses {
 public:
  std::optional<absl::CivilDay> Find(int64_t unit, absl::CivilDay day) const {
    absl::MutexLock lock(&mutex_);
    const auto found = since_.find(std::pair(unit, day));
    return found == since_.end() ? std::nullopt : std::optional(found->second);
  }

  void Learn(int64_t unit, absl::CivilDay day, absl::CivilDay since) {
    absl::MutexLock lock(&mutex_);
    // What is asked about changes with the days, so starting over now and then costs little.
    if (since_.size() >= kMost) since_.clear();
    since_.insert_or_assign(std::pair(unit, day), since);
  }

 private:
  static constexpr size_t kMost = 10'000;

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::pair<int64_t, absl::CivilDay>, absl::CivilDay> since_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_OVERVIEW_GUESSES_H_
