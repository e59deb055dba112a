// The clock that everything asks for the present moment, so that tests decide
// what time it is.
#ifndef PHOIHOP_COMMON_TIME_CLOCK_H_
#define PHOIHOP_COMMON_TIME_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

namespace phoihop {

// Tells the time. Implementations are thread safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // The present moment, in whole microseconds: what a database column keeps, so
  // that an instant reads back as it was written.
  virtual absl::Time Now() const = 0;
};

// The clock of this machine. The object lives as long as the process.
const Clock* SystemClock();

// A clock that stands still until a test moves it.
class FakeClock : public Clock {
 public:
  // 2023-10-24 09:00 in Vietnam unless told otherwise.
  FakeClock();
  explicit FakeClock(absl::Time start);

  absl::Time Now() const override;

  // Moves the clock to `now`, backwards too.
  void Set(absl::Time now);

  // Moves the clock by `step`.
  void Advance(absl::Duration step);

 private:
  std::atomic<int64_t> micros_;
};

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_TIME_CLOCK_H_
