// What an agreement is. Pure values.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_AGREEMENT_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_AGREEMENT_H_

#include <cstdint>
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
  // Signed by every party.
  kInForce = 3,
};

// Limits of the contract, in characters or parties.
inline constexpr int kMaxTitle = 500;
inline constexpr int kMaxDocumentNumber = 100;
inline constexpr int kMaxSigner = 200;
inline constexpr int kMinParties = 2;
inline constexpr int kMaxParties = 30;
// Programmes above an agreement, at most. Each lies at a unit above the one before, so
// real chains have two or three; the bound keeps a walk along a chain bounded.
inline constexpr int kMaxCascadeDepth = 10;

// A party's signature.
struct Signature {
  // As the party stated it; never in the future.
  absl::CivilDay sign_date;
  // `members/{id}` who recorded it.
  std::string recorded_by;
  // Who signed for the office, and in what capacity.
  std::string signer_name;
  std::string signer_title;
  // When it was recorded.
  absl::Time record_time;

  friend bool operator==(const Signature&, const Signature&) = default;
};

// A body that takes part.
struct Party {
  // Id of the body.
  std::string body;
  // Nothing until the party has signed.
  std::optional<Signature> signature;

  friend bool operator==(const Party&, const Party&) = default;
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

  friend bool operator==(const Content&, const Content&) = default;
};

// A coordination agreement between bodies of one unit, for a term.
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
  // The latest of the sign dates; nothing until every party has signed.
  std::optional<absl::CivilDay> in_force_date;
  absl::Time create_time;
  absl::Time update_time;
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  // What a draft's author decided.
  Content content() const;

  friend bool operator==(const Agreement&, const Agreement&) = default;
};

// `agreements/{id}`.
std::string AgreementName(const std::string& id);

// The first day on which an agreement of this term is no longer in force.
inline absl::CivilDay InForceUntil(const Agreement& agreement) { return agreement.term_end + 1; }

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_AGREEMENT_H_
