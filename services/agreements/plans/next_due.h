// Keeps the day by which lists of commitments are ordered.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_NEXT_DUE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_NEXT_DUE_H_

#include <vector>

#include "absl/status/status.h"
#include "common/ledger/command.h"
#include "services/agreements/deadlines/stored_obligation.h"

namespace phoihop::agreements::plans {

// A MoveListener: sets `next_due` of the commitments to whose occurrences these obligations belong,
// whose due days another calendar or a pause has moved. Their agreements are locked. It is no
// change of the commitments: their revision and etag stay.
absl::Status SetNextDue(ledger::Transaction& tx, const std::vector<StoredObligation>& moved);

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_NEXT_DUE_H_
