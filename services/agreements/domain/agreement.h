// What an agreement is. Pure values.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_AGREEMENT_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_AGREEMENT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace phoihop::agreements {

// Where an agreement stands. The numbers are stored: never change one.
enum class State {
  // Being written; may be changed.
  kDraft = 1,
  // The text is fixed and waits for signatures.
  kSigning = 2,
  // Signed by as many parties as its plan asks for.
  kInForce = 3,
  // The text lies before the parties for comment.
  kConsultation = 4,
  // Its term has ended, and somebody said so.
  kConcluded = 5,
  // Ended before its term by a decision.
  kTerminated = 6,
  // Another agreement took its place.
  kSuperseded = 7,
};

// The areas of coordination. The numbers are stored.
enum class Area {
  kLawEnforcementAndDevelopment = 1,
  kProminentIssues = 2,
  kDuties = 3,
  kOther = 4,
};

// How a party signs. The numbers are stored.
enum class SignatureKind {
  // Recorded before kinds were.
  kUnspecified = 0,
  // An approval in the system.
  kInSystem = 1,
  // A detached CMS signature over the text.
  kCms = 2,
  // On paper; a scan is attached.
  kPaper = 3,
};

// In whose place a person signs. The numbers are stored.
enum class Capacity {
  kUnspecified = 0,
  kHead = 1,
  kOnBehalf = 2,
  kByOrder = 3,
  kByAuthorisation = 4,
  kForCollective = 5,
};

// What an amendment does. The numbers are stored.
enum class AmendmentKind {
  kAmendment = 1,
  kExtension = 2,
};

// Limits of the contract, in characters or parties.
inline constexpr int kMaxTitle = 500;
inline constexpr int kMaxDocumentNumber = 100;
inline constexpr int kMaxSigner = 200;
inline constexpr int kMinParties = 2;
inline constexpr int kMaxParties = 30;
inline constexpr int kMaxLegalBases = 30;
inline constexpr int kMaxIssuer = 300;
inline constexpr int kMaxClauses = 200;
inline constexpr int kMaxHeading = 300;
inline constexpr int kMaxClauseText = 10000;
// Of all clauses together, so that an agreement stays one ledger record.
inline constexpr int kMaxClausesText = 300000;
inline constexpr int kMaxSeries = 100;
inline constexpr int kMaxTargetLevels = 10;
inline constexpr int kMaxTargetUnits = 1000;
inline constexpr int kMaxFileName = 200;
inline constexpr int kMaxReason = 1000;
// Bytes of a CMS signature.
inline constexpr int kMaxCms = 65536;
// By how much the clock of a machine that signs may differ from this one's.
inline constexpr absl::Duration kClockTolerance = absl::Minutes(5);
// Programmes above an agreement, at most. Each lies at a unit above the one before, so
// real chains have two or three; the bound keeps a walk along a chain bounded.
inline constexpr int kMaxCascadeDepth = 10;

// The certificate behind a CMS signature, as it was verified.
struct Certificate {
  std::string subject;
  std::string issuer;
  std::string serial;
  // Of the certificate, lower-case hexadecimal.
  std::string sha256;
  // Subjects from the signer up to the trust anchor.
  std::vector<std::string> chain = {};
  // As the signature says; nothing when it does not.
  std::optional<absl::Time> signing_time = std::nullopt;
  // Current revocation lists covered all of the chain when it was verified.
  bool revocation_checked = false;

  friend bool operator==(const Certificate&, const Certificate&) = default;
};

