// Removes files that no record needs.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_SWEEP_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_SWEEP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/lease/lease.h"
#include "common/ledger/writer.h"
#include "services/agreements/attachments/attachment_store.h"

namespace phoihop::agreements {

// A file that no record refers to is kept so long after it was uploaded last: whoever uploaded it
// is still writing the record. Links are never dropped by what ends, is deleted or corrected, only
// by an author who takes a file out of a draft or of a session's documents.
inline constexpr absl::Duration kUnreferencedLifetime = absl::Hours(720);
// One sweep looks at so many files and removes so many of them at most, each in a transaction of
// its own: it never holds up other writes for long.
inline constexpr int kSweptFiles = 500;
inline constexpr int kRemovedFiles = 20;

struct Swept {
  int removed = 0;
  // Where the next sweep goes on; empty: from the first file.
  std::string next;
};

// One sweep from the digest `after` on. Each removal is a record of the ledger. LEASE_LOST when the
// fence is not good any more.
absl::StatusOr<Swept> SweepFiles(AttachmentStore& store, ledger::Writer& writer,
                                 const std::string& after, absl::Time now, absl::Time deadline,
                                 const lease::Fence& fence = {});

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_SWEEP_H_
