// How this room's rows hold due days. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_ROW_VALUES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_ROW_VALUES_H_

#include <vector>

#include "common/mysql/row_values.h"
#include "services/agreements/deadlines/rhythm.h"

namespace phoihop::agreements::duties {

using mysql::DayOf;
using mysql::Int;
using mysql::Marks;
using mysql::OrNull;
using mysql::SmallOf;
using mysql::TextOrNull;

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