// A party's signature.
struct Signature {
  // On paper as the party stated it; of CMS that of the signing time; otherwise the day on which
  // it was recorded. Never in the future.
  absl::CivilDay sign_date;
  // `members/{id}` who recorded it.
  std::string recorded_by = {};
  // Who signed for the office, and in what capacity.
  std::string signer_name = {};
  std::string signer_title = {};
  // When it was recorded.
  absl::Time record_time = {};
  SignatureKind kind = SignatureKind::kUnspecified;
  Capacity capacity = Capacity::kUnspecified;
  // Of the text that it covers, lower-case hexadecimal; empty for one recorded before
  // texts were.
  std::string text_sha256 = {};
  // kCms: the signature, DER, and what was verified.
  std::string cms = {};
  std::optional<Certificate> certificate = std::nullopt;
  // kPaper: digest of the scan.
  std::string scan = {};

  friend bool operator==(const Signature&, const Signature&) = default;
};

// A body that takes part.
struct Party {
  // Id of the body.
  std::string body;
  // Nothing until the party has signed.
  std::optional<Signature> signature = std::nullopt;
  // Last day on which it may sign; nothing for no limit.
  std::optional<absl::CivilDay> sign_by = std::nullopt;
  // Name of the body when signing began; empty before.
  std::string display_name = {};
  // Place of its group in the signing plan, from 0.
  int group = 0;
  // First day on which the body no longer exists, as known when signing began.
  std::optional<absl::CivilDay> ends = std::nullopt;

  friend bool operator==(const Party&, const Party&) = default;
};

// A document on which an agreement rests.
struct LegalBasis {
  std::string document_number;
  std::string title;
  std::optional<absl::CivilDay> issue_date;
  std::string issuer;

  friend bool operator==(const LegalBasis&, const LegalBasis&) = default;
};

// A clause of the text.
struct Clause {
  Area area = Area::kOther;
  std::string heading;
  std::string text;

  friend bool operator==(const Clause&, const Clause&) = default;
};

// A file that belongs to the text.
struct Attachment {
  // Its digest, lower-case hexadecimal.
  std::string sha256;
  std::string file_name;

  friend bool operator==(const Attachment&, const Attachment&) = default;
};

// Which units are to carry out a programme; with nothing set, all below its unit.
struct CascadeTarget {
  // Only units of these levels; all when empty.
  std::vector<std::string> levels = {};
  // Only the subtree of this unit, itself included; 0 for no such limit.
  int64_t subtree = 0;
  // Only these units, as given; not together with `subtree`.
  std::vector<int64_t> units = {};
  // By when they are to have signed; nothing for no day.
  std::optional<absl::CivilDay> due = std::nullopt;

  friend bool operator==(const CascadeTarget&, const CascadeTarget&) = default;
};

// Parties that may sign at the same time.
struct SigningGroup {
  // Ids of bodies.
  std::vector<std::string> parties;
  // So many must sign before the next group may, 1 to the size of the group.
  int required = 0;

  friend bool operator==(const SigningGroup&, const SigningGroup&) = default;
};

// What the author of a draft decides.
struct Content {
  std::string title;
  // As typed; may be empty. See document_number.h for how two are compared.
  std::string document_number;
  // Ids of the parties' bodies, in the order of the text.
  std::vector<std::string> parties;
  absl::CivilDay term_start;
  // Included; not before `term_start`.
  absl::CivilDay term_end;
  // Id of the superior unit's agreement that this one carries out; empty for none.
  std::string parent;
  std::vector<LegalBasis> legal_bases = {};
  std::vector<Clause> clauses = {};
  // Id of the party that numbers the document, and within what; both empty when nobody said.
  std::string issuing_body = {};
  std::string document_series = {};
  CascadeTarget cascade_target = {};
  std::vector<Attachment> attachments = {};
  // Last days for signing, by body; only of parties that have one.
  std::map<std::string, absl::CivilDay> sign_by = {};
  // One after the other; empty: one group of all, and all must sign.
  std::vector<SigningGroup> signing_groups = {};

  friend bool operator==(const Content&, const Content&) = default;
};

// How an agreement ended before its term.
struct Termination {
  std::string reason;
  std::string decision_number;
  // First day on which it is no longer in force.
  absl::CivilDay date;

  friend bool operator==(const Termination&, const Termination&) = default;
};

