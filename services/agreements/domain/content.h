// What the content of a draft must be like. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_CONTENT_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_CONTENT_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "services/agreements/domain/agreement.h"
#include "services/agreements/domain/facts.h"

namespace phoihop::agreements {

// What can be said of content alone, before anything is asked about its parties:
// INVALID_ARGUMENT naming fields of `agreement` with
//   PARTY_COUNT, PARTY_TWICE, TERM_REVERSED
//   CLAUSES_TOO_LONG           all clauses together
//   BASIS_AFTER_TERM_START     a legal basis that is younger than the term
//   NOT_A_PARTY                the issuing body, or one in the signing plan
//   GROUP_EMPTY, PARTY_IN_TWO_GROUPS, PARTY_WITHOUT_GROUP, REQUIRED_COUNT
//   SIGN_BY_AFTER_TERM
//   TARGET_AMBIGUOUS, UNIT_TWICE, DUE_OUTSIDE_TERM
absl::Status CheckShape(const Content& content);

// The above, and what the facts say of the content of the agreement `id` of `unit`: BODY_UNKNOWN,
// PARTY_OF_OTHER_UNIT, BODY_NOT_VALID, PARENT_UNKNOWN, PARENT_IS_DRAFT, PARENT_NOT_ABOVE,
// PARENT_CIRCLE, CASCADE_TOO_DEEP, UNKNOWN_LEVEL, UNIT_NOT_BELOW; for an amendment FIXED_FIELD,
// TERM_ENDS_EARLIER (than it takes effect), NOT_AN_EXTENSION. ABORTED when a party was not
// asked for: the draft changed meanwhile.
absl::Status CheckContent(const std::string& id, int64_t unit, const Content& content,
                          const std::optional<Amendment>& amendment, const Facts& facts);

// Fills in what an author may leave out: who numbers the document when only the series is
// given, and the series when only the body is. The document is numbered about the day `numbered`:
// the first one of the term, or on which an amendment takes effect.
void CompleteContent(Content& content, absl::CivilDay numbered);

// Clears a series that says no more than number and day do, so that CompleteContent derives it
// anew from those that come: a draft often has its number last.
void ForgetDerivedSeries(Content& content, absl::CivilDay numbered);

// Within what the numbering of a document runs, as far as its number and that day tell:
// "2020-2025", the term of a party committee, for documents of the party; the year for others, that
// within the number where it has one ("09/2019/NĐ-CP").
std::string DeriveSeries(const std::string& document_number, absl::CivilDay numbered);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_CONTENT_H_
