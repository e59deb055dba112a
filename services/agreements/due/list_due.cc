#include "services/agreements/due/list_due.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"
#include "common/filter/sql.h"
#include "common/mysql/in_list.h"
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
// To look at a row for a filter costs about so much more than to pass over one in a key.
constexpr int kFilterCost = 4;

// One order in which rows are walked: a key that begins with what its rows share.
struct Order {
  std::string_view key;
  // Conditions, each with AND behind it.
  std::string where;
  std::vector<Value> params;
};

// What the top of a filter demands, by a key that has it.
const filter::Expr* Demands(const filter::Expr& filter, std::string_view field) {
  using Kind = filter::Expr::Kind;
  if (filter.kind == Kind::kCompare && filter.field == field &&
      filter.op == filter::Expr::Op::kEqual) {
    return &filter;
  }
  if (filter.kind != Kind::kAnd) return nullptr;
  for (const filter::Expr& part : filter.parts) {
    if (part.kind != Kind::kCompare) continue;
    if (const filter::Expr* found = Demands(part, field)) return found;
  }
  return nullptr;
}

// The shortest order that the filter or the kind name; nothing when they name none.
absl::StatusOr<std::optional<Order>> NamedOrder(const DueQuery& query) {
  constexpr std::pair<std::string_view, std::string_view> kKeys[] = {{"resource", "by_resource"},
                                                                     {"agreement", "by_agreement"},
                                                                     {"body", "by_body"},
                                                                     {"unit", "by_unit"},
                                                                     {"kind", "by_kind"}};
  for (const auto& [field, key] : kKeys) {
    const filter::Expr* demanded = Demands(query.filter, field);
    if (demanded == nullptr) continue;
    ASSIGN_OR_RETURN(filter::Sql sql, filter::Condition(*demanded, kColumns));
    return std::optional<Order>(Order{key, absl::StrCat(sql.text, " AND "), std::move(sql.params)});
  }
  return std::optional<Order>();
}

// What all statements share behind their order's own conditions.
filter::Sql Common(const DueQuery& query, const std::optional<DueCursor>& after) {
  filter::Sql sql{"o.state = 1", {}};
  if (query.due.has_value()) {
    sql.text += " AND o.due_day >= ? AND o.due_day <= ?";
    sql.params.insert(sql.params.end(), {query.due->first, query.due->last});
  }
  if (after.has_value()) {
    sql.text += " AND o.due_day >= ? AND (o.due_day > ? OR o.id > ?)";
    sql.params.insert(sql.params.end(), {after->due_day, after->due_day, after->id});
  }
  return sql;
}

// The first rows of an order. Nothing but keys decides which, so no more rows are looked at.
void AppendOrder(const Order& order, const filter::Sql& common, int rows, filter::Sql& sql) {
  absl::StrAppend(&sql.text,
                  "SELECT o.id, o.due_day, o.unit_id, o.body_id, o.kind FROM obligations o FORCE "
                  "INDEX (",
                  AbslView(order.key), ") WHERE ", order.where, common.text,
                  " ORDER BY o.due_day, o.id LIMIT ?");
  sql.params.insert(sql.params.end(), order.params.begin(), order.params.end());
  sql.params.insert(sql.params.end(), common.params.begin(), common.params.end());
  sql.params.emplace_back(int64_t{rows});
}

// Each body and unit has its obligations in the order of the list in a key of its own: the
// first ones of each are merged.
filter::Sql Merged(const DueQuery& query, const filter::Sql& common, int rows) {
  filter::Sql sql{"SELECT x.* FROM (", {}};
  const size_t streams = query.bodies.size() + query.units.size();
  // Rounded up with units that do not exist, so that the statements that a connection keeps
  // prepared stay few.
  for (size_t i = 0; i < absl::bit_ceil(streams); ++i) {
    sql.text += i == 0 ? "(" : " UNION (";
    if (i < query.bodies.size()) {
      AppendOrder({"by_body", "o.body_id = ? AND ", {query.bodies[i]}}, common, rows, sql);
    } else {
      const size_t unit = i - query.bodies.size();
      const int64_t id = unit < query.units.size() ? query.units[unit] : int64_t{-1};
      AppendOrder({"by_unit", "o.unit_id = ? AND ", {id}}, common, rows, sql);
    }
    sql.text += ")";
  }
  sql.text += ") x ORDER BY x.due_day, x.id LIMIT ?";
  sql.params.emplace_back(int64_t{rows});
  return sql;
}

