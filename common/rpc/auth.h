// Who is calling and what may they do: two questions that the server asks before a
// handler runs. common/access answers them; tests pass their own.
#ifndef PHOIHOP_COMMON_RPC_AUTH_H_
#define PHOIHOP_COMMON_RPC_AUTH_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "common/access/caller.h"

namespace phoihop::rpc {

// Recognises callers. Thread safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // The caller that a bearer token speaks for; UNAUTHENTICATED when it is not
  // accepted.
  virtual absl::StatusOr<access::Caller> Authenticate(std::string_view token) const = 0;
};

// Knows the grants of members. Thread safe. Services are not asked about here: a
// method's rule names those that may call it.
class PermissionChecker {
 public:
  virtual ~PermissionChecker() = default;

  // Whether the member holds the permission over any unit at all. UNAVAILABLE
  // when the grants are too old to be trusted.
  virtual absl::StatusOr<bool> HoldsAnywhere(const access::Caller& caller,
                                             std::string_view permission) const = 0;

  // Whether the member holds the permission over the whole country (units/1).
  virtual absl::StatusOr<bool> HoldsForCountry(const access::Caller& caller,
                                               std::string_view permission) const = 0;
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_AUTH_H_
