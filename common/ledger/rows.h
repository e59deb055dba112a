#ifndef PHOIHOP_COMMON_LEDGER_ROWS_H_
#define PHOIHOP_COMMON_LEDGER_ROWS_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/mysql/connection.h"

// Statements of many rows. Private to common/ledger.
namespace phoihop::ledger {

// Runs `head VALUES (?, ...), ... tail` for all rows, which lie one after the other in
// `values`, in as few statements as is sensible: the numbers of rows are chosen from a small
// set, since each number is a prepared statement of its own, and large rows go alone.
absl::Status InsertRows(mysql::Connection& db, std::string_view head, size_t columns,
                        std::string_view tail, absl::Span<const mysql::Value> values);

// "(?, ?), (?, ?)" and the like.
std::string Repeat(std::string_view part, std::string_view separator, size_t times);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_ROWS_H_
