// A list over several intervals of days, as one range of the index after another.
#ifndef PHOIHOP_SERVICES_OPINIONS_STORE_LIST_PARTS_H_
#define PHOIHOP_SERVICES_OPINIONS_STORE_LIST_PARTS_H_

#include <optional>
#include <vector>

#include "services/opinions/store/store.h"

namespace phoihop::opinions {

// One range.
struct ListPart {
  DayInterval days;
  // Set where the list goes on within the last of these days: records of that day
  // follow this one, and all of earlier days do.
  std::optional<ListKey> after;
};

// The ranges in the order of the list, newest first; what was given out already
// is left out.
std::vector<ListPart> ListParts(const ListQuery& query);

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_STORE_LIST_PARTS_H_
