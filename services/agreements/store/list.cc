#include "services/agreements/store/list.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/filter/sql.h"
#include "common/mysql/in_list.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/store/rows.h"

namespace phoihop::agreements {
namespace {

// A list is read in batches of the order (term_start, id), or (update_time, id), both in one
// direction, so that every index below is read in its order and nothing is sorted that will not be
// shown:
//
// - Up to `max_listed_units` units: `unit_id IN (...)` on the key by_unit. The rows of those
//   units after the cursor are ordered with a bounded heap; there are a few for each unit.
// - Beyond that (a province with its communes, the country) an IN list would gather and sort
//   all agreements of thousands of units for every page. So the key by_term, or by_update, is
//   walked in the order of the list and units are looked up in memory. The larger the subtree, the
//   fewer rows are passed over; for the country, none. A walk reads at most `max_rows_read` rows.
// - Amendments of one agreement lie under the key by_amended.
// - Under a parent the key by_parent holds its agreements in the order of their terms.
//
// `term_start <= ?` beside the OR gives the optimiser a range to start from; a row
// constructor `(a, b) < (?, ?)` would not.
struct Statement {
  std::string sql;
  std::vector<mysql::Value> params;
};

// Titles and numbers are searched by a collation without marks and case, so that no second
// column has to be kept; a filter on them reads what the other conditions leave.
constexpr filter::Column kColumns[] = {
    {.field = "title", .sql = "a.title COLLATE utf8mb4_uca1400_ai_ci"},
    {.field = "document_number", .sql = "a.document_number COLLATE utf8mb4_uca1400_ai_ci"},
    // Kept for uniqueness, where a number is not that of a deleted draft.
    {.field = kDocumentKeyField,
     .sql = "CONVERT(COALESCE(a.document_key, SUBSTRING_INDEX(a.issuer_key, '\n', -1), "
            "a.document_number) USING utf8mb4) COLLATE utf8mb4_bin"},
    {.field = "state", .sql = "a.state"},
    {.field = "level", .sql = "a.level"},
    {.field = "party",
     .sql = "p.body_id",
     .within = "EXISTS (SELECT 1 FROM agreement_parties p WHERE p.agreement_id = a.id AND {})"},
    {.field = "area",
     .sql = "c.area",
     .within = "EXISTS (SELECT 1 FROM agreement_clauses c WHERE c.agreement_id = a.id AND {})"},
    {.field = "term_start", .sql = "a.term_start"},
    {.field = "term_end", .sql = "a.term_end"},
    {.field = "in_force_date", .sql = "a.in_force_from", .nullable = true},
};

Statement BatchStatement(const ListQuery& query, const filter::Sql& condition, bool by_units,
                         const std::optional<ListCursor>& after, int rows) {
  Statement s;
  s.sql = absl::StrCat("SELECT ", AbslView(kAgreementColumns), " FROM agreements a WHERE ",
                       query.amends.empty() ? "amends_id IS NULL" : "amends_id = ?");
  if (!query.amends.empty()) s.params.emplace_back(query.amends);
  if (!query.deleted) s.sql += " AND delete_time IS NULL";
  if (by_units) {
    absl::StrAppend(&s.sql, " AND unit_id IN ", mysql::InList(query.units, s.params));
  }
  if (!query.parent.empty()) {
    s.sql += " AND parent_id = ?";
    s.params.emplace_back(query.parent);
  }
  if (query.state.has_value()) {
    s.sql += " AND state = ?";
    s.params.emplace_back(static_cast<int64_t>(*query.state));
  }
  absl::StrAppend(&s.sql, " AND ", condition.text);
  s.params.insert(s.params.end(), condition.params.begin(), condition.params.end());
  const bool by_update = query.order == ListOrder::kUpdateTime;
  const char* key = by_update ? "update_time" : "term_start";
  if (after.has_value()) {
    const char* sign = query.ascending ? ">" : "<";
    absl::StrAppend(&s.sql, " AND ", key, " ", sign, "= ? AND (", key, " ", sign, " ? OR id ", sign,
                    " ?)");
    const mysql::Value at =
        by_update ? mysql::Value(after->update_time) : mysql::Value(after->term_start);
    s.params.insert(s.params.end(), {at, at, after->id});
  }
  const char* direction = query.ascending ? "" : " DESC";
  absl::StrAppend(&s.sql, " ORDER BY ", key, direction, ", id", direction, " LIMIT ?");
  s.params.emplace_back(static_cast<int64_t>(rows));
  return s;
}

ListCursor CursorOf(const Agreement& agreement) {
  return {agreement.term_start, agreement.update_time, agreement.id};
}

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
  ASSIGN_OR_RETURN(const filter::Sql condition, filter::Condition(query.filter, kColumns));
  std::optional<ListCursor> after = query.after;
  bool more = true;
  for (int read = 0; more && read < limits.max_rows_read;) {
    // One row beyond the page tells whether there is another page.
    const int wanted = query.limit + 1 - static_cast<int>(page.agreements.size());
    const int rows = std::min(by_units ? wanted : std::max(wanted, 500), limits.max_rows_read);
    const Statement batch = BatchStatement(query, condition, by_units, after, rows);
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
  RETURN_IF_ERROR(LoadParties(db, absl::MakeSpan(page.agreements), /*with_cms=*/false));
  return page;
}

}  // namespace phoihop::agreements
