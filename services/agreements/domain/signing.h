// A round of signing: who may sign when, and when enough have signed. Pure; agreements and their
// amendments are signed by it alike.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_SIGNING_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_SIGNING_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "services/agreements/domain/agreement.h"

namespace phoihop::agreements {

// Groups of parties sign one after the other; within a group in any order. A group is complete
// when as many of it have signed as must. The others of it may still sign until the round is
// complete, which it is when all groups are.
class SigningRound {
 public:
  // `subject` names the agreement in errors. `parties` in the order of the text;
  // `required` as Agreement::required_signatures.
  SigningRound(std::string subject, std::vector<Party> parties, std::vector<int> required);

  const std::vector<Party>& parties() const { return parties_; }

  // True when every group is complete.
  bool Complete() const { return open_group() >= static_cast<int>(required_.size()); }

  // The first group that is not complete, from 0; the number of groups when all are.
  int open_group() const;

  // Ids of the bodies whose turn it is and that have not signed, in the order of the text.
  // Nobody's once the round is complete.
  std::vector<std::string> MaySign() const;

  // The latest of the sign dates; nothing while the round is not complete.
  std::optional<absl::CivilDay> LastSigned() const;

  // OK when `body` may sign on `today`. INVALID_ARGUMENT naming `party` with NOT_A_PARTY;
  // FAILED_PRECONDITION with PARTY_HAS_SIGNED, SIGNING_COMPLETE, NOT_YET_TO_SIGN or
  // SIGNING_EXPIRED.
  absl::Status CheckTurn(std::string_view body, absl::CivilDay today) const;

  // Signs for `body`; errors as CheckTurn, and FAILED_PRECONDITION with CERTIFICATE_USED when
  // another party has signed with the same certificate (a signature that was copied comes with it)
  // or MEMBER_HAS_SIGNED when the same member has signed in the system for another party. What was
  // signed on paper one member may record for all.
  absl::Status Sign(std::string_view body, Signature signature, absl::CivilDay today);

  // OK when `body` may refuse to sign: a party that has not signed, in its turn or before.
  // Errors as CheckTurn, but neither NOT_YET_TO_SIGN nor SIGNING_EXPIRED.
  absl::Status CheckReject(std::string_view body) const;

  // Gives a party that has not signed another last day. INVALID_ARGUMENT with NOT_A_PARTY, or
  // naming `sign_by` with SIGN_BY_PASSED; FAILED_PRECONDITION with PARTY_HAS_SIGNED.
  absl::Status Extend(std::string_view body, absl::CivilDay sign_by, absl::CivilDay today);

  // Ids of the bodies that have signed, in the order of the text.
  std::vector<std::string> Signed() const;

 private:
  const Party* Find(std::string_view body) const;
  // OK unless the member who signs in the system for the party did so for another one.
  absl::Status CheckMember(const Party& party, const Signature& signature) const;
  // How many of a group have signed.
  int SignedOf(int group) const;

  std::string subject_;
  std::vector<Party> parties_;
  // Of every group, at least one.
  std::vector<int> required_;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_SIGNING_H_
