// Removes uploads that nobody finished, and files that nobody needs.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_JANITOR_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_JANITOR_H_

#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "common/lease/holder.h"
#include "common/time/clock.h"
#include "services/agreements/attachments/attachment_store.h"

namespace phoihop::ledger {
class Writer;
}  // namespace phoihop::ledger

namespace phoihop::agreements {

// A thread that removes expired uploads, at once and every `interval`, in the replica that holds
// the lease. Two that believe to hold it do no harm: a removed upload is not there for the next.
class UploadJanitor {
 public:
  // All of them outlive it. Without a writer files are left alone; without a lease it works always.
  UploadJanitor(AttachmentStore* store, const Clock* clock,
                absl::Duration interval = absl::Minutes(10), ledger::Writer* writer = nullptr,
                const lease::Holder* lease = nullptr);
  // Waits for a removal that is on its way.
  ~UploadJanitor();
  UploadJanitor(const UploadJanitor&) = delete;

 private:
  void Run();
  // See sweep.h; one sweep each time.
  void Sweep(const lease::Fence& fence);

  AttachmentStore* const store_;
  const Clock* const clock_;
  const absl::Duration interval_;
  ledger::Writer* const writer_;
  const lease::Holder* const lease_;
  // Where the next sweep goes on.
  std::string swept_to_;
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_JANITOR_H_
