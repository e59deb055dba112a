// Counts asynchronous calls until gRPC is done with them.
#ifndef PHOIHOP_SERVICES_GATEWAY_FORWARDING_OPEN_CALLS_H_
#define PHOIHOP_SERVICES_GATEWAY_FORWARDING_OPEN_CALLS_H_

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace phoihop::gateway {

// A channel must not be released by the callback of its last call: gRPC would end the
// thread that runs it. So whoever owns channels waits here before letting go of them.
class OpenCalls {
 public:
  // Held by everything that refers to one call. Declare it before the call's context, so
  // that it goes after it.
  class Ticket {
   public:
    explicit Ticket(const OpenCalls& calls) : state_(calls.state_) {
      absl::MutexLock lock(&state_->mutex);
      ++state_->count;
    }
    ~Ticket() {
      absl::MutexLock lock(&state_->mutex);
      --state_->count;
    }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    friend class OpenCalls;
    struct State {
      absl::Mutex mutex;
      int count ABSL_GUARDED_BY(mutex) = 0;
    };
    std::shared_ptr<State> state_;
  };

  // Waits until no call is open; they were cancelled before, so that is soon. False when
  // it took longer than ten seconds.
  bool AwaitNone() const {
    const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mutex) {
      return state_->count == 0;
    };
    absl::MutexLock lock(&state_->mutex);
    return state_->mutex.AwaitWithTimeout(absl::Condition(&none), absl::Seconds(10));
  }

 private:
  std::shared_ptr<Ticket::State> state_ = std::make_shared<Ticket::State>();
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_FORWARDING_OPEN_CALLS_H_
