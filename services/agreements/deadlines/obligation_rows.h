// Rows of the table `obligations`, and what follows from each change of one: the figures by
// unit, body and day, and the log of changes. Private to the stores.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OBLIGATION_ROWS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OBLIGATION_ROWS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ledger/command.h"
#include "common/mysql/connection.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/deadlines/stored_obligation.h"

namespace phoihop::agreements {

// The columns that StoredObligationOf reads, of the table under the alias `o`, and how many.
inline constexpr std::string_view kObligationColumns =
    "o.id, o.obligation_key, o.kind, o.resource, o.agreement_id, o.unit_id, o.body_id, o.area, "
    "o.title, o.rhythm_kind, o.rhythm_day, o.rhythm_weekday, o.rhythm_working_day, "
    "o.rhythm_event, o.rhythm_working_days, o.after_working_days, o.basis, o.due_day, "
    "o.period_first, o.period_last, o.calculation_vi, o.calculation_en, o.calendar_revision, "
    "o.pauses, o.previous_due_day, o.state, o.done_day, o.escalated, o.create_time, "
    "o.update_time, o.revision, o.fixed_day, o.not_before";
inline constexpr int kObligationColumnCount = 33;

// The obligation of a row of kObligationColumns, which stand from column `first` on.
StoredObligation StoredObligationOf(const mysql::Row& row, int first = 0);

// Reads obligations: `rest` stands behind "FROM obligations o ".
absl::StatusOr<std::vector<StoredObligation>> SelectObligations(mysql::Connection& db,
                                                                std::string_view rest,
                                                                mysql::Params params);

// The obligations of these keys or ids (column `obligation_key` or `id`), locked in order of
// that column. Those that do not exist are left out.
absl::StatusOr<std::vector<StoredObligation>> LockObligations(mysql::Connection& db,
                                                              std::string_view column,
                                                              std::vector<std::string> values);

// Adds obligations that have no row yet; sets their ids, times and revisions.
absl::Status InsertObligations(ledger::Transaction& tx, std::vector<StoredObligation>& obligations);

// Stores `after` in place of the locked `before`; sets its time and revision. When the due day has
// moved, `escalated` becomes the last step that was taken for the new one: each due day has its
// own steps.
absl::Status UpdateObligation(ledger::Transaction& tx, const StoredObligation& before,
                              StoredObligation& after);

// Withdraws these locked, open obligations.
absl::Status WithdrawObligations(ledger::Transaction& tx,
                                 const std::vector<StoredObligation>& open);

// Adds a notice unless there is one of its key.
absl::Status GatherNotice(ledger::Transaction& tx, const Notice& notice);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OBLIGATION_ROWS_H_
