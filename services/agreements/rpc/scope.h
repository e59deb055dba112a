// Who may see and sign which agreement. Pure functions of a snapshot of tree and grants.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_SCOPE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_SCOPE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/access/snapshot.h"
#include "services/agreements/domain/agreement.h"

namespace phoihop::agreements {

// Resource types in errors.
inline constexpr std::string_view kAgreementType = "phoihop.agreements.v1.Agreement";
inline constexpr std::string_view kUnitType = "phoihop.directory.v1.AdministrativeUnit";

inline constexpr std::string_view kReadPermission = "agreements.agreement.read";
inline constexpr std::string_view kWritePermission = "agreements.agreement.write";
inline constexpr std::string_view kSignPermission = "agreements.agreement.sign";

// The day whose tree decides about an agreement of `unit` with this first day of its term:
// that day; where the unit did not exist then, the last day on which it did, since the
// register may be corrected afterwards.
absl::CivilDay ScopeDay(const access::UnitTree& tree, int64_t unit, absl::CivilDay term_start);

// The day that is meant by one who names none: today, or the last day of a unit that has ended.
absl::CivilDay DefaultDay(const access::UnitTree& tree, int64_t unit, absl::CivilDay today);

// Whether the caller holds `permission` over an agreement's unit: by a grant over it, or by one
// that reaches a body which carries on today the duties of one of the unit that has ended.
bool MayActOn(const access::Snapshot& snapshot, const access::Caller& caller,
              std::string_view permission, int64_t unit, absl::CivilDay term_start);

// Whether the caller may read the agreement: by a grant over its unit, or because it is in
// force and the caller may read something at a unit that was below it during its time.
bool MayRead(const access::Snapshot& snapshot, const access::Caller& caller,
             const Agreement& agreement);

// OK when the caller may read what belongs to agreements of the unit, as its tree of that day has
// it; as MayActOn, so that who carries on a body finds what that one took part in. NOT_FOUND for
// the unit otherwise.
absl::Status RequireReadable(const access::Snapshot& snapshot, const access::Caller& caller,
                             int64_t unit, absl::CivilDay day);

// The one answer for an agreement that does not exist and for one out of scope.
absl::Status AgreementNotFound(const std::string& id);

// OK when an agreement of `unit` may begin on `term_start` and the caller may write it.
// INVALID_ARGUMENT with UNIT_NOT_ON_TERM_START when the unit did not exist then and the
// caller may know it; otherwise NOT_FOUND.
absl::Status RequireNewTerm(const access::Snapshot& snapshot, const access::Caller& caller,
                            int64_t unit, absl::CivilDay term_start);

// Whether the caller may use `permission` in the name of `body` in what belongs to an agreement of
// that unit and first day. Where others carry on the body's duties today, whoever may act for one
// of them may, and a grant that names the body itself no longer does: the right to act in an office
// does not outlive it, and who goes on in its successor is granted that anew.
bool MayActFor(const access::Snapshot& snapshot, const access::Caller& caller,
               std::string_view permission, int64_t unit, absl::CivilDay term_start,
               const std::string& body);

// OK when the caller may sign the agreement for the body `party`. Out of scope: NOT_FOUND. A
// grant that names a body signs for that body only: PERMISSION_DENIED for others. The parties
// are bodies of the agreement's unit, so scope over it is scope over theirs.
absl::Status RequireSigner(const access::Snapshot& snapshot, const access::Caller& caller,
                           const Agreement& agreement, const std::string& party);

// The same for any permission that is used in the name of a body.
absl::Status RequireActor(const access::Snapshot& snapshot, const access::Caller& caller,
                          const Agreement& agreement, const std::string& body,
                          std::string_view permission);

// OK when the caller may do something with the agreement, or with what hangs on it, in nobody's
// name in particular: plan under it, review it, end it. A grant that names a body acts for that
// body alone, so one of the caller's grants names no body, or one of the agreement's parties:
// PERMISSION_DENIED with NOT_A_PARTY otherwise. Out of scope: NOT_FOUND. Every method that writes
// asks this, or RequireActor where it is done in a body's name.
absl::Status RequireParty(const access::Snapshot& snapshot, const access::Caller& caller,
                          const Agreement& agreement, std::string_view permission);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_SCOPE_H_
