// How agreements are listed. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_STORE_LIST_H_
#define PHOIHOP_SERVICES_AGREEMENTS_STORE_LIST_H_

#include "absl/status/statusor.h"
#include "common/mysql/connection.h"
#include "services/agreements/store/agreement_store.h"
#include "services/agreements/store/mysql_agreement_store.h"

namespace phoihop::agreements {

// A page, read within the connection's snapshot.
absl::StatusOr<ListPage> ReadList(mysql::Connection& db, const ListQuery& query,
                                  const StoreLimits& limits);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_STORE_LIST_H_
