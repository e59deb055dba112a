#include "services/reporting/store/agreement_memory.h"

#include <utility>

#include "common/status/macros.h"

namespace phoihop::reporting {

absl::StatusOr<AgreementMemory::Rows> AgreementMemory::Get(
    const At& at, const std::string& key, absl::FunctionRef<absl::StatusOr<Rows>()> read) {
  std::shared_ptr<const Rows> known;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = at == at_ ? rows_.find(key) : rows_.end();
    if (found != rows_.end()) known = found->second;
  }
  if (known != nullptr) return *known;
  ASSIGN_OR_RETURN(Rows rows, read());
  if (rows.size() >= kMostRows) return rows;
  known = std::make_shared<const Rows>(rows);
  absl::MutexLock lock(&mutex_);
  // Snapshots of two moments may be open at once; the one read last is kept.
  if (at != at_ || size_ + rows.size() + 1 > kMostRows) {
    rows_.clear();
    size_ = 0;
    at_ = at;
  }
  if (rows_.emplace(key, std::move(known)).second) size_ += rows.size() + 1;
  return rows;
}

}  // namespace phoihop::reporting
