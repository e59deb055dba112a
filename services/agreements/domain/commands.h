// The rules of an agreement's life: DRAFT -> SIGNING -> IN_FORCE. Pure: every command may
// be run again with the same outcome.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMANDS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMANDS_H_

#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/agreements/domain/agreement.h"
#include "services/agreements/domain/facts.h"

namespace phoihop::agreements {

// Replaces the content of a draft.
struct Update {
  Content content;
  Facts facts;
};

// Fixes the text of a draft and opens it for signing.
struct OpenForSigning {};

// Signs for one party.
struct Sign {
  // Id of the party's body.
  std::string party;
  absl::CivilDay sign_date;
  std::string signer_name;
  std::string signer_title;
};

using Command = std::variant<Update, OpenForSigning, Sign>;

// What a command makes of an agreement.
struct Change {
  Agreement after;
  // The day from which the change holds: the day the agreement came into force, the day of a
  // signature, or the first day of the term.
  absl::CivilDay effective;
  // This change put the agreement in force.
  bool put_in_force = false;
};

// What can be said of content alone, before anything is asked about its parties:
// INVALID_ARGUMENT with PARTY_COUNT, PARTY_TWICE or TERM_REVERSED.
absl::Status CheckShape(const Content& content);

// A new draft with revision 1. INVALID_ARGUMENT naming fields of `agreement` as for Update.
absl::StatusOr<Change> Create(std::string id, int64_t unit, const Content& content,
                              const Facts& facts, absl::Time now);

// The agreement after `command` of `actor` (`members/{id}`) at `now`.
//   Update        FAILED_PRECONDITION AGREEMENT_NOT_DRAFT; INVALID_ARGUMENT with PARTY_COUNT,
//                 PARTY_TWICE, BODY_UNKNOWN, PARTY_OF_OTHER_UNIT, BODY_NOT_VALID, TERM_REVERSED,
//                 PARENT_UNKNOWN, PARENT_IS_DRAFT, PARENT_NOT_ABOVE, PARENT_CIRCLE,
//                 CASCADE_TOO_DEEP;
//                 ABORTED when a party was not asked for: the draft changed meanwhile
//   OpenForSigning  FAILED_PRECONDITION AGREEMENT_NOT_DRAFT
//   Sign          FAILED_PRECONDITION AGREEMENT_NOT_SIGNING (a draft), PARTY_HAS_SIGNED;
//                 INVALID_ARGUMENT NOT_A_PARTY, SIGN_DATE_IN_FUTURE, SIGN_DATE_TOO_EARLY (more than
//                 a year before the term), SIGN_DATE_AFTER_TERM
// Parties sign in any order; the last one puts the agreement in force on the latest of
// the sign dates.
absl::StatusOr<Change> Apply(const Agreement& agreement, const Command& command, absl::Time now,
                             std::string_view actor);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMANDS_H_
