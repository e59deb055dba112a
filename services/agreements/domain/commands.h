// The rules of an agreement's life. Pure: every command may be run again with the same
// outcome.
//
//   DRAFT -> CONSULTATION -> SIGNING -> IN_FORCE -> CONCLUDED | TERMINATED | SUPERSEDED
//   DRAFT -> SIGNING         CONSULTATION, SIGNING -> DRAFT
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMANDS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMANDS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/agreements/domain/agreement.h"
#include "services/agreements/domain/content.h"
#include "services/agreements/domain/facts.h"

namespace phoihop::agreements {

// Replaces the content of a draft.
struct Update {
  Content content;
  Facts facts;
};

// Lays a draft before its parties for comment.
struct OpenConsultation {
  // Last day for comments.
  absl::CivilDay comment_by;
};

// Fixes the text and opens it for signing.
struct OpenForSigning {
  // Names of the parties by id of the body, as they stand in the text.
  std::map<std::string, std::string> names = {};
  // Comments that nobody has answered.
  int unanswered_comments = 0;
  // First days on which bodies no longer exist, of those for which one is known.
  std::map<std::string, absl::CivilDay> ends = {};
};

// Takes it back from consultation or signing.
struct TakeBack {
  std::string reason;
};

// Signs for one party.
struct Sign {
  // Id of the party's body.
  std::string party;
  // Of kPaper alone; the day of others follows from when and how they are given.
  absl::CivilDay sign_date;
  std::string signer_name;
  std::string signer_title;
  SignatureKind kind = SignatureKind::kInSystem;
  Capacity capacity = Capacity::kUnspecified;
  // The text that the signer saw.
  std::string text_sha256 = {};
  std::string cms = {};
  std::optional<Certificate> certificate = std::nullopt;
  std::string scan = {};
  // Of an amendment: the day from which the version that it changes holds.
  std::optional<absl::CivilDay> amended_from = std::nullopt;
};

// Refuses to sign for one party.
struct Reject {
  std::string party;
  std::string reason;
  // The text that is refused; empty when nobody said.
  std::string text_sha256 = {};
};

// Gives one party another last day for signing.
struct Extend {
  std::string party;
  absl::CivilDay sign_by;
};

// Says that the term has ended.
struct Conclude {};

// Ends it before its term.
struct Terminate {
  Termination termination;
};

// Ends it because another agreement took its place.
struct Supersede {
  // Nothing when it does not exist or the caller cannot see it.
  std::optional<Agreement> successor;
  // Its unit is another one, in which the agreement's lives on.
  bool of_succeeding_unit = false;
};

// Puts the content of an amendment that everybody has signed in force.
struct Amend {
  Agreement amendment;
};

// Deletes a draft, and brings it back.
struct Delete {
  // Some agreement names this one as its parent.
  bool has_children = false;
};
struct Undelete {};

using Command = std::variant<Update, OpenConsultation, OpenForSigning, TakeBack, Sign, Reject,
                             Extend, Conclude, Terminate, Supersede, Amend, Delete, Undelete>;

// A round of signing that ended without success.
struct ClosedRound {
  int round = 0;
  // Id of the body that refused; empty when the author took it back.
  std::string rejected_by;
  std::string reason;
  std::string text_sha256;
  absl::Time end_time;
  // With the signatures that are void now.
  std::vector<Party> parties;
};

// What a command makes of an agreement.
struct Change {
  Agreement after;
  // The day from which the change holds: the day the agreement came into force, the day of a
  // signature, or the first day of the term.
  absl::CivilDay effective;
  // This change put the agreement in force or completed the signing of an amendment.
  bool put_in_force = false;
  // The text that is to be signed from now on; empty when it did not change.
  std::string text = {};
  std::optional<ClosedRound> closed_round = std::nullopt;
};

// A new draft with revision 1. INVALID_ARGUMENT naming fields of `agreement`, see content.h.
absl::StatusOr<Change> Create(std::string id, int64_t unit, const Content& content,
                              const Facts& facts, absl::Time now);

// A new draft that amends `base`, of the same unit. INVALID_ARGUMENT as Create, and naming
// `effective_date` with EFFECTIVE_DATE; FAILED_PRECONDITION with AGREEMENT_NOT_IN_FORCE or
// AGREEMENT_IS_AMENDMENT.
absl::StatusOr<Change> DraftAmendment(std::string id, const Agreement& base, AmendmentKind kind,
                                      absl::CivilDay effective, const Content& content, Facts facts,
                                      absl::Time now);

// The agreement after `command` of `actor` (`members/{id}`) at `now`. In a state that does not
// know the command: FAILED_PRECONDITION with the reason named first; a deleted draft answers all
// but Undelete with AGREEMENT_DELETED. Beyond that:
//   Update             AGREEMENT_NOT_DRAFT; content.h; FAILED_PRECONDITION PARENT_FIXED when
//                      others carry it out already
//   OpenConsultation  AGREEMENT_NOT_DRAFT; INVALID_ARGUMENT COMMENT_BY_PASSED
//   OpenForSigning     AGREEMENT_NOT_DRAFT; FAILED_PRECONDITION COMMENTS_UNANSWERED,
//                      SIGN_BY_PASSED, PARTY_ENDED (since the draft was written)
//   TakeBack      NOTHING_TO_RETURN
//   Sign               AGREEMENT_NOT_SIGNING; signing.h; FAILED_PRECONDITION TEXT_CHANGED,
//                      TEXT_NOT_FIXED (opened before texts were kept), PARTY_ENDED (by the day of
//                      signing); INVALID_ARGUMENT SIGN_DATE_IN_FUTURE, SIGN_DATE_TOO_EARLY (more
//                      than a year before the term), SIGN_DATE_AFTER_TERM, and naming `cms`
//                      SIGNED_BEFORE_OPENED
//   Reject      AGREEMENT_NOT_SIGNING; signing.h; FAILED_PRECONDITION TEXT_CHANGED
//   Extend      AGREEMENT_NOT_SIGNING; signing.h; INVALID_ARGUMENT SIGN_BY_AFTER_TERM
//   Conclude           AGREEMENT_NOT_IN_FORCE; FAILED_PRECONDITION TERM_NOT_ENDED
//   Terminate          AGREEMENT_NOT_IN_FORCE; INVALID_ARGUMENT naming `date`:
//                      DATE_IN_FUTURE, DATE_BEFORE_IN_FORCE, DATE_AFTER_TERM
//   Supersede          AGREEMENT_NOT_IN_FORCE; INVALID_ARGUMENT naming `successor`:
//                      SUCCESSOR_UNKNOWN, SUCCESSOR_IS_SELF, SUCCESSOR_OF_OTHER_UNIT,
//                      SUCCESSOR_NOT_IN_FORCE, SUCCESSOR_TOO_EARLY
//   Amend              AGREEMENT_NOT_IN_FORCE; FAILED_PRECONDITION AMENDMENT_TOO_LATE (signed
//                      when it was no longer in force, or would not have been by the new term)
//   Delete             AGREEMENT_NOT_DRAFT; FAILED_PRECONDITION AGREEMENT_HAS_FOLLOWERS
//   Undelete           AGREEMENT_NOT_DELETED
// An amendment answers Conclude, Terminate, Supersede and Amend with AGREEMENT_IS_AMENDMENT.
absl::StatusOr<Change> Apply(const Agreement& agreement, const Command& command, absl::Time now,
                             std::string_view actor);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMANDS_H_
