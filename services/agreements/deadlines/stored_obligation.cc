#include "services/agreements/deadlines/stored_obligation.h"

#include "absl/strings/str_cat.h"
#include "common/status/views.h"

namespace phoihop::agreements {

std::string ObligationName(std::string_view id) {
  return absl::StrCat("obligations/", AbslView(id));
}

}  // namespace phoihop::agreements
