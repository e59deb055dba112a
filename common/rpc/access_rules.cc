#include "common/rpc/access_rules.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::rpc {
namespace {

using types::v1::AccessRule;

constexpr std::string_view kServicePrefix = "services/";

bool IsNamed(const AccessRule& rule, const access::Caller& caller) {
  return caller.name.starts_with(kServicePrefix) &&
         std::find(rule.services().begin(), rule.services().end(),
                   caller.name.substr(kServicePrefix.size())) != rule.services().end();
}

absl::Status BadRule(const google::protobuf::MethodDescriptor& method, const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat(method.full_name(), " ", what));
}

}  // namespace

absl::StatusOr<AccessRule> RuleOf(const google::protobuf::MethodDescriptor& method) {
  if (!method.options().HasExtension(types::v1::access)) {
    return BadRule(method, "declares no (phoihop.types.v1.access) rule");
  }
  const AccessRule& rule = method.options().GetExtension(types::v1::access);
  switch (rule.scope()) {
    case AccessRule::ANONYMOUS:
    case AccessRule::MEMBER:
      return rule;
    case AccessRule::UNIT:
    case AccessRule::COUNTRY:
      if (rule.permission().empty()) return BadRule(method, "has a scope without a permission");
      return rule;
    case AccessRule::SERVICE:
      if (rule.services().empty()) return BadRule(method, "is for services but names none");
      return rule;
    default:
      return BadRule(method, "declares an access rule without a scope");
  }
}

absl::Status Authorize(const AccessRule& rule, const access::Caller& caller,
                       const PermissionChecker* checker) {
  if (rule.scope() == AccessRule::ANONYMOUS) return absl::OkStatus();
  if (caller.kind == access::Caller::kAnonymous) {
    return Unauthenticated("TOKEN_MISSING", {"Sign in first.", "Vui lòng đăng nhập."});
  }
  if (rule.scope() == AccessRule::MEMBER) return absl::OkStatus();
  if (caller.kind == access::Caller::kService) {
    return IsNamed(rule, caller) ? absl::OkStatus() : PermissionDenied(rule.permission());
  }
  if (rule.scope() == AccessRule::SERVICE || checker == nullptr) {
    return PermissionDenied(rule.permission());
  }
  ASSIGN_OR_RETURN(const bool holds, rule.scope() == AccessRule::COUNTRY
                                         ? checker->HoldsForCountry(caller, rule.permission())
                                         : checker->HoldsAnywhere(caller, rule.permission()));
  return holds ? absl::OkStatus() : PermissionDenied(rule.permission());
}

}  // namespace phoihop::rpc
