// What the directory knows of successions.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_LINEAGE_SOURCE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_LINEAGE_SOURCE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/agreements/coverage/lineage.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace phoihop::agreements {

// Gives the successions that belong to a tree of units. Thread safe.
class LineageSource {
 public:
  virtual ~LineageSource() = default;

  // The lineage of the tree of this version, or of a newer one. UNAVAILABLE with
  // DIRECTORY_UNAVAILABLE when nobody can tell before the deadline. May block; never call it
  // within a transaction.
  virtual absl::StatusOr<std::shared_ptr<const Lineage>> Get(int64_t tree_version,
                                                             absl::Time deadline) = 0;
};

// Asks the directory with the service's own identity, once for each version of the tree and every
// ten minutes: a new one comes with an import of the register or a restore, which are rare. Never
// waits longer than `patience`.
std::unique_ptr<LineageSource> NewDirectoryLineage(std::shared_ptr<grpc::Channel> channel,
                                                   std::function<std::string()> credentials,
                                                   absl::Duration patience = absl::Seconds(5));

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_LINEAGE_SOURCE_H_
