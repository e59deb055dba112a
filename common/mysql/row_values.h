// Single values of rows, to and from the domain.
#ifndef PHOIHOP_COMMON_MYSQL_ROW_VALUES_H_
#define PHOIHOP_COMMON_MYSQL_ROW_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "common/mysql/connection.h"
#include "common/mysql/value.h"

namespace phoihop::mysql {

// A parameter of a whole number of any type.
inline Value Int(int64_t value) { return value; }

// NULL for nothing.
template <class T>
Value OrNull(const std::optional<T>& value) {
  return value.has_value() ? Value(*value) : Value(nullptr);
}

// NULL for an empty text.
inline Value TextOrNull(const std::string& text) {
  return text.empty() ? Value(nullptr) : Value(text);
}

// A column that holds no more than an int.
inline int SmallOf(const Row& row, int column) { return static_cast<int>(row.Int(column)); }

// Nothing for NULL.
inline std::optional<absl::CivilDay> DayOf(const Row& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return row.Day(column);
}

// "?,?,?" for `count` parameters, at least one.
inline std::string Marks(size_t count) {
  std::string marks = "?";
  for (size_t i = 1; i < count; ++i) marks += ",?";
  return marks;
}

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_ROW_VALUES_H_
