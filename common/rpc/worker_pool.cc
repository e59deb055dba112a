#include "common/rpc/worker_pool.h"

#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace phoihop::rpc {

struct WorkerPool::State {
  struct Waiting {
    Task task;
    absl::Time since;
  };

  int capacity = 0;
  absl::Duration max_wait = absl::InfiniteDuration();
  Observer observer;
  absl::Mutex mutex;
  // Tickets ascend, so the first is the oldest.
  std::map<Ticket, Waiting> waiting ABSL_GUARDED_BY(mutex);
  Ticket next ABSL_GUARDED_BY(mutex) = 1;
  int running ABSL_GUARDED_BY(mutex) = 0;
  bool stopped ABSL_GUARDED_BY(mutex) = false;

  // Signalled for each task, so that one thread wakes and not all.
  absl::CondVar work;
  absl::CondVar idle;

  void Observe() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (observer) observer(static_cast<int>(waiting.size()), running);
  }
  bool Full() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (stopped || static_cast<int>(waiting.size()) >= capacity) return true;
    return !waiting.empty() && absl::Now() - waiting.begin()->second.since > max_wait;
  }
  Ticket Add(Task task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    waiting.emplace_hint(waiting.end(), next, Waiting{std::move(task), absl::Now()});
    Observe();
    work.Signal();
    return next++;
  }
};

WorkerPool::WorkerPool(int workers, int queue, Observer observer, absl::Duration max_wait)
    : state_(std::make_unique<State>()) {
  state_->capacity = queue;
  state_->max_wait = max_wait;
  state_->observer = std::move(observer);
  threads_.reserve(workers);
  for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() {
  Stop();
  for (std::thread& thread : threads_) thread.join();
}

std::optional<WorkerPool::Ticket> WorkerPool::TrySubmit(Task task) {
  absl::MutexLock lock(&state_->mutex);
  if (state_->Full()) return std::nullopt;
  return state_->Add(std::move(task));
}

bool WorkerPool::Full() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->Full();
}

bool WorkerPool::Submit(Task task) {
  absl::MutexLock lock(&state_->mutex);
  if (state_->stopped) return false;
  state_->Add(std::move(task));
  return true;
}

bool WorkerPool::Remove(Ticket ticket) {
  Task dropped;  // destroyed after the lock is gone: it may own much
  absl::MutexLock lock(&state_->mutex);
  const auto found = state_->waiting.find(ticket);
  if (found == state_->waiting.end()) return false;
  dropped = std::move(found->second.task);
  state_->waiting.erase(found);
  state_->Observe();
  if (state_->running == 0 && state_->waiting.empty()) state_->idle.SignalAll();
  return true;
}

bool WorkerPool::WaitIdle(absl::Time deadline) {
  absl::MutexLock lock(&state_->mutex);
  while (state_->running > 0 || !state_->waiting.empty()) {
    if (state_->idle.WaitWithDeadline(&state_->mutex, deadline)) {
      return state_->running == 0 && state_->waiting.empty();
    }
  }
  return true;
}

void WorkerPool::Stop() {
  std::map<Ticket, State::Waiting> dropped;
  absl::MutexLock lock(&state_->mutex);
  state_->stopped = true;
  dropped.swap(state_->waiting);
  state_->work.SignalAll();
  if (state_->running == 0) state_->idle.SignalAll();
  state_->Observe();
}

void WorkerPool::Work() {
  State* const state = state_.get();
  absl::MutexLock lock(&state->mutex);
  while (true) {
    while (!state->stopped && state->waiting.empty()) state->work.Wait(&state->mutex);
    if (state->stopped) return;
    Task task = std::move(state->waiting.begin()->second.task);
    state->waiting.erase(state->waiting.begin());
    ++state->running;
    state->Observe();
    state->mutex.Unlock();
    task();
    task = nullptr;
    state->mutex.Lock();
    --state->running;
    state->Observe();
    if (state->running == 0 && state->waiting.empty()) state->idle.SignalAll();
  }
}

}  // namespace phoihop::rpc
