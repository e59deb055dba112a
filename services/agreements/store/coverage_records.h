// Reading what coverage is counted from. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_STORE_COVERAGE_RECORDS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_STORE_COVERAGE_RECORDS_H_

#include "absl/status/statusor.h"
#include "common/mysql/connection.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements {

// The records, read within the connection's snapshot.
absl::StatusOr<CoverageRecords> ReadCoverageRecords(mysql::Connection& db,
                                                    const CoverageQuery& query);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_STORE_COVERAGE_RECORDS_H_
