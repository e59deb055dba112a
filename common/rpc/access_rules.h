#ifndef PHOIHOP_COMMON_RPC_ACCESS_RULES_H_
#define PHOIHOP_COMMON_RPC_ACCESS_RULES_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/access/caller.h"
#include "common/rpc/auth.h"
#include "google/protobuf/descriptor.h"
#include "phoihop/types/v1/access.pb.h"

namespace phoihop::rpc {

// The rule that a method declares by the option (phoihop.types.v1.access).
// FAILED_PRECONDITION when there is none or it contradicts itself.
absl::StatusOr<types::v1::AccessRule> RuleOf(const google::protobuf::MethodDescriptor& method);

// Whether the caller may call a method with this rule: OK, UNAUTHENTICATED for an
// anonymous caller, or PERMISSION_DENIED. Looks at no record. `checker` may be null: then
// no member holds anything.
absl::Status Authorize(const types::v1::AccessRule& rule, const access::Caller& caller,
                       const PermissionChecker* checker);

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_ACCESS_RULES_H_
