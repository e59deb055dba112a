// Agreements in MariaDB.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_STORE_MYSQL_AGREEMENT_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_STORE_MYSQL_AGREEMENT_STORE_H_

#include <memory>

#include "common/mysql/pool.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements {

// How the store reads lists; tests make it small to see every path.
struct StoreLimits {
  // Subtrees of up to this many units are read by an IN list, greater ones by a walk in
  // order of the list.
  int max_listed_units = 512;
  // Rows read for one page at most; then the page ends early and the next one goes on.
  int max_rows_read = 5000;
};

// A store on the tables of migrations/. `pool` is for reads and outlives the store; writes
// use the ledger's connections.
std::unique_ptr<AgreementStore> NewMysqlAgreementStore(mysql::Pool* pool, StoreLimits limits = {});

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_STORE_MYSQL_AGREEMENT_STORE_H_
