// Which reports and figures a caller may see.
#ifndef PHOIHOP_SERVICES_REPORTING_RPC_SCOPE_H_
#define PHOIHOP_SERVICES_REPORTING_RPC_SCOPE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/access/snapshot.h"
#include "common/rpc/context.h"
#include "common/time/civil.h"

namespace phoihop::reporting {

// Permissions of the contract's access rules.
inline constexpr std::string_view kReportRead = "reporting.report.read";
inline constexpr std::string_view kReportWrite = "reporting.report.write";

inline constexpr std::string_view kReportType = "phoihop.reporting.v1.Report";
inline constexpr std::string_view kUnitType = "phoihop.directory.v1.AdministrativeUnit";

// OK when the caller holds the permission over the unit in the tree of the last of these days
// on which it existed. Otherwise the one NOT_FOUND for the resource, also for a unit that
// existed on none of them.
absl::Status RequireDays(const access::Snapshot& snapshot, const access::Caller& caller,
                         std::string_view permission, int64_t unit, DayInterval days,
                         std::string_view resource_type, std::string_view name);

// Until when a handler reads: as long as the caller waits, but never without an end.
absl::Time ReadDeadline(const rpc::RequestContext& ctx);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_RPC_SCOPE_H_
