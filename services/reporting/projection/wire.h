// Ledger records of the other services, as the projection reads them.
#ifndef PHOIHOP_SERVICES_REPORTING_PROJECTION_WIRE_H_
#define PHOIHOP_SERVICES_REPORTING_PROJECTION_WIRE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "phoihop/ledger/v1/ledger.pb.h"
#include "services/reporting/store/projection_store.h"

namespace phoihop::reporting {

// Full protobuf names of the resources that matter of a service.
std::vector<std::string> ResourceTypesOf(std::string_view service);

// What a record says; nothing for a resource that does not matter and for a redacted one,
// whose content nobody knows any more. INTERNAL for a record that cannot be read: better to
// stand still visibly than to count wrongly.
absl::StatusOr<std::optional<FeedEvent>> ToEvent(const ledger::v1::Record& record);

// A message of a feed that goes on after `after`.
absl::StatusOr<FeedBatch> ToBatch(const ledger::v1::FollowResponse& message, int64_t after);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_PROJECTION_WIRE_H_
