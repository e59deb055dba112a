#include "services/agreements/attachments/janitor.h"

#include <optional>

#include "absl/time/clock.h"
#include "common/telemetry/log.h"
#include "services/agreements/attachments/sweep.h"

namespace phoihop::agreements {
namespace {

// Uploads removed before the thread looks whether it is to end.
constexpr int kBatch = 20;
constexpr absl::Duration kPatience = absl::Seconds(10);

}  // namespace

UploadJanitor::UploadJanitor(AttachmentStore* store, const Clock* clock, absl::Duration interval,
                             ledger::Writer* writer, const lease::Holder* lease)
    : store_(store),
      clock_(clock),
      interval_(interval),
      writer_(writer),
      lease_(lease),
      thread_([this] { Run(); }) {}

UploadJanitor::~UploadJanitor() {
  stop_.Notify();
  thread_.join();
}

void UploadJanitor::Run() {
  do {
    const std::optional<lease::Fence> fence = lease_ == nullptr ? lease::Fence() : lease_->fence();
    if (!fence.has_value()) continue;
    absl::StatusOr<int> removed = 0;
    do {
      removed = store_->RemoveExpired(clock_->Now(), kBatch, absl::Now() + kPatience);
    } while (removed.ok() && *removed == kBatch && !stop_.HasBeenNotified());
    if (!removed.ok()) {
      LogWarning("expired uploads were not removed",
                 {{"error", std::string(removed.status().message())}});
    }
    if (writer_ != nullptr && !stop_.HasBeenNotified()) Sweep(*fence);
  } while (!stop_.WaitForNotificationWithTimeout(interval_));
}

void UploadJanitor::Sweep(const lease::Fence& fence) {
  const absl::StatusOr<Swept> swept =
      SweepFiles(*store_, *writer_, swept_to_, clock_->Now(), absl::Now() + kPatience, fence);
  if (!swept.ok()) {
    LogWarning("files that nobody needs were not removed",
               {{"error", std::string(swept.status().message())}});
    return;
  }
  swept_to_ = swept->next;
}

}  // namespace phoihop::agreements
