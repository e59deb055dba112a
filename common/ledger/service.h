// The ledger's API: what every service that owns data serves beside its own methods.
#ifndef PHOIHOP_COMMON_LEDGER_SERVICE_H_
#define PHOIHOP_COMMON_LEDGER_SERVICE_H_

#include "absl/time/time.h"
#include "common/ledger/writer.h"
#include "common/mysql/pool.h"
#include "common/rpc/server.h"

namespace phoihop::ledger {

struct LedgerServiceOptions {
  // A follower hears something at least this often.
  absl::Duration heartbeat = absl::Seconds(1);
  // Bound of one database read.
  absl::Duration read_limit = absl::Seconds(5);
};

// Registers phoihop.ledger.v1.LedgerService on the builder. Both must outlive the server. The
// pool is the service's own: reads of the ledger need no rights beyond those of its user.
void RegisterLedgerService(rpc::Server::Builder& builder, Writer& writer, mysql::Pool& pool,
                           LedgerServiceOptions options = {});

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_SERVICE_H_
