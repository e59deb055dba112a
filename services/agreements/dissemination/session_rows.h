// Rows of the table `dissemination_sessions`. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SESSION_ROWS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SESSION_ROWS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/filter/sql.h"
#include "common/mysql/connection.h"
#include "services/agreements/dissemination/session.h"

namespace phoihop::agreements::dissemination {

// The columns that SessionOf reads, of the table under the alias `s`, and how many.
inline constexpr std::string_view kSessionColumns =
    "s.id, s.agreement_id, s.unit_id, s.session_date, s.kind, s.title, s.session_count, "
    "s.attendance_count, s.copy_count, s.recorded_by, s.create_time, s.update_time, "
    "s.delete_time, s.delete_reason, s.correction_count, s.revision";
inline constexpr int kSessionColumnCount = 16;

// How a filter's fields are stored.
absl::Span<const filter::Column> SessionColumns();

// The session of a row of kSessionColumns, without its documents.
Session SessionOf(const mysql::Row& row);

// "?,?,?".
std::string Marks(size_t count);

// Reads the documents of all of them.
absl::Status LoadDocuments(mysql::Connection& db, absl::Span<Session> sessions);

}  // namespace phoihop::agreements::dissemination

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SESSION_ROWS_H_
