#ifndef PHOIHOP_COMMON_RPC_SERVICE_TABLE_H_
#define PHOIHOP_COMMON_RPC_SERVICE_TABLE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/rpc/core.h"

namespace phoihop::rpc {

// The methods of each service, by the service's full name.
using ServiceTable = std::map<std::string, std::vector<std::unique_ptr<Method>>>;

// Checks what was registered against the descriptors and gives each method its
// rule: every method of a service needs a rule and a handler for its types. Services whose
// methods are forwarded may be incomplete. The error names all that is wrong.
absl::Status Complete(ServiceTable& services);

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_SERVICE_TABLE_H_
