// The methods that move an agreement through its life, signing apart.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "common/status/errors.h"
#include "common/time/civil.h"
#include "services/agreements/coverage/lineage_source.h"
#include "services/agreements/rpc/write_common.h"

namespace phoihop::agreements {
namespace {

// A step of a request that names its agreement in `name`.
template <class Request>
Step StepOf(const rpc::RequestContext& ctx, const Request& request, std::string_view permission,
            Checker& check) {
  Step step{.id = check.Name("name", "agreements/*", request.name()), .etag = request.etag()};
  check.RequestId(request.request_id());
  step.authorise = Permits(ctx, permission);
  return step;
}

// Whether the unit of `ended` lives on in that of `successor`, whole or in part. OK and false when
// that does not matter. The directory may be asked, so never within a transaction.
absl::StatusOr<bool> IsSucceedingUnit(const Parts& parts, const rpc::RequestContext& ctx,
                                      const access::Snapshot& snapshot, const Agreement& ended,
                                      const std::optional<Agreement>& successor) {
  if (parts.lineage == nullptr || !successor.has_value() || successor->unit == ended.unit ||
      !successor->in_force_date.has_value()) {
    return false;
  }
  const access::UnitTree& tree = *snapshot.tree;
  ASSIGN_OR_RETURN(const std::shared_ptr<const Lineage> lineage,
                   parts.lineage->Get(tree.version(), ctx.deadline()));
  const absl::CivilDay after = *successor->in_force_date;
  const std::vector<Relative> units =
      lineage->Descendants(tree, ended.unit, DefaultDay(tree, ended.unit, after), after);
  return absl::c_any_of(units, [&](const Relative& one) { return one.unit == successor->unit; });
}

}  // namespace

absl::StatusOr<v1::Agreement> StartConsultation(const Parts& parts, const rpc::RequestContext& ctx,
                                                const v1::StartConsultationRequest& request) {
  Checker check;
  Step step = StepOf(ctx, request, kWritePermission, check);
  const OpenConsultation command{check.Day("comment_by", request.comment_by())};
  RETURN_IF_ERROR(check.status());
  step.command = [&](auto&, auto&, auto&) { return command; };
  return Perform(parts, ctx, request, step);
}

absl::StatusOr<v1::Agreement> ConcludeAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                                const v1::ConcludeAgreementRequest& request) {
  Checker check;
  Step step = StepOf(ctx, request, kWritePermission, check);
  RETURN_IF_ERROR(check.status());
  step.command = [](auto&, auto&, auto&) { return Conclude{}; };
  return Perform(parts, ctx, request, step);
}

absl::StatusOr<v1::Agreement> TerminateAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                                 const v1::TerminateAgreementRequest& request) {
  Checker check;
  Step step = StepOf(ctx, request, kSignPermission, check);
  const Terminate command{
      {check.Text("reason", request.reason(), 1, kMaxReason),
       check.Text("decision_number", request.decision_number(), 1, kMaxDocumentNumber),
       check.OptionalDay("date", request.date()).value_or(VietnamDay(ctx.now()))}};
  RETURN_IF_ERROR(check.status());
  step.command = [&](auto&, auto&, auto&) { return command; };
  return Perform(parts, ctx, request, step);
}

absl::StatusOr<v1::Agreement> SupersedeAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                                 const v1::SupersedeAgreementRequest& request) {
  Checker check;
  Step step = StepOf(ctx, request, kWritePermission, check);
  const std::string successor = check.Name("successor", "agreements/*", request.successor());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Agreement ended, FindFor(parts, ctx, snapshot, step));
  ASSIGN_OR_RETURN(const std::optional<Agreement> seen,
                   parts.store->Find(successor, ReadDeadline(ctx)));
  // Units never change; the day on which a successor came into force does not either. That
  // nobody can tell is not told to a repeat.
  const absl::StatusOr<bool> succeeding = IsSucceedingUnit(parts, ctx, snapshot, ended, seen);
  return ledger::Write<v1::Agreement>(
      *parts.writer, ctx, request, Roots(step.id, successor),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Agreement> {
        RETURN_IF_ERROR(succeeding.status());
        ASSIGN_OR_RETURN(const Locked locked, LockBoth(*parts.store, tx, step.id, successor));
        step.command = [&](auto&, auto&, const Agreement& before) -> absl::StatusOr<Command> {
          Supersede command{successor == step.id ? before : locked.other, *succeeding};
          if (command.successor.has_value() &&
              !MayRead(snapshot, ctx.caller(), *command.successor)) {
            command.successor.reset();
          }
          return command;
        };
        return RunStep(parts, ctx, tx, snapshot, step);
      });
}

absl::StatusOr<v1::Agreement> DeleteAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                              const v1::DeleteAgreementRequest& request) {
  Checker check;
  Step step = StepOf(ctx, request, kWritePermission, check);
  RETURN_IF_ERROR(check.status());
  step.command = [&](ledger::Transaction& tx, auto&, auto&) -> absl::StatusOr<Command> {
    ASSIGN_OR_RETURN(const bool has_children, parts.store->HasChildren(tx, step.id));
    return Delete{has_children};
  };
  return Perform(parts, ctx, request, step);
}

absl::StatusOr<v1::Agreement> UndeleteAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                                const v1::UndeleteAgreementRequest& request) {
  Checker check;
  Step step = StepOf(ctx, request, kWritePermission, check);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Agreement seen, FindFor(parts, ctx, snapshot, step));
  const std::string amends = seen.amendment.has_value() ? seen.amendment->amends : "";
  // Meanwhile its number may have been given to another, or another amendment been drafted.
  step.command = [&](ledger::Transaction& tx, auto&,
                     const Agreement& before) -> absl::StatusOr<Command> {
    if (before.delete_time.has_value()) {
      Agreement back = before;
      back.delete_time.reset();
      RETURN_IF_ERROR(parts.store->CheckDocumentNumber(tx, back));
      if (!amends.empty()) RETURN_IF_ERROR(RequireNoOpenAmendment(parts, tx, amends, step.id));
    }
    return Undelete{};
  };
  return ledger::Write<v1::Agreement>(
      *parts.writer, ctx, request, Roots(step.id, amends),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Agreement> {
        RETURN_IF_ERROR(LockBoth(*parts.store, tx, step.id, amends).status());
        return RunStep(parts, ctx, tx, snapshot, step);
      });
}

}  // namespace phoihop::agreements
