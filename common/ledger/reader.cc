#include "common/ledger/reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/ledger/rows.h"
#include "common/mysql/read_statement.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::ledger {
namespace {

constexpr int kMaxPage = 1000;
constexpr int kMaxCheckpoints = 1000;
constexpr char kHead[] = "SELECT epoch, position, hash FROM ledger_head WHERE id = ?";
constexpr char kRecords[] =
    "SELECT r.position, r.actor, r.actor_body, r.record_time, r.effective_date, r.method,"
    " r.resource, r.resource_type, r.revision, r.unit, r.schema_version, r.deleted,"
    " r.payload_digest, r.hash, p.position, p.payload, p.salt"
    " FROM ledger_records r LEFT JOIN ledger_payloads p ON p.position = r.position";

// Sizes first, since a result is held in memory whole.
constexpr char kSizes[] =
    "SELECT r.position, COALESCE(LENGTH(p.payload), 0)"
    " FROM ledger_records r LEFT JOIN ledger_payloads p ON p.position = r.position";

Record ToRecord(const mysql::Row& row) {
  Record record;
  record.position = row.Int(0);
  record.actor = row.Bytes(1);
  record.actor_body = row.Bytes(2);
  record.record_time = row.Time(3);
  record.effective = row.Day(4);
  record.method = row.Bytes(5);
  record.resource = row.Bytes(6);
  record.resource_type = row.Bytes(7);
  record.revision = row.Int(8);
  record.unit = row.Bytes(9);
  record.schema_version = static_cast<int>(row.Int(10));
  record.deleted = row.Int(11) != 0;
  record.payload_digest = row.Bytes(12);
  record.hash = row.Bytes(13);
  record.payload_present = !row.IsNull(14);
  record.redacted = record.payload_present && row.IsNull(15) && row.IsNull(16);
  record.payload = row.Bytes(15);
  record.payload_salt = row.Bytes(16);
  return record;
}

absl::StatusOr<Head> LoadHead(mysql::Connection& db) {
  Head head;
  RETURN_IF_ERROR(db.Query(kHead, {int64_t{1}}, [&](const mysql::Row& row) {
    head = {row.Bytes(0), row.Int(1), row.Bytes(2)};
    return absl::OkStatus();
  }));
  if (head.epoch.empty()) return Internal("the ledger has no head");
  return head;
}

}  // namespace

absl::StatusOr<Head> ReadHead(mysql::Pool& pool, absl::Time deadline) {
  return mysql::Read(pool, deadline, LoadHead);
}

absl::StatusOr<Head> ReadHead(mysql::Connection& db) { return LoadHead(db); }

absl::StatusOr<bool> IncludesPosition(mysql::Pool& pool, int64_t position, absl::Time deadline) {
  ASSIGN_OR_RETURN(const Head head, mysql::ReadStatement(pool, deadline, LoadHead));
  return head.position >= position;
}

absl::StatusOr<RecordPage> ReadRecords(mysql::Pool& pool, absl::Time deadline,
                                       int64_t after_position, int limit, int64_t max_bytes,
                                       absl::Span<const std::string> resource_types) {
  limit = std::clamp(limit, 1, kMaxPage);
  return mysql::Read(pool, deadline, [&](mysql::Connection& db) -> absl::StatusOr<RecordPage> {
    RecordPage page;
    ASSIGN_OR_RETURN(page.head, LoadHead(db));
    // A filter looks at a bounded stretch, so that a rare type does not cost a whole scan.
    const int64_t stretch = resource_types.empty() ? limit : kMaxPage * 4;
    int64_t last = after_position;
    int64_t bytes = 0;
    int found = 0;
    bool full = false;
    std::string where = " WHERE r.position > ? AND r.position <= ?";
    std::vector<mysql::Value> params = {after_position, after_position + stretch};
    if (!resource_types.empty()) {
      absl::StrAppend(&where, " AND r.resource_type IN (", Repeat("?", ", ", resource_types.size()),
                      ")");
      for (const std::string& type : resource_types) params.emplace_back(mysql::Bytes(type));
    }
    RETURN_IF_ERROR(db.Query(absl::StrCat(kSizes, where, " ORDER BY r.position LIMIT ", limit + 1),
                             params, [&](const mysql::Row& row) {
                               if (full) return absl::OkStatus();
                               if (found == limit ||
                                   (found > 0 && bytes + row.Int(1) > max_bytes)) {
                                 full = true;
                                 return absl::OkStatus();
                               }
                               ++found;
                               bytes += row.Int(1);
                               last = row.Int(0);
                               return absl::OkStatus();
                             }));
    // All up to the end of the stretch was looked at, unless the page was full before.
    page.position =
        full ? last : std::max(last, std::min(after_position + stretch, page.head.position));
    if (found == 0) return page;
    params[1] = last;
    page.records.reserve(found);
    RETURN_IF_ERROR(db.Query(absl::StrCat(kRecords, where, " ORDER BY r.position"), params,
                             [&](const mysql::Row& row) {
                               page.records.push_back(ToRecord(row));
                               return absl::OkStatus();
                             }));
    return page;
  });
}

absl::StatusOr<std::vector<Checkpoint>> ReadCheckpoints(mysql::Pool& pool, absl::Time deadline,
                                                        int64_t after_position) {
  return mysql::Read(
      pool, deadline, [&](mysql::Connection& db) -> absl::StatusOr<std::vector<Checkpoint>> {
        std::vector<Checkpoint> checkpoints;
        RETURN_IF_ERROR(db.Query(
            absl::StrCat("SELECT service, epoch, position, hash, sign_time, key_id, signature"
                         " FROM ledger_checkpoints WHERE position > ?"
                         " ORDER BY position, sign_time LIMIT ",
                         kMaxCheckpoints),
            {after_position}, [&](const mysql::Row& row) {
              checkpoints.push_back({row.Bytes(0), row.Bytes(1), row.Int(2), row.Bytes(3),
                                     row.Time(4), row.Bytes(5), row.Bytes(6)});
              return absl::OkStatus();
            }));
        return checkpoints;
      });
}

}  // namespace phoihop::ledger