// What makes an agreement an amendment of another one.
struct Amendment {
  // Id of the agreement that it changes.
  std::string amends;
  AmendmentKind kind = AmendmentKind::kAmendment;
  // Day from which the new version holds as it states; see HoldsFrom.
  absl::CivilDay effective;

  friend bool operator==(const Amendment&, const Amendment&) = default;
};

// A coordination agreement between bodies of one unit, for a term; or a change of one,
// which is written and signed in the same way.
struct Agreement {
  std::string id;
  // Id of the unit at which it is signed.
  int64_t unit = 0;
  std::string title;
  std::string document_number;
  std::vector<Party> parties;
  absl::CivilDay term_start;
  absl::CivilDay term_end;
  std::string parent;
  State state = State::kDraft;
  // The latest of the sign dates; nothing until enough have signed, and for amendments.
  std::optional<absl::CivilDay> in_force_date;
  absl::Time create_time;
  absl::Time update_time;
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  // Level of the unit on the first day of the term; empty when not known.
  std::string level = {};
  std::vector<LegalBasis> legal_bases = {};
  std::vector<Clause> clauses = {};
  std::string issuing_body = {};
  std::string document_series = {};
  CascadeTarget cascade_target = {};
  std::vector<Attachment> attachments = {};
  // How many of each group of the signing plan must sign, by place; empty: one group, all.
  std::vector<int> required_signatures = {};
  // 1 and one more with every amendment in force; 0 before and for amendments.
  int version = 0;
  // Day from which `version` holds, and the amendment that made it (empty for the first).
  std::optional<absl::CivilDay> version_date = std::nullopt;
  std::string version_by = {};
  // First day on which it is no longer in force, when that is before the end of the term.
  std::optional<absl::CivilDay> ended_from = std::nullopt;
  std::optional<Termination> termination = std::nullopt;
  // Id of the agreement that took its place.
  std::string superseded_by = {};
  std::optional<absl::Time> delete_time = std::nullopt;
  // Last day for comments, when they were asked for.
  std::optional<absl::CivilDay> comment_by = std::nullopt;
  // How often signing was opened.
  int signing_round = 0;
  // Day on which the last round was opened, and when; unless it was taken back. Nothing where it
  // was opened before this was kept.
  std::optional<absl::CivilDay> signing_opened = std::nullopt;
  std::optional<absl::Time> signing_opened_time = std::nullopt;
  // Of the text that is or was to be signed, lower-case hexadecimal.
  std::string text_sha256 = {};
  // Why the last round of signing ended without success.
  std::string return_reason = {};
  // Set for an amendment.
  std::optional<Amendment> amendment = std::nullopt;

  // What a draft's author decided.
  Content content() const;

  friend bool operator==(const Agreement&, const Agreement&) = default;
};

// Puts what an author decided into an agreement; signatures and the parties' names go.
void SetContent(const Content& content, Agreement& agreement);

// `agreements/{id}`.
std::string AgreementName(const std::string& id);

// The day from which the version that a signed amendment makes holds: the later of the day that it
// states and that of its last signature, so that what was in force on earlier days stays as it was.
absl::CivilDay HoldsFrom(const Agreement& amendment);

// The first day on which an agreement that came into force is no longer so.
inline absl::CivilDay InForceUntil(const Agreement& agreement) {
  return agreement.ended_from.value_or(agreement.term_end + 1);
}

// The last day on which one that came into force is so.
inline absl::CivilDay LastDay(const Agreement& agreement) { return InForceUntil(agreement) - 1; }

// The day about which its document is numbered: a number is unique for its year or series.
inline absl::CivilDay NumberedOn(const Agreement& agreement) {
  return agreement.amendment.has_value() ? agreement.amendment->effective : agreement.term_start;
}

// Whether its content is still open: nobody was asked to sign it.
inline bool IsOpenDraft(State state) {
  return state == State::kDraft || state == State::kConsultation;
}

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_AGREEMENT_H_
