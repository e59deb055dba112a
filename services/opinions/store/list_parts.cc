#include "services/opinions/store/list_parts.h"

#include <algorithm>

namespace phoihop::opinions {

std::vector<ListPart> ListParts(const ListQuery& query) {
  std::vector<DayInterval> days = query.days;
  std::sort(days.begin(), days.end(),
            [](const DayInterval& a, const DayInterval& b) { return a.first > b.first; });
  std::vector<ListPart> parts;
  for (DayInterval interval : days) {
    ListPart part;
    if (query.after.has_value() && query.after->day <= interval.last) {
      interval.last = query.after->day;
      part.after = query.after;
    }
    if (interval.empty()) continue;
    part.days = interval;
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace phoihop::opinions
