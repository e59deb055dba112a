// What was read of the projected agreements at one position of their feed.
#ifndef PHOIHOP_SERVICES_REPORTING_STORE_AGREEMENT_MEMORY_H_
#define PHOIHOP_SERVICES_REPORTING_STORE_AGREEMENT_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/reporting/domain/rows.h"

namespace phoihop::reporting {

// Agreements change seldom and are read for every figure. Rows and position are written in one
// transaction, so what was read in a snapshot with this position is what any snapshot with
// this position has; at another one everything is forgotten. Thread safe.
class AgreementMemory {
 public:
  // Of which moment: the position of the agreements feed in a generation.
  struct At {
    int64_t generation = 0;
    SourcePosition position;

    friend bool operator==(const At&, const At&) = default;
  };
  using Rows = std::vector<AgreementRow>;

  // What `key` asks for, from memory or by `read` in the snapshot of `at`.
  absl::StatusOr<Rows> Get(const At& at, const std::string& key,
                           absl::FunctionRef<absl::StatusOr<Rows>()> read);

 private:
  // Rows kept, at most, counting each answer as one more.
  static constexpr size_t kMostRows = 50'000;

  absl::Mutex mutex_;
  At at_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::shared_ptr<const Rows>> rows_ ABSL_GUARDED_BY(mutex_);
  size_t size_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_STORE_AGREEMENT_MEMORY_H_
