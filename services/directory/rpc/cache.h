// The register, the grants and the calendar in memory, read again whenever they have changed.
#ifndef PHOIHOP_SERVICES_DIRECTORY_RPC_CACHE_H_
#define PHOIHOP_SERVICES_DIRECTORY_RPC_CACHE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/access/snapshot.h"
#include "common/rpc/context.h"
#include "common/time/clock.h"
#include "services/directory/store/store.h"

namespace phoihop::directory {

// The register as it was read at one moment, with what makes reading it quick.
struct UnitsView {
  Register reg;
  std::shared_ptr<const access::UnitTree> tree;
  // Folded names of a unit's versions, in their order.
  absl::flat_hash_map<int64_t, std::vector<std::string>> folded_names;
  // Indexes into reg.successions in which a unit takes part.
  absl::flat_hash_map<int64_t, std::vector<int>> successions;
};

// Asks the store on every use whether anything has changed, which is one short
// read, so that an answer is never older than its request: several replicas may
// write. Thread safe.
class DirectoryCache : public access::SnapshotSource {
 public:
  // Both must outlive the cache.
  DirectoryCache(Store* store, const Clock* clock) : store_(store), clock_(clock) {}

  // The register now. `state`, when given, gets the moment of which it is.
  absl::StatusOr<std::shared_ptr<const UnitsView>> Units(absl::Time deadline,
                                                         StoreState* state = nullptr) const;

  // The same for a handler, which also tells the caller the ledger's position.
  absl::StatusOr<std::shared_ptr<const UnitsView>> Units(const rpc::RequestContext& ctx) const;

  // For deciding access here: the tree, the grants, the bodies and the working days now.
  absl::StatusOr<access::Snapshot> Get() const override;

 private:
  // Grants and bodies, which have one version.
  struct Access {
    std::shared_ptr<const access::Grants> grants;
    std::shared_ptr<const access::BodyLineage> bodies;
  };

  // The grants, the bodies and the calendar of `state`.
  absl::StatusOr<Access> AccessNow(absl::Time deadline, StoreState state) const;
  absl::StatusOr<std::shared_ptr<const WorkCalendar>> CalendarNow(absl::Time deadline,
                                                                  StoreState state) const;

  Store* const store_;
  const Clock* const clock_;
  mutable absl::Mutex mutex_;
  // Held while the register is read, so that callers do not all read it at once.
  mutable absl::Mutex loading_;
  mutable std::shared_ptr<const UnitsView> units_ ABSL_GUARDED_BY(mutex_);
  mutable Access access_ ABSL_GUARDED_BY(mutex_);
  mutable int64_t access_version_ ABSL_GUARDED_BY(mutex_) = -1;
  mutable std::shared_ptr<const WorkCalendar> calendar_ ABSL_GUARDED_BY(mutex_);
};

// Grants and bodies as deciding access knows them.
std::shared_ptr<const access::Grants> GrantsOf(const std::vector<Grant>& grants);
std::shared_ptr<const access::BodyLineage> LineageOf(const std::vector<Body>& bodies);

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_RPC_CACHE_H_
