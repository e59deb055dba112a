// Which role may do what: one table, so that an auditor reads it in one place.
#ifndef PHOIHOP_COMMON_ACCESS_ROLES_H_
#define PHOIHOP_COMMON_ACCESS_ROLES_H_

#include <string_view>
#include <vector>

namespace phoihop::access {

// True for a role of the table: viewer, contributor, officer, leader,
// administrator, auditor.
bool IsRole(std::string_view role);

// Whether a holder of `role` has `permission`, `<service>.<noun>.<verb>`. False
// for an unknown role or permission.
bool RoleHas(std::string_view role, std::string_view permission);

// All roles, least first.
const std::vector<std::string_view>& Roles();

// Whether any role has this permission: a method whose rule asks for another one
// could never be called, so the server refuses to start with it.
bool IsPermission(std::string_view permission);

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_ROLES_H_
