#include "common/rpc/timer.h"

#include "absl/time/clock.h"

namespace phoihop::rpc {

Timer::Timer() : thread_([this] { Run(); }) {}

Timer::~Timer() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.Signal();
  }
  thread_.join();
}

Timer::Id Timer::At(absl::Time time, std::function<void()> function) {
  absl::MutexLock lock(&mutex_);
  const Id id = next_++;
  const auto entry = due_.emplace(Key(time, id), std::move(function)).first;
  times_.emplace(id, time);
  if (entry == due_.begin()) changed_.Signal();
  return id;
}

bool Timer::Cancel(Id id) {
  std::function<void()> dropped;
  absl::MutexLock lock(&mutex_);
  const auto time = times_.find(id);
  if (time == times_.end()) return false;
  const auto entry = due_.find(Key(time->second, id));
  dropped = std::move(entry->second);
  due_.erase(entry);
  times_.erase(time);
  return true;
}

void Timer::Run() {
  absl::MutexLock lock(&mutex_);
  while (!stopped_) {
    if (due_.empty()) {
      changed_.Wait(&mutex_);
      continue;
    }
    const auto first = due_.begin();
    if (first->first.first > absl::Now()) {
      changed_.WaitWithDeadline(&mutex_, first->first.first);
      continue;
    }
    std::function<void()> function = std::move(first->second);
    times_.erase(first->first.second);
    due_.erase(first);
    mutex_.Unlock();
    function();
    function = nullptr;
    mutex_.Lock();
  }
}

}  // namespace phoihop::rpc
