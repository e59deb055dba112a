// What is due, in MariaDB.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_MYSQL_DUE_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_MYSQL_DUE_STORE_H_

#include <memory>

#include "common/mysql/pool.h"
#include "services/agreements/due/due_store.h"

namespace phoihop::agreements {

// How the store reads; tests make it small to see every path.
struct DueLimits {
  // Up to so many bodies and units a list merges their own orders; beyond, it walks the order of
  // all and leaves out those of others.
  size_t max_merged = 64;
  // Rows that a walk reads for one page at most, a quarter of them where a filter looks at each;
  // then the page ends early.
  int max_rows_read = 20000;
  // Up to so many units their figures are picked by unit; beyond, those of all are remembered
  // and kept up to date by the log of changes.
  size_t max_picked_units = 16;
};

// A store on the tables of migration 0006. `pool` is for reads and outlives the store; writes
// use the ledger's connections.
std::unique_ptr<DueStore> NewMysqlDueStore(mysql::Pool* pool, DueLimits limits = {});

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_MYSQL_DUE_STORE_H_
