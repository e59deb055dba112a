// What an agreement was on earlier days.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_VERSIONS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_VERSIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/agreements/rpc/handlers.h"

namespace phoihop::agreements {

// All versions of an agreement with the days on which they held, oldest first, whole; their
// `amendment` is not filled in. None before it is in force.
absl::StatusOr<std::vector<v1::AgreementVersion>> ReadVersions(const Parts& parts,
                                                               const Agreement& agreement,
                                                               absl::Time deadline);

// NOT_IN_FORCE_ON_DATE.
absl::Status NotInForceOnDate(const std::string& id);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_VERSIONS_H_
