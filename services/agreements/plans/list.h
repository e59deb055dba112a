// How the lists of this room are read. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_LIST_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_LIST_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/filter/sql.h"
#include "common/mysql/connection.h"
#include "services/agreements/plans/plan_store.h"

namespace phoihop::agreements::plans {

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

// "(?,?,?)" for `count` values, rounded up to a power of two, with the values appended to
// `params`, the last one repeated. None: a list that nothing is in.
std::string InList(const std::vector<std::string>& values, std::vector<mysql::Value>& params);

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_LIST_H_
