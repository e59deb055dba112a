#ifndef PHOIHOP_COMMON_LEDGER_POSITION_VALUE_H_
#define PHOIHOP_COMMON_LEDGER_POSITION_VALUE_H_

namespace phoihop::ledger {

// For the select list of a statement: the ledger's position that the statement's snapshot
// includes. So a read of one row says how new it is without a second statement.
inline constexpr char kPositionValue[] = "(SELECT position FROM ledger_head WHERE id = 1)";

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_POSITION_VALUE_H_
