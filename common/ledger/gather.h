#ifndef PHOIHOP_COMMON_LEDGER_GATHER_H_
#define PHOIHOP_COMMON_LEDGER_GATHER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/mysql/connection.h"

namespace phoihop::ledger {

// A statement that the commands of a transaction share: `head VALUES (?, ...), ... tail`.
// Each adds rows, and it is run once for all of them instead of once for each. The
// texts are static.
struct SharedStatement {
  std::string_view head;
  // Question marks of a row.
  size_t columns = 0;
  std::string_view tail = {};
};

// A row for a shared statement.
struct GatheredRow {
  SharedStatement statement;
  // Rows are written in the order of this key, and statements in the order of their text:
  // transactions that lock the same rows then wait for each other and do not deadlock.
  std::string order;
  std::vector<mysql::Value> values;
};

// Runs the shared statements of all rows. What they insert or change is seen from then on.
absl::Status RunGathered(mysql::Connection& db, std::vector<GatheredRow> rows);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_GATHER_H_
