#include "services/agreements/plans/follow_up.h"

#include <optional>
#include <utility>

#include "common/ledger/command.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/plans/methods.h"
#include "services/agreements/plans/schedule.h"

namespace phoihop::agreements::plans {

absl::StatusOr<std::optional<absl::CivilDay>> AddFollowUp(
    const PlanParts& parts, ledger::Transaction& tx, const Agreement& agreement,
    const FollowUpOrder& order, const WorkCalendar& calendar, std::string_view actor) {
  constexpr std::nullopt_t kNone = std::nullopt;
  if (!IsInForce(agreement)) return kNone;
  ASSIGN_OR_RETURN(const std::string id,
                   parts.store->PlanOfYear(tx, agreement.id, static_cast<int>(order.due.year())));
  if (id.empty()) return kNone;
  ASSIGN_OR_RETURN(const std::optional<AnnualPlan> before, parts.store->LockPlan(tx, id));
  if (!before.has_value() || before->state != PlanState::kApproved) return kNone;
  const absl::StatusOr<AnnualPlan> after =
      Apply(*before, plan_command::Amend{order.reason, 1, 0}, tx.now(), actor);
  // The plan is full.
  if (!after.ok()) return kNone;

  CommitmentContent content;
  content.title = order.title;
  content.description = order.description;
  content.area = order.area;
  content.lead = order.body;
  content.rhythm.kind = RhythmKind::kOnce;
  content.rhythm.day = order.due;
  const Commitment planned = NewCommitment(order.id, *after, std::move(content), tx.now());
  Scheduled added = Activate(planned, VietnamDay(tx.now()), after->amendments.back().number, {},
                             calendar, tx.now(), LastDay(agreement));
  if (added.occurrences.empty() || added.occurrences.front().due.day < VietnamDay(tx.now())) {
    return kNone;
  }
  RETURN_IF_ERROR(parts.store->InsertCommitment(tx, planned));
  RETURN_IF_ERROR(SaveSchedule(parts, tx, planned, added));
  RETURN_IF_ERROR(parts.store->ReplacePlan(tx, *before, *after));
  NotePlan(tx, *after);
  return added.occurrences.front().due.day;
}

}  // namespace phoihop::agreements::plans
