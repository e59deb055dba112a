#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/mysql/in_list.h"
#include "common/mysql/row_values.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "services/agreements/lists/read.h"
#include "services/agreements/plans/rows.h"

namespace phoihop::agreements::plans {
namespace {

using mysql::InList;
using mysql::OrNull;
using mysql::TextOrNull;
using mysql::Value;

constexpr std::string_view kPlanColumns =
    "p.id, p.agreement_id, p.unit_id, p.term_start, p.year, p.first_day, p.last_day, p.title, "
    "p.state, p.round, p.submit_day, p.approve_day, p.reject_party, p.reject_reason, "
    "p.reject_day, p.reject_by, p.copied_from, p.commitment_count, p.create_time, p.update_time, "
    "p.revision";

constexpr std::string_view kInsertPlan =
    "INSERT INTO plans (live_year, title, title_fold, state, round, submit_day, approve_day, "
    "reject_party, reject_reason, reject_day, reject_by, commitment_count, update_time, revision, "
    "id, agreement_id, unit_id, term_start, year, first_day, last_day, copied_from, create_time) "
    "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

// The revision is compared although the row is locked: a command that forgot to lock must
// not pass for a good one.
constexpr std::string_view kUpdatePlan =
    "UPDATE plans SET live_year = ?, title = ?, title_fold = ?, state = ?, round = ?, "
    "submit_day = ?, approve_day = ?, reject_party = ?, reject_reason = ?, reject_day = ?, "
    "reject_by = ?, commitment_count = ?, update_time = ?, revision = ? "
    "WHERE id = ? AND revision = ?";

constexpr std::string_view kInsertApproval =
    "INSERT INTO plan_approvals (plan_id, place, party_id, approve_day, approver_name, "
    "approver_title, recorded_by, record_time) VALUES (?,?,?,?,?,?,?,?)";

constexpr std::string_view kInsertAmendment =
    "INSERT INTO plan_amendments (plan_id, number, amend_day, reason, recorded_by, added, "
    "withdrawn) VALUES (?,?,?,?,?,?,?)";

std::vector<Value> ChangingValues(const AnnualPlan& plan) {
  const std::optional<PlanRejection>& rejection = plan.rejection;
  return {
      plan.state == PlanState::kDeleted ? Value(nullptr) : Value(static_cast<int64_t>(plan.year)),
      plan.title,
      Fold(plan.title),
      static_cast<int64_t>(plan.state),
      static_cast<int64_t>(plan.round),
      OrNull(plan.submit_day),
      OrNull(plan.approve_day),
      rejection.has_value() ? Value(rejection->party) : Value(nullptr),
      rejection.has_value() ? Value(rejection->reason) : Value(nullptr),
      rejection.has_value() ? Value(rejection->day) : Value(nullptr),
      rejection.has_value() ? Value(rejection->recorded_by) : Value(nullptr),
      static_cast<int64_t>(plan.commitments),
      plan.update_time,
      plan.revision};
}

AnnualPlan PlanOf(const mysql::Row& row) {
  AnnualPlan plan;
  plan.id = row.Text(0);
  plan.agreement = row.Text(1);
  plan.unit = row.Int(2);
  plan.term_start = row.Day(3);
  plan.year = static_cast<int>(row.Int(4));
  plan.days = {row.Day(5), row.Day(6)};
  plan.title = row.Text(7);
  plan.state = static_cast<PlanState>(row.Int(8));
  plan.round = static_cast<int>(row.Int(9));
  if (!row.IsNull(10)) plan.submit_day = row.Day(10);
  if (!row.IsNull(11)) plan.approve_day = row.Day(11);
  if (!row.IsNull(12)) plan.rejection = {row.Text(12), row.Text(13), row.Day(14), row.Text(15)};
  plan.copied_from = row.Text(16);
  plan.commitments = static_cast<int>(row.Int(17));
  plan.create_time = row.Time(18);
  plan.update_time = row.Time(19);
  plan.revision = row.Int(20);
  return plan;
}

absl::Status WriteApprovals(mysql::Connection& db, const AnnualPlan& plan) {
  RETURN_IF_ERROR(db.Execute("DELETE FROM plan_approvals WHERE plan_id = ?", {plan.id}).status());
  for (size_t i = 0; i < plan.approvals.size(); ++i) {
    const PlanApproval& a = plan.approvals[i];
    std::vector<Value> params = {plan.id, static_cast<int64_t>(i), a.party};
    if (a.day.has_value()) {
      params.insert(params.end(),
                    {*a.day, a.approver_name, a.approver_title, a.recorded_by, a.record_time});
    } else {
      params.insert(params.end(), 5, nullptr);
    }
    RETURN_IF_ERROR(db.Execute(kInsertApproval, params).status());
  }
  return absl::OkStatus();
}

}  // namespace

Event EventOf(const mysql::Row& row) {
  Event event;
  event.id = row.Text(0);
  event.unit = row.Int(1);
  event.kind = row.Text(2);
  event.date = row.Day(3);
  event.title = row.Text(4);
  event.state = static_cast<EventState>(row.Int(5));
  event.cancel_reason = row.Text(6);
  event.create_time = row.Time(7);
  event.update_time = row.Time(8);
  event.revision = row.Int(9);
  return event;
}

absl::StatusOr<std::vector<AnnualPlan>> LoadPlans(mysql::Connection& db,
                                                  const std::vector<std::string>& ids,
                                                  std::string_view suffix) {
  std::vector<AnnualPlan> plans;
  if (ids.empty()) return plans;
  std::vector<Value> params;
  const std::string in = InList(ids, params);
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", AbslView(kPlanColumns),
                                        " FROM plans p WHERE p.id IN ", in, AbslView(suffix)),
                           params, [&](const mysql::Row& row) {
                             plans.push_back(PlanOf(row));
                             return absl::OkStatus();
                           }));
  absl::flat_hash_map<std::string, AnnualPlan*> by_id;
  for (AnnualPlan& plan : plans) by_id.emplace(plan.id, &plan);
  RETURN_IF_ERROR(db.Query(
      absl::StrCat("SELECT plan_id, party_id, approve_day, approver_name, approver_title, "
                   "recorded_by, record_time FROM plan_approvals WHERE plan_id IN ",
                   in, " ORDER BY plan_id, place"),
      params, [&](const mysql::Row& row) {
        PlanApproval approval;
        approval.party = row.Text(1);
        if (!row.IsNull(2)) {
          approval = {row.Text(1), row.Day(2), row.Text(3), row.Text(4), row.Text(5), row.Time(6)};
        }
        by_id.at(row.Text(0))->approvals.push_back(std::move(approval));
        return absl::OkStatus();
      }));
  RETURN_IF_ERROR(
      db.Query(absl::StrCat("SELECT plan_id, number, amend_day, reason, recorded_by, added, "
                            "withdrawn FROM plan_amendments WHERE plan_id IN ",
                            in, " ORDER BY plan_id, number"),
               params, [&](const mysql::Row& row) {
                 by_id.at(row.Text(0))
                     ->amendments.push_back({static_cast<int>(row.Int(1)), row.Day(2), row.Text(3),
                                             row.Text(4), static_cast<int>(row.Int(5)),
                                             static_cast<int>(row.Int(6))});
                 return absl::OkStatus();
               }));
  return plans;
}

