// Rows as values. Private to the store.
#ifndef PHOIHOP_SERVICES_DIRECTORY_STORE_ROWS_H_
#define PHOIHOP_SERVICES_DIRECTORY_STORE_ROWS_H_

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/connection.h"
#include "common/status/macros.h"

namespace phoihop::directory {

// All rows of a query.
template <class T>
absl::StatusOr<std::vector<T>> All(mysql::Connection& db, std::string_view sql,
                                   mysql::Params params, T (*from)(const mysql::Row&)) {
  std::vector<T> result;
  RETURN_IF_ERROR(db.Query(sql, params, [&](const mysql::Row& row) {
    result.push_back(from(row));
    return absl::OkStatus();
  }));
  return result;
}

// The only row of a query, or nothing.
template <class T>
absl::StatusOr<std::optional<T>> One(mysql::Connection& db, std::string_view sql,
                                     mysql::Params params, T (*from)(const mysql::Row&)) {
  ASSIGN_OR_RETURN(std::vector<T> rows, All(db, sql, params, from));
  if (rows.empty()) return std::optional<T>();
  return std::optional<T>(std::move(rows.front()));
}

// NULL for nothing.
template <class T>
mysql::Value Nullable(const std::optional<T>& value) {
  return value.has_value() ? mysql::Value(*value) : mysql::Value(nullptr);
}

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_STORE_ROWS_H_
