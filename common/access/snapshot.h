// What a service knows of the directory at one moment: the tree of units, the grants and
// the working days, and how fresh that is.
#ifndef PHOIHOP_COMMON_ACCESS_SNAPSHOT_H_
#define PHOIHOP_COMMON_ACCESS_SNAPSHOT_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/access/body_lineage.h"
#include "common/access/caller.h"
#include "common/access/grants.h"
#include "common/access/unit_tree.h"
#include "common/time/work_calendar.h"

namespace phoihop::access {

// Cheap to copy.
struct Snapshot {
  std::shared_ptr<const UnitTree> tree;
  std::shared_ptr<const Grants> grants;
  // When the directory last said that this is all.
  absl::Time fresh_at;
  // The directory's ledger position up to which it is known.
  int64_t position = 0;
  // The working days, by the tables that the directory holds; never null.
  std::shared_ptr<const WorkCalendar> calendar = std::make_shared<const WorkCalendar>();
  // Who carries on the duties of which body; never null.
  std::shared_ptr<const BodyLineage> bodies = std::make_shared<const BodyLineage>();
  // The day in Viet Nam on which it was taken: as of it bodies have ended and others carry on. A
  // snapshot of no particular day knows all ends.
  absl::CivilDay today = kEndOfDays - 1;
};

// The caller as today's bodies have it: a token that names a body whose duties others carry on
// names none, and the caller's grants decide for whom the caller acts.
Caller ActingToday(const Snapshot& snapshot, Caller caller);

// Gives the current snapshot. Thread safe; never blocks on the network.
class SnapshotSource {
 public:
  virtual ~SnapshotSource() = default;

  // UNAVAILABLE when there is none yet, or when it is older than allowed.
  virtual absl::StatusOr<Snapshot> Get() const = 0;
};

// A snapshot that never changes, for tests.
class StaticSnapshot : public SnapshotSource {
 public:
  explicit StaticSnapshot(Snapshot snapshot) : snapshot_(std::move(snapshot)) {}
  StaticSnapshot(std::shared_ptr<const UnitTree> tree, std::vector<Grant> grants);

  absl::StatusOr<Snapshot> Get() const override { return snapshot_; }

 private:
  Snapshot snapshot_;
};

// OK when the caller holds `permission` over `unit` in the tree of `day`. Otherwise
// NOT_FOUND for the resource, the same answer as for one that does not exist, so
// that a denial tells nothing. Members with a fitting grant and services pass;
// for a unit that did not exist on that day nobody passes.
absl::Status RequireUnit(const Snapshot& snapshot, const Caller& caller,
                         std::string_view permission, int64_t unit, absl::CivilDay day,
                         std::string_view resource_type, std::string_view name);

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_SNAPSHOT_H_
