#include "common/cancel/cancellation.h"

#include <utility>

namespace phoihop {
namespace {

std::shared_ptr<Cancellation>& OfThisThread() {
  thread_local std::shared_ptr<Cancellation> current;
  return current;
}

}  // namespace

void Cancellation::Cancel() {
  // Held while they are told, so that a watch that ends waits for that.
  absl::MutexLock lock(&mutex_);
  if (cancelled_.exchange(true)) return;
  for (const CancelWatch* watch : watches_) watch->tell_();
}

CancelWatch::CancelWatch(std::shared_ptr<Cancellation> cancellation, std::function<void()> tell)
    : cancellation_(std::move(cancellation)), tell_(std::move(tell)) {
  if (cancellation_ == nullptr) return;
  absl::MutexLock lock(&cancellation_->mutex_);
  cancellation_->watches_.push_back(this);
  if (cancellation_->cancelled()) tell_();
}

CancelWatch::~CancelWatch() {
  if (cancellation_ == nullptr) return;
  absl::MutexLock lock(&cancellation_->mutex_);
  std::erase(cancellation_->watches_, this);
}

ScopedCancellation::ScopedCancellation(std::shared_ptr<Cancellation> cancellation)
    : previous_(std::exchange(OfThisThread(), std::move(cancellation))) {}

ScopedCancellation::~ScopedCancellation() { OfThisThread() = std::move(previous_); }

const std::shared_ptr<Cancellation>& CurrentCancellation() { return OfThisThread(); }

bool CallerHasLeft() {
  const std::shared_ptr<Cancellation>& current = OfThisThread();
  return current != nullptr && current->cancelled();
}

}  // namespace phoihop
