#include "common/rpc/clock_watch.h"

#include <time.h>

#include <utility>

#include "common/telemetry/log.h"

namespace phoihop::rpc {
namespace {

absl::Duration MachineAhead() {
  timespec steady{};
  timespec wall{};
  // Goes on while the machine sleeps, so that waking up is no step.
  clock_gettime(CLOCK_BOOTTIME, &steady);
  clock_gettime(CLOCK_REALTIME, &wall);
  return absl::DurationFromTimespec(wall) - absl::DurationFromTimespec(steady);
}

ClockWatch::Options Complete(ClockWatch::Options options) {
  if (!options.ahead) options.ahead = MachineAhead;
  return options;
}

}  // namespace

ClockWatch::ClockWatch(Options options) : options_(Complete(std::move(options))) {
  thread_ = std::thread([this] { Loop(); });
}

ClockWatch::~ClockWatch() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ClockWatch::Loop() {
  absl::Duration ahead = options_.ahead();
  std::unique_lock<std::mutex> lock(mutex_);
  while (!changed_.wait_for(lock, absl::ToChronoMilliseconds(options_.interval),
                            [this] { return stopping_; })) {
    // Slow corrections move it by little each time.
    const absl::Duration before = ahead;
    ahead = options_.ahead();
    const absl::Duration step = before - ahead;
    if (step < -kStep) {
      LogWarning("the machine's clock was set forward", {{"by", absl::FormatDuration(-step)}});
    }
    if (step <= kStep) continue;
    lock.unlock();
    options_.set_back(step);
    return;
  }
}

}  // namespace phoihop::rpc
