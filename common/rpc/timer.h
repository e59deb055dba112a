#ifndef PHOIHOP_COMMON_RPC_TIMER_H_
#define PHOIHOP_COMMON_RPC_TIMER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace phoihop::rpc {

// One thread that calls functions at their time. They must be quick. Thread
// safe.
class Timer {
 public:
  using Id = uint64_t;

  Timer();
  // Drops what is not yet due.
  ~Timer();

  // Calls `function` on the timer's thread once `time` has come.
  Id At(absl::Time time, std::function<void()> function);

  // True when the function was not called and never will be.
  bool Cancel(Id id);

 private:
  using Key = std::pair<absl::Time, Id>;

  void Run();

  absl::Mutex mutex_;
  absl::CondVar changed_;
  std::map<Key, std::function<void()>> due_ ABSL_GUARDED_BY(mutex_);
  std::map<Id, absl::Time> times_ ABSL_GUARDED_BY(mutex_);
  Id next_ ABSL_GUARDED_BY(mutex_) = 1;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_TIMER_H_
