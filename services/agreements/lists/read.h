// How lists are read. For the stores.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_LISTS_READ_H_
#define PHOIHOP_SERVICES_AGREEMENTS_LISTS_READ_H_

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/filter/sql.h"
#include "common/mysql/connection.h"
#include "services/agreements/lists/query.h"

namespace phoihop::agreements::lists {

// A table that is listed.
struct ListTable {
  // With an alias: "commitments c".
  std::string_view from;
  // Its columns.
  std::string_view id;
  std::string_view unit;
  // The day whose tree decides who may see a row.
  std::string_view access_day;
  // The condition of rows that are not deleted; "TRUE" without deletion.
  std::string_view alive;
  absl::Span<const filter::Column> columns;
  // The list's own order.
  filter::Key own;
};

// The ids of a page, in order, and where the next one begins.
struct IdPage {
  std::vector<std::string> ids;
  std::string next;
};

// Reads a page within the connection's snapshot.
absl::StatusOr<IdPage> ReadIds(mysql::Connection& db, const ListTable& table,
                               const ListQuery& query, const ListLimits& limits);

// `rows` in the order of `ids`; `id_of` gives the id of a row.
template <class T, class IdOf>
std::vector<T> InOrder(std::vector<T> rows, const std::vector<std::string>& ids, IdOf id_of) {
  absl::flat_hash_map<std::string, size_t> place;
  for (size_t i = 0; i < ids.size(); ++i) place.emplace(ids[i], i);
  std::sort(rows.begin(), rows.end(),
            [&](const T& a, const T& b) { return place.at(id_of(a)) < place.at(id_of(b)); });
  return rows;
}

// The same for rows that have an `id`.
template <class T>
std::vector<T> InOrder(std::vector<T> rows, const std::vector<std::string>& ids) {
  return InOrder(std::move(rows), ids, [](const T& row) -> const std::string& { return row.id; });
}

// The first of `rows`, or nothing.
template <class T>
std::optional<T> First(std::vector<T> rows) {
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

}  // namespace phoihop::agreements::lists

#endif  // PHOIHOP_SERVICES_AGREEMENTS_LISTS_READ_H_
