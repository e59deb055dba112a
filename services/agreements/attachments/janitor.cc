#include "services/agreements/attachments/janitor.h"

#include "absl/time/clock.h"
#include "common/telemetry/log.h"

namespace phoihop::agreements {
namespace {

// Uploads removed before the thread looks whether it is to end.
constexpr int kBatch = 20;
constexpr absl::Duration kPatience = absl::Seconds(10);

}  // namespace

UploadJanitor::UploadJanitor(AttachmentStore* store, const Clock* clock, absl::Duration interval)
    : store_(store), clock_(clock), interval_(interval), thread_([this] { Run(); }) {}

UploadJanitor::~UploadJanitor() {
  stop_.Notify();
  thread_.join();
}

void UploadJanitor::Run() {
  do {
    absl::StatusOr<int> removed = 0;
    do {
      removed = store_->RemoveExpired(clock_->Now(), kBatch, absl::Now() + kPatience);
    } while (removed.ok() && *removed == kBatch && !stop_.HasBeenNotified());
    if (!removed.ok()) {
      LogWarning("expired uploads were not removed",
                 {{"error", std::string(removed.status().message())}});
    }
  } while (!stop_.WaitForNotificationWithTimeout(interval_));
}

}  // namespace phoihop::agreements
