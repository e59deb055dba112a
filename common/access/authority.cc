#include "common/access/authority.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/status/macros.h"

namespace phoihop::access {

absl::StatusOr<Caller> TokenAuthenticator::Authenticate(std::string_view token) const {
  ASSIGN_OR_RETURN(const Claims claims, verifier_->Verify(token));
  Caller caller = CallerOf(claims);
  if (source_ == nullptr || caller.body.empty()) return caller;
  const absl::StatusOr<Snapshot> snapshot = source_->Get();
  // Without one, whoever asks for permissions hears why.
  return snapshot.ok() ? ActingToday(*snapshot, std::move(caller)) : caller;
}

absl::StatusOr<bool> SnapshotPermissions::HoldsAnywhere(const Caller& caller,
                                                        std::string_view permission) const {
  ASSIGN_OR_RETURN(const Snapshot snapshot, source_->Get());
  return snapshot.grants->Has(caller, permission);
}

absl::StatusOr<bool> SnapshotPermissions::HoldsForCountry(const Caller& caller,
                                                          std::string_view permission) const {
  ASSIGN_OR_RETURN(const Snapshot snapshot, source_->Get());
  // The country is the root on every day, so no day is asked about.
  const std::vector<int64_t> units = snapshot.grants->UnitsOf(caller, permission);
  return std::binary_search(units.begin(), units.end(), kCountryUnit);
}

}  // namespace phoihop::access
