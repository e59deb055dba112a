// Who holds which role over which part of the country. Pure; never changes once
// built; thread safe.
#ifndef PHOIHOP_COMMON_ACCESS_GRANTS_H_
#define PHOIHOP_COMMON_ACCESS_GRANTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/civil_time.h"
#include "common/access/caller.h"
#include "common/access/unit_tree.h"

namespace phoihop::access {

// A role of a member over the subtree of a unit.
struct Grant {
  std::string id;
  // `members/{id}`.
  std::string member;
  // See roles.h.
  std::string role;
  // The body for which it is held, `bodies/{id}`; empty for any.
  std::string body;
  int64_t unit = 0;
  bool revoked = false;
};

class Grants {
 public:
  Grants() = default;
  explicit Grants(std::vector<Grant> grants);

  // Whether a member holds the permission anywhere. A grant for a body counts
  // when the caller acts for that body or names none. False for services and
  // anonymous callers: those do not live from grants.
  bool Has(const Caller& caller, std::string_view permission) const;

  // Whether a grant with the permission covers `unit` in the tree of `day`; false
  // for everybody when the unit did not exist then. A
  // service is always allowed here: the method's rule has named it, or it would
  // not have come this far.
  bool Allows(const Caller& caller, std::string_view permission, int64_t unit, absl::CivilDay day,
              const UnitTree& tree) const;

  // The units over whose subtrees the caller holds the permission, ascending.
  std::vector<int64_t> UnitsOf(const Caller& caller, std::string_view permission) const;

  // This set with `grant` added, or replaced when its id is known.
  Grants With(Grant grant) const;

  const std::vector<Grant>& all() const { return grants_; }

 private:
  std::vector<Grant> grants_;
  absl::flat_hash_map<std::string, std::vector<int>> by_member_;
};

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_GRANTS_H_
