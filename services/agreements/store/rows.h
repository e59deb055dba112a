// Rows of the tables of agreements, to and from the domain. Private to
// the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_STORE_ROWS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_STORE_ROWS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/mysql/connection.h"
#include "services/agreements/domain/agreement.h"

namespace phoihop::agreements {

// The columns that AgreementOf reads, from the table `agreements`.
inline constexpr std::string_view kAgreementColumns =
    "id, unit_id, title, document_number, term_start, term_end, parent_id, state, "
    "in_force_from, create_time, update_time, revision, level, issuing_body, document_series, "
    "cascade_levels, cascade_subtree, cascade_units, cascade_due, required_signatures, version, "
    "version_date, version_by, ended_from, termination_reason, termination_decision, "
    "superseded_by, delete_time, comment_by, signing_round, text_sha256, return_reason, amends_id, "
    "amendment_kind, effective_date, signing_opened, signing_opened_time";

// The agreement of a row of kAgreementColumns, without its parties.
Agreement AgreementOf(const mysql::Row& row);

// Reads the parties of all these agreements, at most 1.024; the bytes of their signatures
// only `with_cms`.
absl::Status LoadParties(mysql::Connection& db, absl::Span<Agreement> agreements, bool with_cms);

// Reads clauses, legal bases and attachments.
absl::Status LoadContent(mysql::Connection& db, Agreement& agreement);

absl::Status InsertRow(mysql::Connection& db, const Agreement& agreement);
absl::Status UpdateRow(mysql::Connection& db, const Agreement& before, const Agreement& after);
absl::Status InsertParties(mysql::Connection& db, const Agreement& agreement);
// Writes what differs between the parties of two revisions.
absl::Status UpdateParties(mysql::Connection& db, const Agreement& before, const Agreement& after);
// Writes clauses, legal bases and attachments where they differ; all of them for a new
// agreement, whose `before` has none.
absl::Status WriteContent(mysql::Connection& db, const Agreement& before, const Agreement& after);

// The key under which a number is unique beside the body and series that number it; nothing
// when there is no number, neither is given, or the draft is deleted. And the same for the
// unit and year.
std::optional<std::string> IssuerKey(const Agreement& agreement);
std::optional<std::string> UnitKey(const Agreement& agreement);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_STORE_ROWS_H_
