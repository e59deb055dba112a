// The row of counters. Private to the store.
#ifndef PHOIHOP_SERVICES_DIRECTORY_STORE_STATE_ROW_H_
#define PHOIHOP_SERVICES_DIRECTORY_STORE_STATE_ROW_H_

#include "absl/status/statusor.h"
#include "common/mysql/connection.h"
#include "services/directory/store/store.h"

namespace phoihop::directory {

// The counters and the ledger's position, as the connection's snapshot has them. `reg`, when
// given, gets the register's own.
absl::StatusOr<StoreState> ReadStateRow(mysql::Connection& db, Register* reg = nullptr);

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_STORE_STATE_ROW_H_
