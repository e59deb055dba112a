#include "services/agreements/due/summary.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "common/mysql/in_list.h"
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
absl::Status ReadFigures(mysql::Connection& db, const SummaryDays& days, const Rows& rows,
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
                             behind = behind || row.Day(3) < days.today;
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
        Join(Join({days.today}, rows.params), {days.today}), [&](const Row& row) {
          target(row).overdue += row.Int(1);
          return absl::OkStatus();
        }));
  }
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", by, ", SUM(t.open_count) FROM due_days t WHERE ",
                                        rows.where, " AND t.day >= ? AND t.day <= ? GROUP BY ", by),
                           Join(rows.params, {days.today, days.today + days.upcoming}),
                           [&](const Row& row) {
                             target(row).upcoming += row.Int(1);
                             return absl::OkStatus();
                           }));
  return db.Query(absl::StrCat("SELECT ", by,
                               ", t.on_time_count, t.late_count FROM due_done t "
                               "WHERE ",
                               rows.where, " AND t.year = ?"),
                  Join(rows.params, {days.today.year()}), [&](const Row& row) {
                    DueNumbers& numbers = target(row);
                    numbers.on_time += row.Int(1);
                    numbers.late += row.Int(2);
                    return absl::OkStatus();
                  });
}

}  // namespace

absl::StatusOr<UnitNumbers> ReadUnitNumbers(mysql::Connection& db, absl::Span<const int64_t> units,
                                            const SummaryDays& days) {
  Rows rows{"t.unit_id", "t.body_id = ''", {}};
  if (!units.empty()) {
    absl::StrAppend(&rows.where, " AND t.unit_id IN ", mysql::InList(units, rows.params));
  }
  UnitNumbers numbers;
  RETURN_IF_ERROR(ReadFigures(db, days, rows,
                              [&](const Row& row) -> DueNumbers& { return numbers[row.Int(0)]; }));
  return numbers;
}

absl::StatusOr<std::map<std::string, DueNumbers>> ReadBodyNumbers(mysql::Connection& db,
                                                                  int64_t unit,
                                                                  const SummaryDays& days) {
  std::map<std::string, DueNumbers> numbers;
  const Rows rows{"t.body_id", "t.unit_id = ? AND t.body_id > ''", {unit}};
  RETURN_IF_ERROR(ReadFigures(db, days, rows,
                              [&](const Row& row) -> DueNumbers& { return numbers[row.Text(0)]; }));
  return numbers;
}

}  // namespace phoihop::agreements
