// Rows of the tables of 0007_plans.sql, to and from the domain. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_ROWS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_ROWS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/connection.h"
#include "services/agreements/plans/commitment.h"
#include "services/agreements/plans/event.h"
#include "services/agreements/plans/plan.h"

namespace phoihop::agreements::plans {

// The day that stands for "not due".
inline constexpr absl::CivilDay kNoDue(2199, 12, 31);

// Of the table `events e`.
inline constexpr std::string_view kEventColumns =
    "e.id, e.unit_id, e.kind, e.event_date, e.title, e.state, e.cancel_reason, e.create_time, "
    "e.update_time, e.revision";
Event EventOf(const mysql::Row& row);

// Plans with these ids, approvals and amendments included, in no order. `suffix` is " FOR
// UPDATE" or empty.
absl::StatusOr<std::vector<AnnualPlan>> LoadPlans(mysql::Connection& db,
                                                  const std::vector<std::string>& ids,
                                                  std::string_view suffix);
absl::Status InsertPlanRow(mysql::Connection& db, const AnnualPlan& plan);
absl::Status UpdatePlanRow(mysql::Connection& db, const AnnualPlan& before,
                           const AnnualPlan& after);

// Commitments that fit `where` (of `commitments c`), their bodies included, in order of id.
absl::StatusOr<std::vector<Commitment>> LoadCommitments(mysql::Connection& db,
                                                        std::string_view where,
                                                        const std::vector<mysql::Value>& params);
absl::Status InsertCommitmentRow(mysql::Connection& db, const Commitment& commitment);
absl::Status UpdateCommitmentRow(mysql::Connection& db, const Commitment& before,
                                 const Commitment& after);

// Of the tables kOccurrenceTables. While an occurrence is open, its obligation has the day; one
// whose obligation was withdrawn, since the agreement ended early, reads as cancelled.
inline constexpr std::string_view kOccurrenceColumns =
    "o.commitment_id, o.number, "
    "COALESCE(b.due_day, o.due_day), o.period_first, o.period_last, "
    "COALESCE(b.calculation_vi, o.calculation_vi), COALESCE(b.calculation_en, o.calculation_en), "
    "COALESCE(b.calendar_revision, o.calendar_revision), o.event_id, "
    "IF(COALESCE(b.state, 0) = 3, 4, o.state), o.fulfil_day, "
    "o.late, o.confirm_day, o.confirmed_by, o.refusals, o.refuse_reason, o.revision";
inline constexpr std::string_view kOccurrenceTables =
    "commitment_occurrences o LEFT JOIN obligations b ON o.state = 1 AND "
    "b.obligation_key = CONCAT('fulfil:', o.commitment_id, ':', o.number)";
Occurrence OccurrenceOf(const mysql::Row& row);
absl::Status InsertOccurrenceRows(mysql::Connection& db, const Commitment& commitment,
                                  const std::vector<Occurrence>& occurrences);
absl::Status UpdateOccurrenceRow(mysql::Connection& db, const Occurrence& after);

// Entries of a commitment, newest first, evidence included.
absl::StatusOr<std::vector<Progress>> LoadProgress(mysql::Connection& db,
                                                   const std::string& commitment, int before,
                                                   int limit);
absl::Status InsertProgressRow(mysql::Connection& db, const Progress& progress);

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_ROWS_H_
