#include "services/agreements/store/list.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/store/rows.h"

namespace phoihop::agreements {
namespace {

// A list is read in batches of the order (term_start, id), both descending, so that every
// index below is read backwards and nothing is sorted that will not be shown:
//
// - Up to `max_listed_units` units: `unit_id IN (...)` on the key by_unit. The rows of those
//   units after the cursor are ordered with a bounded heap; there are a few for each unit.
// - Beyond that (a province with its communes, the country) an IN list would gather and sort
//   all agreements of thousands of units for every page. So the key by_term is walked in the
//   order of the list and units are looked up in memory. The larger the subtree, the fewer
//   rows are passed over; for the country, none. A walk reads at most `max_rows_read` rows.
// - Under a parent the key by_parent holds its agreements in the order of the list.
//
// `term_start <= ?` beside the OR gives the optimiser a range to start from; a row
// constructor `(a, b) < (?, ?)` would not.
struct Statement {
  std::string sql;
  std::vector<mysql::Value> params;
};

Statement BatchStatement(const ListQuery& query, bool by_units,
                         const std::optional<ListCursor>& after, int rows) {
  Statement s;
  s.sql = absl::StrCat("SELECT ", AbslView(kAgreementColumns), " FROM agreements WHERE TRUE");
  if (by_units) {
    absl::StrAppend(&s.sql, " AND unit_id IN (", Placeholders(query.units.size()), ")");
    AppendPadded<int64_t>(query.units, s.params);
  }
  if (!query.parent.empty()) {
    s.sql += " AND parent_id = ?";
    s.params.emplace_back(query.parent);
  }
  if (query.state.has_value()) {
    s.sql += " AND state = ?";
    s.params.emplace_back(static_cast<int64_t>(*query.state));
  }
  if (after.has_value()) {
    s.sql += " AND term_start <= ? AND (term_start < ? OR id < ?)";
    s.params.insert(s.params.end(), {after->term_start, after->term_start, after->id});
  }
  s.sql += " ORDER BY term_start DESC, id DESC LIMIT ?";
  s.params.emplace_back(static_cast<int64_t>(rows));
  return s;
}

ListCursor CursorOf(const Agreement& agreement) { return {agreement.term_start, agreement.id}; }

}  // namespace

absl::StatusOr<ListPage> ReadList(mysql::Connection& db, const ListQuery& query,
                                  const StoreLimits& limits) {
  ListPage page;
  if (query.units.empty()) return page;
  const bool by_units = static_cast<int>(query.units.size()) <= limits.max_listed_units;
  const auto shown = [&](const Agreement& a) {
    return (by_units || std::binary_search(query.units.begin(), query.units.end(), a.unit)) &&
           (query.visible == nullptr || query.visible(a.unit, a.term_start));
  };
  std::optional<ListCursor> after = query.after;
  bool more = true;
  for (int read = 0; more && read < limits.max_rows_read;) {
    // One row beyond the page tells whether there is another page.
    const int wanted = query.limit + 1 - static_cast<int>(page.agreements.size());
    const int rows = std::min(by_units ? wanted : std::max(wanted, 500), limits.max_rows_read);
    const Statement batch = BatchStatement(query, by_units, after, rows);
    int count = 0;
    RETURN_IF_ERROR(db.Query(batch.sql, batch.params, [&](const mysql::Row& row) {
      ++count;
      if (static_cast<int>(page.agreements.size()) > query.limit) return absl::OkStatus();
      Agreement agreement = AgreementOf(row);
      after = CursorOf(agreement);
      if (shown(agreement)) page.agreements.push_back(std::move(agreement));
      return absl::OkStatus();
    }));
    read += count;
    more = count == rows;
    if (static_cast<int>(page.agreements.size()) > query.limit) {
      page.agreements.pop_back();
      after = CursorOf(page.agreements.back());
      more = true;
      break;
    }
  }
  if (more) page.next = after;
  RETURN_IF_ERROR(LoadParties(db, absl::MakeSpan(page.agreements)));
  return page;
}

}  // namespace phoihop::agreements
