#ifndef PHOIHOP_COMMON_RPC_WORKER_POOL_H_
#define PHOIHOP_COMMON_RPC_WORKER_POOL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace phoihop::rpc {

// A fixed number of threads with one bounded queue, first come first served.
// Thread safe.
class WorkerPool {
 public:
  using Task = std::function<void()>;
  // Names a waiting task.
  using Ticket = uint64_t;

  // Told after each change: how many wait, how many run. May be empty; must be quick.
  using Observer = std::function<void(int waiting, int running)>;

  // While the task that waits longest has waited for `max_wait`, no further one is queued: so
  // nothing waits much longer, however many want to.
  WorkerPool(int workers, int queue, Observer observer = nullptr,
             absl::Duration max_wait = absl::InfiniteDuration());
  // Drops what waits, then waits for what runs.
  ~WorkerPool();

  // Queues a task, or nothing when the queue is full, too slow, or the pool has stopped.
  std::optional<Ticket> TrySubmit(Task task);

  // Whether TrySubmit would queue nothing now.
  bool Full() const;

  // Queues a task beyond the bounds: for the next step of what was admitted
  // before. False when the pool has stopped.
  bool Submit(Task task);

  // Takes a waiting task out, which frees its place at once. False when it runs
  // already or is done.
  bool Remove(Ticket ticket);

  // Waits until nothing waits or runs; false at the deadline.
  bool WaitIdle(absl::Time deadline);

  // Takes no more tasks, drops what waits.
  void Stop();

 private:
  struct State;
  void Work();

  std::unique_ptr<State> state_;
  std::vector<std::thread> threads_;
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_WORKER_POOL_H_
