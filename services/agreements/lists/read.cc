#include "services/agreements/lists/read.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/mysql/in_list.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::agreements::lists {
namespace {

// Of one direction throughout, so that an index gives the order.
absl::StatusOr<std::vector<filter::Key>> KeysOf(const ListTable& table, const ListQuery& query) {
  const bool descending =
      query.order.empty() ? table.own.descending : query.order.front().descending;
  return filter::Keys(query.order, table.columns, {&table.own, 1},
                      {{table.id, filter::Key::Kind::kText, descending}});
}

}  // namespace

// - Up to `max_listed_units` units: their rows by an index that begins with the unit. For one
//   unit it is read in the order of the list; for a few the rows after the cursor are sorted.
// - Beyond that the order of the whole table is walked step by step, filter and units looked
//   at row by row, and at most `max_rows_read` rows for a page; so neither a large subtree nor
//   a filter that fits nothing makes a page slow, only shorter.
absl::StatusOr<IdPage> ReadIds(mysql::Connection& db, const ListTable& table,
                               const ListQuery& query, const ListLimits& limits) {
  IdPage page;
  if (query.units.empty()) return page;
  ASSIGN_OR_RETURN(const std::vector<filter::Key> keys, KeysOf(table, query));
  ASSIGN_OR_RETURN(const filter::Sql fits, filter::Condition(query.filter, table.columns));
  const bool by_units = static_cast<int>(query.units.size()) <= limits.max_listed_units;
  const std::string alive(query.show_deleted ? "TRUE" : table.alive);
  std::string cursor = query.cursor;
  bool more = true;
  for (int read = 0; more && read < limits.max_rows_read;) {
    ASSIGN_OR_RETURN(const filter::Sql after, filter::After(cursor, keys));
    // One row beyond the page tells whether there is another page.
    const int wanted = query.limit + 1 - static_cast<int>(page.ids.size());
    const int rows = by_units ? wanted : std::min(limits.walk_step, limits.max_rows_read);
    std::vector<mysql::Value> params;
    std::string sql = absl::StrCat("SELECT ", AbslView(table.id), ", ", AbslView(table.unit), ", ",
                                   AbslView(table.access_day), ", ");
    if (by_units) {
      absl::StrAppend(&sql, "1, ", filter::KeyColumns(keys), " FROM ", AbslView(table.from),
                      " WHERE ", AbslView(table.unit), " IN ", mysql::InList(query.units, params),
                      " AND ", after.text, " AND ", alive, " AND ", fits.text);
      params.insert(params.end(), after.params.begin(), after.params.end());
      params.insert(params.end(), fits.params.begin(), fits.params.end());
    } else {
      absl::StrAppend(&sql, "(", alive, " AND ", fits.text, "), ", filter::KeyColumns(keys),
                      " FROM ", AbslView(table.from), " WHERE ", after.text);
      params = fits.params;
      params.insert(params.end(), after.params.begin(), after.params.end());
    }
    absl::StrAppend(&sql, filter::OrderBy(keys), " LIMIT ?");
    params.emplace_back(static_cast<int64_t>(rows));
    int count = 0;
    bool full = false;
    RETURN_IF_ERROR(db.Query(sql, params, [&](const mysql::Row& row) -> absl::Status {
      ++count;
      if (full) return absl::OkStatus();
      const bool shown =
          row.Int(3) != 0 &&
          (by_units || std::binary_search(query.units.begin(), query.units.end(), row.Int(1))) &&
          (query.visible == nullptr || query.visible(row.Int(1), row.Day(2)));
      if (shown && static_cast<int>(page.ids.size()) == query.limit) {
        full = true;
        return absl::OkStatus();
      }
      if (shown) page.ids.push_back(row.Text(0));
      ASSIGN_OR_RETURN(cursor, filter::ReadCursor(row, 4, keys));
      return absl::OkStatus();
    }));
    read += count;
    if (full) break;
    more = count == rows;
  }
  if (more) page.next = std::move(cursor);
  return page;
}

}  // namespace phoihop::agreements::lists
