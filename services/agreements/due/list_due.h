// Lists of what is due. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_LIST_DUE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_LIST_DUE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/connection.h"
#include "services/agreements/due/mysql_due_store.h"

namespace phoihop::agreements {

// Reads records: `rest` stands behind the tables `obligations o` and `agreements a`.
absl::StatusOr<std::vector<DueRecord>> SelectRecords(mysql::Connection& db, std::string_view rest,
                                                     mysql::Params params);

absl::StatusOr<DuePage> ReadDuePage(mysql::Connection& db, const DueQuery& query,
                                    const DueLimits& limits);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_LIST_DUE_H_
