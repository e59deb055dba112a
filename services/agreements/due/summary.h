// The figures that a leader sees. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_SUMMARY_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_SUMMARY_H_

#include "absl/status/statusor.h"
#include "common/mysql/connection.h"
#include "services/agreements/due/mysql_due_store.h"

namespace phoihop::agreements {

// Within one snapshot of the database.
absl::StatusOr<SummaryNumbers> ReadSummary(mysql::Connection& db, const SummaryQuery& query,
                                           const DueLimits& limits);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_SUMMARY_H_
