// The members who act for bodies, and their grants.
#ifndef PHOIHOP_SERVICES_DIRECTORY_DOMAIN_PEOPLE_H_
#define PHOIHOP_SERVICES_DIRECTORY_DOMAIN_PEOPLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace phoihop::directory {

// A person who acts for a body in this system.
struct Member {
  std::string id;
  std::string display_name;
  // Id of a body; empty for an administrator of the system.
  std::string body;
  absl::Time created;
  int64_t revision = 1;

  friend bool operator==(const Member&, const Member&) = default;
};

// What a member may do. Stored as these numbers; see common/access/roles.h.
enum class Role {
  kViewer = 1,
  kContributor = 2,
  kOfficer = 3,
  kLeader = 4,
  kAdministrator = 5,
  kAuditor = 6,
};

// The role's name in the table of permissions, for example "viewer".
std::string_view RoleName(Role role);

// A role of a member over a unit and all units below it.
struct Grant {
  std::string id;
  std::string member;
  Role role = Role::kViewer;
  int64_t unit = 0;
  // Id of a body; empty for any.
  std::string body;
  absl::Time created;
  // Nothing while it is in force.
  std::optional<absl::Time> revoked;
  int64_t revision = 1;

  friend bool operator==(const Grant&, const Grant&) = default;
};

// The grant revoked at `now`; unchanged when it was revoked before.
Grant Revoked(Grant grant, absl::Time now);

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_DOMAIN_PEOPLE_H_
