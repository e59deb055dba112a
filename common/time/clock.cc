#include "common/time/clock.h"

#include "common/time/civil.h"

namespace phoihop {
namespace {

class MachineClock : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMicros(absl::ToUnixMicros(absl::Now())); }
};

}  // namespace

const Clock* SystemClock() {
  static const MachineClock* const clock = new MachineClock;
  return clock;
}

FakeClock::FakeClock()
    : FakeClock(absl::FromCivil(absl::CivilHour(2023, 10, 24, 9), VietnamTimeZone())) {}

FakeClock::FakeClock(absl::Time start) : micros_(absl::ToUnixMicros(start)) {}

absl::Time FakeClock::Now() const { return absl::FromUnixMicros(micros_.load()); }

void FakeClock::Set(absl::Time now) { micros_.store(absl::ToUnixMicros(now)); }

void FakeClock::Advance(absl::Duration step) { micros_.fetch_add(absl::ToInt64Microseconds(step)); }

}  // namespace phoihop
