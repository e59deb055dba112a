#ifndef PHOIHOP_COMMON_LEDGER_RECENT_TRACES_H_
#define PHOIHOP_COMMON_LEDGER_RECENT_TRACES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/telemetry/trace.h"

// Private to common/ledger.
namespace phoihop::ledger {

// The traces of the requests behind this process's newest commits, by the position of their last
// record: so that the feed can tell them. Bounded: a newer one takes an older one's place. Thread
// safe.
class RecentTraces {
 public:
  explicit RecentTraces(size_t size = 1024) : entries_(size) {}

  void Note(int64_t position, const TraceContext& trace) {
    absl::MutexLock lock(&mutex_);
    entries_[static_cast<size_t>(position) % entries_.size()] = {position, trace};
  }

  std::optional<TraceContext> Find(int64_t position) const {
    absl::MutexLock lock(&mutex_);
    const Entry& entry = entries_[static_cast<size_t>(position) % entries_.size()];
    if (entry.position != position || entry.trace.empty()) return std::nullopt;
    return entry.trace;
  }

 private:
  struct Entry {
    int64_t position = 0;
    TraceContext trace = {};
  };

  mutable absl::Mutex mutex_;
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_RECENT_TRACES_H_
