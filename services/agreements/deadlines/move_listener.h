// How a room hears that due days of its obligations have moved.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_MOVE_LISTENER_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_MOVE_LISTENER_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "services/agreements/deadlines/stored_obligation.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger

namespace phoihop::agreements {

// Called with obligations as they are after another calendar, a pause or its end has moved their
// due days, within the transaction that moves them: their agreements and they are locked. For rooms
// that keep copies of due days, for example to order lists. Not called for what the rooms
// themselves write. An error undoes the move.
using MoveListener = std::function<absl::Status(ledger::Transaction& tx,
                                                const std::vector<StoredObligation>& moved)>;

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_MOVE_LISTENER_H_
