// How this room's rows hold single values. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_ROW_VALUES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_ROW_VALUES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/mysql/connection.h"
#include "common/mysql/value.h"
#include "services/agreements/deadlines/rhythm.h"

namespace phoihop::agreements::duties {

inline mysql::Value Int(int64_t value) { return value; }

template <class T>
mysql::Value OrNull(const std::optional<T>& value) {
  return value.has_value() ? mysql::Value(*value) : mysql::Value(nullptr);
}

inline mysql::Value TextOrNull(const std::string& text) {
  return text.empty() ? mysql::Value(nullptr) : mysql::Value(text);
}

inline int SmallOf(const mysql::Row& row, int column) { return static_cast<int>(row.Int(column)); }

inline std::optional<absl::CivilDay> DayOf(const mysql::Row& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return row.Day(column);
}

// "?,?,?".
inline std::string Marks(size_t count) {
  std::string marks = "?";
  for (size_t i = 1; i < count; ++i) marks += ",?";
  return marks;
}

// The columns of a due day: due_day, period_first, period_last, calculation_vi, calculation_en.
inline DueDay DueOf(const mysql::Row& row, int first) {
  return {row.Day(first),
          {row.Day(first + 1), row.Day(first + 2)},
          row.Text(first + 3),
          row.Text(first + 4)};
}

inline void AppendDue(const DueDay& due, std::vector<mysql::Value>& params) {
  params.insert(params.end(), {due.day, due.period.first, due.period.last, due.calculation_vi,
                               due.calculation_en});
}

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_ROW_VALUES_H_
