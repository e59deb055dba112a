#include "services/agreements/rpc/scope.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/names/names.h"
#include "common/status/details.h"
#include "common/status/errors.h"

namespace phoihop::agreements {
namespace {

// Whether `unit` was `root` or below it on some day from `first` to before `until`. Climbs
// through every parent that the unit had in that time, so no day has to be guessed.
bool WasWithin(const access::UnitTree& tree, int64_t unit, int64_t root, absl::CivilDay first,
               absl::CivilDay until) {
  const access::Unit* found = tree.Find(unit);
  if (found == nullptr) return false;
  for (const access::UnitVersion& version : found->versions) {
    const absl::CivilDay from = std::max(first, version.from);
    const absl::CivilDay to = std::min(until, version.until);
    if (from >= to) continue;
    if (unit == root) return true;
    if (version.parent != 0 && WasWithin(tree, version.parent, root, from, to)) return true;
  }
  return false;
}

// A body that is none: only grants that name no body help one who acts for it.
constexpr std::string_view kNobody = "-";

// The caller as one who acts for `body` ("bodies/x") alone. Grants count for a caller who acts for
// their body, or for any body when they name none. For a caller who acts for another body only
// grants without one help.
access::Caller ActingFor(access::Caller caller, const std::string& body) {
  caller.body = caller.body.empty() || caller.body == body ? body : std::string(kNobody);
  return caller;
}

// Whether the caller holds the permission over the unit itself.
bool IsGranted(const access::Snapshot& snapshot, const access::Caller& caller,
               std::string_view permission, int64_t unit, absl::CivilDay term_start) {
  return snapshot.grants->Allows(caller, permission, unit,
                                 ScopeDay(*snapshot.tree, unit, term_start), *snapshot.tree);
}

// Whether the caller, who acts for this body, holds the permission where the body is today.
bool Reaches(const access::Snapshot& snapshot, const access::Caller& actor,
             std::string_view permission, const std::string& body) {
  const std::optional<int64_t> unit = snapshot.bodies->UnitOf(body);
  return unit.has_value() &&
         snapshot.grants->Allows(actor, permission, *unit,
                                 DefaultDay(*snapshot.tree, *unit, snapshot.today), *snapshot.tree);
}

// Whether the caller holds the permission for a body that carries on one of the unit.
bool IsGrantedToHeir(const access::Snapshot& snapshot, const access::Caller& caller,
                     std::string_view permission, int64_t unit) {
  if (caller.kind != access::Caller::kMember) return false;
  for (const std::string& body : snapshot.bodies->SucceededAt(unit)) {
    if (!snapshot.bodies->IsCarriedOn(body, snapshot.today)) continue;
    for (const std::string& heir : snapshot.bodies->CarriersOn(body, snapshot.today)) {
      if (Reaches(snapshot, ActingFor(caller, heir), permission, heir)) return true;
    }
  }
  return false;
}

}  // namespace

absl::CivilDay ScopeDay(const access::UnitTree& tree, int64_t unit, absl::CivilDay term_start) {
  if (tree.ExistsOn(unit, term_start)) return term_start;
  const access::Unit* found = tree.Find(unit);
  if (found == nullptr || found->versions.empty()) return term_start;
  return found->versions.back().until - 1;
}

absl::CivilDay DefaultDay(const access::UnitTree& tree, int64_t unit, absl::CivilDay today) {
  const access::Unit* found = tree.Find(unit);
  if (found == nullptr || found->versions.empty()) return today;
  return std::min(today, found->versions.back().until - 1);
}

bool MayActOn(const access::Snapshot& snapshot, const access::Caller& caller,
              std::string_view permission, int64_t unit, absl::CivilDay term_start) {
  return IsGranted(snapshot, caller, permission, unit, term_start) ||
         IsGrantedToHeir(snapshot, caller, permission, unit);
}

bool MayActFor(const access::Snapshot& snapshot, const access::Caller& caller,
               std::string_view permission, int64_t unit, absl::CivilDay term_start,
               const std::string& body) {
  const std::string name = absl::StrCat("bodies/", body);
  const bool carried = snapshot.bodies->IsCarriedOn(name, snapshot.today);
  for (const std::string& carrier : snapshot.bodies->CarriersOn(name, snapshot.today)) {
    const access::Caller actor = ActingFor(caller, carrier);
    if (IsGranted(snapshot, actor, permission, unit, term_start)) return true;
    if (carried && Reaches(snapshot, actor, permission, carrier)) return true;
  }
  return false;
}

bool MayRead(const access::Snapshot& snapshot, const access::Caller& caller,
             const Agreement& agreement) {
  if (MayActOn(snapshot, caller, kReadPermission, agreement.unit, agreement.term_start)) {
    return true;
  }
  // What was in force once stays readable below.
  if (!agreement.in_force_date.has_value()) return false;
  for (const int64_t unit : snapshot.grants->UnitsOf(caller, kReadPermission)) {
    if (WasWithin(*snapshot.tree, unit, agreement.unit, *agreement.in_force_date,
                  InForceUntil(agreement))) {
      return true;
    }
  }
  return false;
}

absl::Status RequireReadable(const access::Snapshot& snapshot, const access::Caller& caller,
                             int64_t unit, absl::CivilDay day) {
  if (snapshot.tree->ExistsOn(unit, day) &&
      IsGrantedToHeir(snapshot, caller, kReadPermission, unit)) {
    return absl::OkStatus();
  }
  return access::RequireUnit(snapshot, caller, kReadPermission, unit, day, kUnitType,
                             UnitName(unit));
}

absl::Status AgreementNotFound(const std::string& id) {
  return NotFound(kAgreementType, AgreementName(id));
}

absl::Status RequireNewTerm(const access::Snapshot& snapshot, const access::Caller& caller,
                            int64_t unit, absl::CivilDay term_start) {
  if (!MayActOn(snapshot, caller, kWritePermission, unit, term_start)) {
    return NotFound(kUnitType, UnitName(unit));
  }
  if (!snapshot.tree->ExistsOn(unit, term_start)) {
    return InvalidField("agreement.term_start", "UNIT_NOT_ON_TERM_START",
                        {"The unit does not exist on the first day of the term.",
                         "Đơn vị không tồn tại vào ngày đầu của thời hạn."});
  }
  return absl::OkStatus();
}

absl::Status RequireSigner(const access::Snapshot& snapshot, const access::Caller& caller,
                           const Agreement& agreement, const std::string& party) {
  const absl::Status may = RequireActor(snapshot, caller, agreement, party, kSignPermission);
  return absl::IsPermissionDenied(may) ? AboutField(may, "party") : may;
}

absl::Status RequireActor(const access::Snapshot& snapshot, const access::Caller& caller,
                          const Agreement& agreement, const std::string& body,
                          std::string_view permission) {
  if (!MayActOn(snapshot, caller, permission, agreement.unit, agreement.term_start)) {
    return AgreementNotFound(agreement.id);
  }
  if (MayActFor(snapshot, caller, permission, agreement.unit, agreement.term_start, body)) {
    return absl::OkStatus();
  }
  return PermissionDenied(permission);
}

absl::Status RequireParty(const access::Snapshot& snapshot, const access::Caller& caller,
                          const Agreement& agreement, std::string_view permission) {
  if (!MayActOn(snapshot, caller, permission, agreement.unit, agreement.term_start)) {
    return AgreementNotFound(agreement.id);
  }
  access::Caller nobody = caller;
  nobody.body = std::string(kNobody);
  const bool may =
      IsGranted(snapshot, nobody, permission, agreement.unit, agreement.term_start) ||
      std::any_of(agreement.parties.begin(), agreement.parties.end(), [&](const Party& party) {
        return MayActFor(snapshot, caller, permission, agreement.unit, agreement.term_start,
                         party.body);
      });
  if (may) return absl::OkStatus();
  return Denied("NOT_A_PARTY",
                {"Your role is held for a body that is no party of this agreement. Ask one of the "
                 "parties to do this, or have the administrator grant you a role for a party.",
                 "Quyền của bạn được giao cho một cơ quan không phải là bên của chương trình này. "
                 "Hãy đề nghị một bên thực hiện, hoặc đề nghị quản trị viên giao quyền cho cơ quan "
                 "là một bên."});
}

}  // namespace phoihop::agreements
