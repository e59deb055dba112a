#include "services/directory/domain/people.h"

namespace phoihop::directory {

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kViewer:
      return "viewer";
    case Role::kContributor:
      return "contributor";
    case Role::kOfficer:
      return "officer";
    case Role::kLeader:
      return "leader";
    case Role::kAdministrator:
      return "administrator";
    case Role::kAuditor:
      return "auditor";
  }
  return "";
}

Grant Revoked(Grant grant, absl::Time now) {
  if (!grant.revoked.has_value()) {
    grant.revoked = now;
    ++grant.revision;
  }
  return grant;
}

}  // namespace phoihop::directory
