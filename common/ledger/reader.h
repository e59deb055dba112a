#ifndef PHOIHOP_COMMON_LEDGER_READER_H_
#define PHOIHOP_COMMON_LEDGER_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/ledger/record.h"
#include "common/mysql/pool.h"

namespace phoihop::ledger {

// A page of records.
struct RecordPage {
  std::vector<Record> records;
  // The head as of the same snapshot.
  Head head;
  // Everything up to here is in `records` or was filtered out.
  int64_t position = 0;
};

// The head, read from the table.
absl::StatusOr<Head> ReadHead(mysql::Pool& pool, absl::Time deadline);

// The same on a connection: within mysql::Read it names the position that the rest of the
// snapshot includes.
absl::StatusOr<Head> ReadHead(mysql::Connection& db);

// Whether the database includes the position: one short statement, for a PositionGate.
absl::StatusOr<bool> IncludesPosition(mysql::Pool& pool, int64_t position, absl::Time deadline);

// Records after a position in their order, with payloads, at most `limit` (1 to 1.000) and
// about `max_bytes` of payload, at least one. With types, only resources of these.
absl::StatusOr<RecordPage> ReadRecords(mysql::Pool& pool, absl::Time deadline,
                                       int64_t after_position, int limit, int64_t max_bytes,
                                       absl::Span<const std::string> resource_types = {});

// At most 1.000 checkpoints after a position, oldest first.
absl::StatusOr<std::vector<Checkpoint>> ReadCheckpoints(mysql::Pool& pool, absl::Time deadline,
                                                        int64_t after_position);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_READER_H_
