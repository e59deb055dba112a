// Remembers the figures of all units. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_SUMMARY_MEMORY_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_SUMMARY_MEMORY_H_

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/agreements/due/summary.h"

namespace phoihop::agreements {

// The figures of some thousand units are read once; then only those of the units that the log of
// changes names since. So the answer is always that of the snapshot in which it is asked
// for, and a leader of the country waits no longer than one of a commune. Thread safe.
class SummaryMemory {
 public:
  // Where the log of changes stands in the snapshot, and from where on it is whole.
  struct Log {
    std::string epoch;
    int64_t position = 0;
    int64_t pruned_to = 0;
  };

  // The figures of all units that have any, in the snapshot of `db`.
  absl::StatusOr<std::shared_ptr<const UnitNumbers>> Get(mysql::Connection& db,
                                                         const SummaryDays& days, const Log& log);

 private:
  struct Known {
    SummaryDays days;
    std::string epoch;
    int64_t position = 0;
    std::shared_ptr<const UnitNumbers> numbers;
  };

  std::optional<Known> Find(const SummaryDays& days, const Log& log);
  void Keep(Known known);

  absl::Mutex mutex_;
  // The last used first; few.
  std::list<Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_SUMMARY_MEMORY_H_
