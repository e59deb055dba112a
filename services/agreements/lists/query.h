// What lists of the rooms ask for and give: plans, duties, reviews.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_LISTS_QUERY_H_
#define PHOIHOP_SERVICES_AGREEMENTS_LISTS_QUERY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/filter/filter.h"

namespace phoihop::agreements::lists {

// What a list shows.
struct ListQuery {
  // Ids of the units, ascending, each once.
  std::vector<int64_t> units = {};
  filter::Expr filter = {};
  // At most one field; the list's own order when empty.
  filter::Order order = {};
  // Where the list goes on, as ListPage::next had it; empty from the beginning.
  std::string cursor = {};
  // Rows on a page, 1 to 1.000.
  int limit = 50;
  // Also what was deleted.
  bool show_deleted = false;
  // Whether a row of this unit and day of access may be shown; empty for all.
  std::function<bool(int64_t unit, absl::CivilDay day)> visible = {};
};

// A page of a list.
template <class T>
struct ListPage {
  std::vector<T> rows;
  // Empty on the last page. There may be a next page after one that is not full, when many
  // rows had to be passed over.
  std::string next;
};

// Bounds of a list; tests make them small.
struct ListLimits {
  // Up to so many units are read by unit; for more the order of the whole list is walked.
  int max_listed_units = 128;
  // Rows that one page looks at in a walk.
  int max_rows_read = 5000;
  // Rows of one step of it.
  int walk_step = 500;
};

}  // namespace phoihop::agreements::lists

#endif  // PHOIHOP_SERVICES_AGREEMENTS_LISTS_QUERY_H_
