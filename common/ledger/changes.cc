#include "common/ledger/changes.h"

#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::ledger {
namespace {

// The head is found by its key, and the records by a range of theirs.
constexpr char kChanges[] =
    "SELECT h.epoch, h.position, r.position, r.unit, r.resource_type FROM ledger_head h"
    " LEFT JOIN ledger_records r ON r.position > ? WHERE h.id = 1 LIMIT ?";

}  // namespace

absl::StatusOr<Changes> ChangesAfter(mysql::Connection& db, int64_t position, int limit,
                                     std::string_view left_out) {
  Changes changes;
  int64_t records = 0;
  RETURN_IF_ERROR(db.Query(kChanges, {position, int64_t{limit} + 1}, [&](const mysql::Row& row) {
    changes.epoch = row.Bytes(0);
    changes.position = row.Int(1);
    if (row.IsNull(2)) return absl::OkStatus();
    ++records;
    if (left_out.empty() || row.Bytes(4) != left_out) changes.units.insert(row.Bytes(3));
    return absl::OkStatus();
  }));
  if (changes.epoch.empty()) return Internal("the ledger has no head");
  changes.complete = records <= limit;
  return changes;
}

}  // namespace phoihop::ledger