absl::Status InsertPlanRow(mysql::Connection& db, const AnnualPlan& plan) {
  std::vector<Value> params = ChangingValues(plan);
  params.insert(params.end(), {plan.id, plan.agreement, plan.unit, plan.term_start,
                               static_cast<int64_t>(plan.year), plan.days.first, plan.days.last,
                               TextOrNull(plan.copied_from), plan.create_time});
  return db.Execute(kInsertPlan, params).status();
}

absl::Status UpdatePlanRow(mysql::Connection& db, const AnnualPlan& before,
                           const AnnualPlan& after) {
  std::vector<Value> params = ChangingValues(after);
  params.insert(params.end(), {before.id, before.revision});
  ASSIGN_OR_RETURN(const int64_t found, db.Execute(kUpdatePlan, params));
  if (found != 1) return Internal("a plan was changed without being locked");
  if (before.approvals != after.approvals) RETURN_IF_ERROR(WriteApprovals(db, after));
  for (size_t i = before.amendments.size(); i < after.amendments.size(); ++i) {
    const PlanAmendment& a = after.amendments[i];
    RETURN_IF_ERROR(
        db.Execute(kInsertAmendment,
                   {after.id, static_cast<int64_t>(a.number), a.day, a.reason, a.recorded_by,
                    static_cast<int64_t>(a.added), static_cast<int64_t>(a.withdrawn)})
            .status());
  }
  return absl::OkStatus();
}

}  // namespace phoihop::agreements::plans
