#include "services/gateway/forwarding/call_limit.h"

#include <algorithm>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/telemetry/metrics.h"

namespace phoihop::gateway {
namespace {

constexpr double kDecrease = 0.9;

}  // namespace

struct CallLimit::State {
  absl::Mutex mutex;
  int open ABSL_GUARDED_BY(mutex) = 0;
  double limit ABSL_GUARDED_BY(mutex) = 0;
  absl::Time decreased ABSL_GUARDED_BY(mutex) = absl::InfinitePast();
};

CallLimit::CallLimit(const std::string& service, Options options)
    : options_(options), state_(std::make_shared<State>()) {
  const MetricLabels labels = {{"service", service}};
  Gauge open = GetGauge("phoihop_gateway_forwarded_calls",
                        "Calls that are to be passed on, or were, and are not answered.", labels);
  Gauge limit =
      GetGauge("phoihop_gateway_forwarded_calls_limit",
               "Calls that may be passed on at once, by what the service refused.", labels);
  {
    absl::MutexLock lock(&state_->mutex);
    state_->limit = options_.first;
  }
  exported_ = BeforeScrape([state = state_, open, limit]() mutable {
    absl::MutexLock lock(&state->mutex);
    open.Set(state->open);
    limit.Set(state->limit);
  });
}

CallLimit::~CallLimit() = default;

std::shared_ptr<void> CallLimit::Take() {
  {
    absl::MutexLock lock(&state_->mutex);
    if (state_->open >= state_->limit) return nullptr;
    ++state_->open;
  }
  // What it points to says nothing, but that there is room.
  return {state_.get(), [state = state_](void*) {
            absl::MutexLock lock(&state->mutex);
            --state->open;
          }};
}

void CallLimit::Heard(Answer answer, absl::Time now) {
  State& state = *state_;
  absl::MutexLock lock(&state.mutex);
  if (answer == Answer::kRefused && now - state.decreased >= options_.pause) {
    state.limit = std::max(options_.least, state.limit * kDecrease);
    state.decreased = now;
  } else if (answer == Answer::kGood && 2 * state.open > state.limit) {
    // Who needs few calls proves nothing about many.
    state.limit = std::min(options_.most, state.limit + 1 / state.limit);
  }
}

}  // namespace phoihop::gateway
