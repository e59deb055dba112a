#ifndef PHOIHOP_COMMON_LEDGER_CHANGES_H_
#define PHOIHOP_COMMON_LEDGER_CHANGES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "common/mysql/connection.h"

namespace phoihop::ledger {

// What happened after a position, as far as somebody needs to know who remembers what the
// records of units add up to.
struct Changes {
  // Where the ledger stands now.
  std::string epoch;
  int64_t position = 0;
  // The units of the records after the position, as they were noted (`units/12`, or empty);
  // without those of resources of the type left out.
  absl::flat_hash_set<std::string> units;
  // False when there were more than `limit` records; then `units` lacks some.
  bool complete = false;
};

// One statement: so its answer is of one moment, also outside of a transaction. Records of the
// resource type `left_out` (none when empty) are passed over, but count for the limit.
absl::StatusOr<Changes> ChangesAfter(mysql::Connection& db, int64_t position, int limit,
                                     std::string_view left_out = "");

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_CHANGES_H_
