// Whether anybody still waits for what a thread does. A call's server makes one
// for each call and puts it on the thread that handles it; what lies below and
// waits (statements, connections, lanes, calls to others) ends its waiting when
// the caller leaves, without being handed anything.
#ifndef PHOIHOP_COMMON_CANCEL_CANCELLATION_H_
#define PHOIHOP_COMMON_CANCEL_CANCELLATION_H_

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace phoihop {

class CancelWatch;

// Thread safe.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // Tells all that watch. Only the first time counts.
  void Cancel();
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }

 private:
  friend class CancelWatch;

  std::atomic<bool> cancelled_ = false;
  absl::Mutex mutex_;
  std::vector<CancelWatch*> watches_ ABSL_GUARDED_BY(mutex_);
};

// While one of these lives, `tell` is called once when the cancellation is
// cancelled: by whoever does that, or at once when it was before. `tell` must
// be quick and make no watch; when the destructor returns, it is not running
// and will not be called.
class CancelWatch {
 public:
  // Watches nothing when `cancellation` is null.
  CancelWatch(std::shared_ptr<Cancellation> cancellation, std::function<void()> tell);
  ~CancelWatch();
  CancelWatch(const CancelWatch&) = delete;
  CancelWatch& operator=(const CancelWatch&) = delete;

 private:
  friend class Cancellation;

  const std::shared_ptr<Cancellation> cancellation_;
  const std::function<void()> tell_;
};

// Puts a cancellation on this thread for its own lifetime.
class ScopedCancellation {
 public:
  // Null for work that goes on whoever leaves.
  explicit ScopedCancellation(std::shared_ptr<Cancellation> cancellation);
  ~ScopedCancellation();
  ScopedCancellation(const ScopedCancellation&) = delete;
  ScopedCancellation& operator=(const ScopedCancellation&) = delete;

 private:
  std::shared_ptr<Cancellation> previous_;
};

// This thread's; null when nobody can leave.
const std::shared_ptr<Cancellation>& CurrentCancellation();

// Whether this thread's caller has left.
bool CallerHasLeft();

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_CANCEL_CANCELLATION_H_