// The keys with, as sixth column, whether their rows pass the filter.
filter::Sql Filtered(filter::Sql keys, const filter::Sql& filter) {
  filter::Sql sql{absl::StrCat("SELECT k.id, k.due_day, k.unit_id, k.body_id, k.kind, ",
                               filter.text, " FROM (", keys.text,
                               ") k STRAIGHT_JOIN obligations o ON o.id = k.id ORDER BY k.due_day, "
                               "k.id"),
                  filter.params};
  sql.params.insert(sql.params.end(), keys.params.begin(), keys.params.end());
  return sql;
}

// The whole records of these entries, in their order.
absl::StatusOr<std::vector<DueRecord>> RecordsOf(mysql::Connection& db,
                                                 const std::vector<DueCursor>& entries) {
  if (entries.empty()) return std::vector<DueRecord>();
  std::vector<std::string> ids;
  for (const DueCursor& entry : entries) ids.push_back(entry.id);
  std::vector<Value> params;
  const std::string in = mysql::InList(ids, params);
  return SelectRecords(db, absl::StrCat("WHERE o.id IN ", in, " ORDER BY o.due_day, o.id"), params);
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
  ASSIGN_OR_RETURN(std::optional<Order> order, NamedOrder(query));
  const bool merged = !order.has_value() && streams <= limits.max_merged;
  if (!merged && !order.has_value()) {
    order = query.kind.has_value()
                ? Order{"by_kind", "o.kind = ? AND ", {static_cast<int64_t>(*query.kind)}}
                : Order{"by_due", "", {}};
  }
  ASSIGN_OR_RETURN(const filter::Sql filter, filter::Condition(query.filter, kColumns));
  const bool plain = query.filter.kind == filter::Expr::Kind::kAll;
  const absl::flat_hash_set<std::string> bodies(query.bodies.begin(), query.bodies.end());
  // Looks at no more columns than it must: a walk passes over many rows.
  const auto wanted = [&](const mysql::Row& row) {
    if (!plain && row.Int(5) == 0) return false;
    if (query.kind.has_value() && row.Int(4) != static_cast<int64_t>(*query.kind)) return false;
    return merged || std::binary_search(query.units.begin(), query.units.end(), row.Int(2)) ||
           (!bodies.empty() && bodies.contains(row.Text(3)));
  };
  // A page looks at so many rows at most, whatever the filter lets through.
  const int most_rows =
      std::max(1, plain ? limits.max_rows_read : limits.max_rows_read / kFilterCost);
  // Of the first batch all rows may be wanted.
  const bool picks_all = merged && plain && !query.kind.has_value();
  std::optional<DueCursor> after = query.after;
  bool more = true;
  int read = 0;
  while (more && read < most_rows) {
    // One beyond the page tells whether there is another page.
    const int missing = query.limit + 1 - static_cast<int>(page.records.size());
    std::vector<DueCursor> entries;
    while (more && static_cast<int>(entries.size()) < missing && read < most_rows) {
      const int left = missing - static_cast<int>(entries.size());
      // As many as the share so far lets expect to be enough.
      const int expected =
          entries.empty() ? 2 * read : left * (read / static_cast<int>(entries.size()) + 1);
      const int rows = std::min(
          picks_all ? left : std::clamp(expected, kWalkBatch, kLargestWalkBatch), most_rows);
      const filter::Sql common = Common(query, after);
      filter::Sql sql;
      if (merged) {
        sql = Merged(query, common, rows);
      } else {
        AppendOrder(*order, common, rows, sql);
      }
      if (!plain) sql = Filtered(std::move(sql), filter);
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
