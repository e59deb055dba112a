#include "services/agreements/due/list_due.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"
#include "common/filter/sql.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/deadlines/obligation_rows.h"

namespace phoihop::agreements {
namespace {

using mysql::Value;

// How a filter's fields are stored.
constexpr filter::Column kColumns[] = {
    {.field = "kind", .sql = "o.kind"},
    {.field = "agreement", .sql = "o.agreement_id"},
    {.field = "resource", .sql = "o.resource"},
    {.field = "area", .sql = "o.area"},
    {.field = "body", .sql = "o.body_id"},
    {.field = "unit", .sql = "o.unit_id"},
    {.field = "due_date", .sql = "o.due_day"},
    {.field = "title", .sql = "o.title COLLATE utf8mb4_uca1400_ai_ci"},
};

// Rows of a walk that are read at once, at least and at most.
constexpr int kWalkBatch = 500;
constexpr int kLargestWalkBatch = 5000;

// The condition that all statements share, beginning with the state.
filter::Sql Common(const DueQuery& query, const filter::Sql& filter,
                   const std::optional<DueCursor>& after) {
  filter::Sql sql{"o.state = 1", {}};
  if (query.kind.has_value()) {
    sql.text += " AND o.kind = ?";
    sql.params.emplace_back(static_cast<int64_t>(*query.kind));
  }
  if (query.due.has_value()) {
    sql.text += " AND o.due_day >= ? AND o.due_day <= ?";
    sql.params.insert(sql.params.end(), {query.due->first, query.due->last});
  }
  if (after.has_value()) {
    sql.text += " AND o.due_day >= ? AND (o.due_day > ? OR o.id > ?)";
    sql.params.insert(sql.params.end(), {after->due_day, after->due_day, after->id});
  }
  if (filter.text != "TRUE") {
    absl::StrAppend(&sql.text, " AND ", filter.text);
    sql.params.insert(sql.params.end(), filter.params.begin(), filter.params.end());
  }
  return sql;
}

// Each body and unit has its obligations in the order of the list in a key of its own: the
// first ones of each are merged.
filter::Sql Merged(const DueQuery& query, const filter::Sql& common, bool plain, int rows) {
  filter::Sql sql{"SELECT x.id, x.due_day, 0, '' FROM (", {}};
  const size_t streams = query.bodies.size() + query.units.size();
  // Rounded up with units that do not exist, so that the statements that a connection keeps
  // prepared stay few.
  for (size_t i = 0; i < absl::bit_ceil(streams); ++i) {
    const bool by_body = i < query.bodies.size();
    absl::StrAppend(&sql.text, i == 0 ? "" : " UNION ",
                    "(SELECT o.id, o.due_day FROM obligations o",
                    !plain    ? ""
                    : by_body ? " FORCE INDEX (by_body)"
                              : " FORCE INDEX (by_unit)",
                    " WHERE ", by_body ? "o.body_id" : "o.unit_id", " = ? AND ", common.text,
                    " ORDER BY o.due_day, o.id LIMIT ?)");
    if (by_body) {
      sql.params.emplace_back(query.bodies[i]);
    } else {
      const size_t unit = i - query.bodies.size();
      sql.params.emplace_back(unit < query.units.size() ? query.units[unit] : int64_t{-1});
    }
    sql.params.insert(sql.params.end(), common.params.begin(), common.params.end());
    sql.params.emplace_back(int64_t{rows});
  }
  sql.text += ") x ORDER BY x.due_day, x.id LIMIT ?";
  sql.params.emplace_back(int64_t{rows});
  return sql;
}

filter::Sql Walk(const filter::Sql& common, bool plain, int rows) {
  filter::Sql sql{absl::StrCat("SELECT o.id, o.due_day, o.unit_id, o.body_id FROM obligations o",
                               plain ? " FORCE INDEX (by_due)" : "", " WHERE ", common.text,
                               " ORDER BY o.due_day, o.id LIMIT ?"),
                  common.params};
  sql.params.emplace_back(int64_t{rows});
  return sql;
}

// The whole records of these entries, in their order.
absl::StatusOr<std::vector<DueRecord>> RecordsOf(mysql::Connection& db,
                                                 const std::vector<DueCursor>& entries) {
  if (entries.empty()) return std::vector<DueRecord>();
  std::vector<std::string> ids;
  for (const DueCursor& entry : entries) ids.push_back(entry.id);
  std::vector<Value> params;
  AppendPaddedTexts(ids, params);
  return SelectRecords(
      db,
      absl::StrCat("WHERE o.id IN (", PaddedPlaceholders(ids.size()), ") ORDER BY o.due_day, o.id"),
      params);
}

}  // namespace

absl::StatusOr<std::vector<DueRecord>> SelectRecords(mysql::Connection& db, std::string_view rest,
                                                     mysql::Params params) {
  std::vector<DueRecord> records;
  RETURN_IF_ERROR(
      db.Query(absl::StrCat("SELECT ", AbslView(kObligationColumns),
                            ", a.term_start FROM obligations o LEFT JOIN agreements a ON a.id = "
                            "o.agreement_id ",
                            AbslView(rest)),
               params, [&](const mysql::Row& row) {
                 DueRecord& record = records.emplace_back();
                 record.stored = StoredObligationOf(row);
                 if (!row.IsNull(kObligationColumnCount)) {
                   record.term_start = row.Day(kObligationColumnCount);
                 }
                 return absl::OkStatus();
               }));
  return records;
}

absl::StatusOr<DuePage> ReadDuePage(mysql::Connection& db, const DueQuery& query,
                                    const DueLimits& limits) {
  DuePage page;
  const size_t streams = query.bodies.size() + query.units.size();
  if (streams == 0) return page;
  const bool merged = streams <= limits.max_merged;
  const absl::flat_hash_set<std::string> bodies(query.bodies.begin(), query.bodies.end());
  // Looks at no more columns than it must: a walk passes over many rows.
  const auto wanted = [&](const mysql::Row& row) {
    return merged || std::binary_search(query.units.begin(), query.units.end(), row.Int(2)) ||
           (!bodies.empty() && bodies.contains(row.Text(3)));
  };
  ASSIGN_OR_RETURN(const filter::Sql filter, filter::Condition(query.filter, kColumns));
  const bool plain = query.filter.kind == filter::Expr::Kind::kAll;
  std::optional<DueCursor> after = query.after;
  bool more = true;
  int read = 0;
  while (more && read < limits.max_rows_read) {
    // One beyond the page tells whether there is another page.
    const int missing = query.limit + 1 - static_cast<int>(page.records.size());
    std::vector<DueCursor> entries;
    while (more && static_cast<int>(entries.size()) < missing && read < limits.max_rows_read) {
      const int left = missing - static_cast<int>(entries.size());
      // As many as the share so far lets expect to be enough.
      const int expected =
          entries.empty() ? 2 * read : left * (read / static_cast<int>(entries.size()) + 1);
      const int rows = std::min(merged ? left : std::clamp(expected, kWalkBatch, kLargestWalkBatch),
                                limits.max_rows_read);
      const filter::Sql common = Common(query, filter, after);
      const filter::Sql sql =
          merged ? Merged(query, common, plain, rows) : Walk(common, plain, rows);
      int count = 0;
      RETURN_IF_ERROR(db.Query(sql.text, sql.params, [&](const mysql::Row& row) {
        ++count;
        const bool full = static_cast<int>(entries.size()) == missing;
        if (full || (count < rows && !wanted(row))) return absl::OkStatus();
        DueCursor at{row.Day(1), row.Text(0)};
        if (wanted(row)) entries.push_back(at);
        after = std::move(at);
        return absl::OkStatus();
      }));
      read += count;
      more = count == rows;
    }
    more = more || static_cast<int>(entries.size()) == missing;
    ASSIGN_OR_RETURN(std::vector<DueRecord> records, RecordsOf(db, entries));
    for (DueRecord& record : records) {
      if (query.visible == nullptr || query.visible(record)) {
        page.records.push_back(std::move(record));
      }
    }
    if (static_cast<int>(page.records.size()) > query.limit) {
      page.records.pop_back();
      const StoredObligation& last = page.records.back().stored;
      after = DueCursor{last.obligation.due.day, last.id};
      more = true;
      break;
    }
  }
  if (more) page.next = after;
  return page;
}

}  // namespace phoihop::agreements
