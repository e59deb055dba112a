// What is wrong with one field, before anybody knows where in a request it stood.
#ifndef PHOIHOP_SERVICES_OPINIONS_DOMAIN_VIOLATION_H_
#define PHOIHOP_SERVICES_OPINIONS_DOMAIN_VIOLATION_H_

#include <string_view>
#include <vector>

#include "common/status/errors.h"

namespace phoihop::opinions {

// A broken rule. `field` is the name of the field alone ("due_date"); the caller
// puts the path before it. Both views are of static text.
struct Violation {
  std::string_view field;
  std::string_view reason;
  Text message;
};

using Violations = std::vector<Violation>;

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_DOMAIN_VIOLATION_H_
