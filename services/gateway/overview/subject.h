// What an overview is about: the request, checked against the tree and the grants.
#ifndef PHOIHOP_SERVICES_GATEWAY_OVERVIEW_SUBJECT_H_
#define PHOIHOP_SERVICES_GATEWAY_OVERVIEW_SUBJECT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/access/snapshot.h"
#include "common/rpc/context.h"

namespace phoihop::directory::v1 {
class AdministrativeUnit;
}  // namespace phoihop::directory::v1
namespace phoihop::gateway::v1 {
class GetUnitOverviewRequest;
}  // namespace phoihop::gateway::v1

namespace phoihop::gateway {

struct Subject {
  int64_t unit = 0;
  absl::CivilDay day;
  // As asked.
  std::optional<absl::CivilDay> since;
  // As the caller named the unit, for NOT_FOUND.
  std::string asked_as;

  // The one answer for a unit that does not exist and for one outside the caller's scope.
  absl::Status NotFound() const;
};

absl::StatusOr<Subject> FindSubject(const rpc::RequestContext& context,
                                    const access::Snapshot& snapshot,
                                    const v1::GetUnitOverviewRequest& request);

// The unit as the tree has it, for when the directory does not answer. The tree does not
// know sources and precisions.
directory::v1::AdministrativeUnit UnitFromTree(const access::UnitTree& tree,
                                               const Subject& subject);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_OVERVIEW_SUBJECT_H_
