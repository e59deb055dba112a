#include "services/agreements/due/summary.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/deadlines/obligation_rows.h"

namespace phoihop::agreements {
namespace {

using mysql::Row;
using mysql::Value;

// Which rows of the tables of figures are read, under the alias `t`, and by what.
struct Rows {
  std::string_view by;
  std::string where;
  std::vector<Value> params;
};

std::vector<Value> Join(std::vector<Value> a, const std::vector<Value>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Reads all figures of these rows; `target` gives the place for a row's first column.
absl::Status ReadFigures(mysql::Connection& db, const SummaryQuery& query, const Rows& rows,
                         absl::FunctionRef<DueNumbers&(const Row&)> target) {
  const absl::string_view by = AbslView(rows.by);
  bool behind = false;
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", by,
                                        ", t.open_count, t.overdue_count, t.rolled_to FROM "
                                        "due_totals t WHERE ",
                                        rows.where),
                           rows.params, [&](const Row& row) {
                             DueNumbers& numbers = target(row);
                             numbers.open += row.Int(1);
                             numbers.overdue += row.Int(2);
                             behind = behind || row.Day(3) < query.today;
                             return absl::OkStatus();
                           }));
  if (behind) {
    // The worker has not come to these rows since midnight: add what it would.
    RETURN_IF_ERROR(db.Query(
        absl::StrCat("SELECT ", by,
                     ", SUM(d.open_count) FROM due_totals t JOIN due_days d ON d.body_id = "
                     "t.body_id AND d.unit_id = t.unit_id AND d.day >= t.rolled_to AND d.day < ? "
                     "WHERE ",
                     rows.where, " AND t.rolled_to < ? GROUP BY ", by),
        Join(Join({query.today}, rows.params), {query.today}), [&](const Row& row) {
          target(row).overdue += row.Int(1);
          return absl::OkStatus();
        }));
  }
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", by, ", SUM(t.open_count) FROM due_days t WHERE ",
                                        rows.where, " AND t.day >= ? AND t.day <= ? GROUP BY ", by),
                           Join(rows.params, {query.today, query.today + query.upcoming_days}),
                           [&](const Row& row) {
                             target(row).upcoming += row.Int(1);
                             return absl::OkStatus();
                           }));
  return db.Query(absl::StrCat("SELECT ", by,
                               ", t.on_time_count, t.late_count FROM due_done t "
                               "WHERE ",
                               rows.where, " AND t.year = ?"),
                  Join(rows.params, {query.today.year()}), [&](const Row& row) {
                    DueNumbers& numbers = target(row);
                    numbers.on_time += row.Int(1);
                    numbers.late += row.Int(2);
                    return absl::OkStatus();
                  });
}

}  // namespace

absl::StatusOr<SummaryNumbers> ReadSummary(mysql::Connection& db, const SummaryQuery& query,
                                           const DueLimits& limits) {
  SummaryNumbers numbers;
  if (query.units.empty()) return numbers;
  Rows units{"t.unit_id", "t.body_id = ''", {}};
  if (query.units.size() <= limits.max_picked_units) {
    absl::StrAppend(&units.where, " AND t.unit_id IN (", PaddedPlaceholders(query.units.size()),
                    ")");
    for (size_t i = 0; i < absl::bit_ceil(query.units.size()); ++i) {
      units.params.emplace_back(query.units[std::min(i, query.units.size() - 1)]);
    }
  }
  RETURN_IF_ERROR(ReadFigures(db, query, units, [&](const Row& row) -> DueNumbers& {
    return numbers.by_unit[row.Int(0)];
  }));
  const Rows bodies{"t.body_id", "t.unit_id = ? AND t.body_id > ''", {query.unit}};
  RETURN_IF_ERROR(ReadFigures(db, query, bodies, [&](const Row& row) -> DueNumbers& {
    return numbers.by_body[row.Text(0)];
  }));
  return numbers;
}

}  // namespace phoihop::agreements
