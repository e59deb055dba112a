// What a server asks about its callers, answered from tokens and grants.
#ifndef PHOIHOP_COMMON_ACCESS_AUTHORITY_H_
#define PHOIHOP_COMMON_ACCESS_AUTHORITY_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "common/access/snapshot.h"
#include "common/access/tokens.h"
#include "common/rpc/auth.h"

namespace phoihop::access {

// Recognises callers by their tokens.
class TokenAuthenticator : public rpc::Authenticator {
 public:
  // Both must outlive this. With `source`, callers are as ActingToday has them.
  explicit TokenAuthenticator(const TokenVerifier* verifier, const SnapshotSource* source = nullptr)
      : verifier_(verifier), source_(source) {}

  absl::StatusOr<Caller> Authenticate(std::string_view token) const override;

 private:
  const TokenVerifier* const verifier_;
  const SnapshotSource* const source_;
};

// Knows members' permissions from the current snapshot of grants; passes on its
// UNAVAILABLE.
class SnapshotPermissions : public rpc::PermissionChecker {
 public:
  // `source` must outlive this.
  explicit SnapshotPermissions(const SnapshotSource* source) : source_(source) {}

  absl::StatusOr<bool> HoldsAnywhere(const Caller& caller,
                                     std::string_view permission) const override;
  absl::StatusOr<bool> HoldsForCountry(const Caller& caller,
                                       std::string_view permission) const override;

 private:
  const SnapshotSource* const source_;
};

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_AUTHORITY_H_
