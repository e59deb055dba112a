// Commitments of a draft: adding, changing, taking out.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/fields/fields.h"
#include "common/fields/mask.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/plans/content.h"
#include "services/agreements/plans/converters.h"
#include "services/agreements/plans/methods.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements::plans {
namespace {

std::vector<std::string> AllFields() { return {WritableFields().begin(), WritableFields().end()}; }

// The parties of an agreement as the directory knows them.
absl::StatusOr<Bodies> FindParties(const PlanParts& parts, const rpc::RequestContext& ctx,
                                   const std::string& agreement) {
  ASSIGN_OR_RETURN(const std::optional<Agreement> found,
                   parts.agreements->Find(agreement, RoomPatience(ctx)));
  if (!found.has_value()) return Bodies();
  return parts.bodies->Find(PartiesOf(*found), ctx.deadline());
}

// A draft, locked with its agreement.
struct Draft {
  Agreement agreement;
  AnnualPlan plan;
};
absl::StatusOr<Draft> LockDraft(const PlanParts& parts, ledger::Transaction& tx,
                                const rpc::RequestContext& ctx, const access::Snapshot& snapshot,
                                const std::string& agreement, const std::string& plan) {
  ASSIGN_OR_RETURN(std::optional<Agreement> ground, parts.agreements->Lock(tx, agreement));
  if (!ground.has_value()) return PlanNotFound(plan);
  ASSIGN_OR_RETURN(std::optional<AnnualPlan> found, parts.store->LockPlan(tx, plan));
  ASSIGN_OR_RETURN(AnnualPlan locked,
                   Require(std::move(found), plan, snapshot, ctx.caller(), kWritePlans));
  RETURN_IF_ERROR(RequireParty(snapshot, ctx.caller(), *ground, kWritePlans));
  return Draft{*std::move(ground), std::move(locked)};
}

// Counts a change of the plan's commitments, so that its etag tells what is approved.
absl::Status Recount(const PlanParts& parts, ledger::Transaction& tx, const AnnualPlan& before,
                     const AnnualPlan& after) {
  RETURN_IF_ERROR(parts.store->ReplacePlan(tx, before, after));
  NotePlan(tx, after);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Commitment> CreateCommitment(const PlanParts& parts,
                                                const rpc::RequestContext& ctx,
                                                const v1::CreateCommitmentRequest& request) {
  Checker check;
  check.Required("commitment", request.has_commitment());
  const std::string plan = check.Name("commitment.plan", "plans/*", request.commitment().plan());
  CommitmentContent content;
  ReadContent(request.commitment(), AllFields(), "commitment", check, content);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<AnnualPlan> found, parts.store->FindPlan(plan, RoomPatience(ctx)));
  ASSIGN_OR_RETURN(const AnnualPlan seen,
                   Require(std::move(found), plan, snapshot, ctx.caller(), kWritePlans));
  // An error is told only to a request that is not answered from memory.
  const absl::StatusOr<Bodies> bodies = FindParties(parts, ctx, seen.agreement);

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::Commitment>(
      *parts.writer, ctx, request, {AgreementName(seen.agreement), CommitmentName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Commitment> {
        RETURN_IF_ERROR(bodies.status());
        ASSIGN_OR_RETURN(const Draft draft,
                         LockDraft(parts, tx, ctx, snapshot, seen.agreement, plan));
        ASSIGN_OR_RETURN(const AnnualPlan after, Apply(draft.plan, plan_command::Count{1}, tx.now(),
                                                       ctx.caller().ActorName()));
        ContentFacts facts{
            draft.plan.days, PartiesOf(draft.agreement), *bodies, {}, snapshot.calendar.get()};
        facts.last_day = LastDay(draft.agreement);
        ASSIGN_OR_RETURN(facts.nodes, parts.store->NodesOf(tx, plan));
        RETURN_IF_ERROR(CheckContent("", content, facts, "commitment"));
        const Commitment commitment = NewCommitment(id, draft.plan, content, tx.now());
        RETURN_IF_ERROR(parts.store->InsertCommitment(tx, commitment));
        RETURN_IF_ERROR(Recount(parts, tx, draft.plan, after));
        return NoteCommitment(tx, commitment);
      });
}

absl::StatusOr<v1::Commitment> UpdateCommitment(const PlanParts& parts,
                                                const rpc::RequestContext& ctx,
                                                const v1::UpdateCommitmentRequest& request) {
  const v1::Commitment& given = request.commitment();
  Checker check;
  check.Required("commitment", request.has_commitment());
  const std::string id = check.Name("commitment.name", "commitments/*", given.name());
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), given, WritableFields()));
  CommitmentContent read;
  ReadContent(given, paths, "commitment", check, read);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Commitment> found,
                   parts.store->FindCommitment(id, RoomPatience(ctx)));
  ASSIGN_OR_RETURN(const Commitment seen,
                   Require(std::move(found), id, snapshot, ctx.caller(), kWritePlans));
  RETURN_IF_ERROR(CheckFixedFields(request.update_mask(), given, ToProto(seen), WritableFields(),
                                   "commitment"));
  // As above, an error is not told to a repeat.
  const absl::StatusOr<Bodies> bodies = FindParties(parts, ctx, seen.agreement);
  return ledger::Write<v1::Commitment>(
      *parts.writer, ctx, request, {AgreementName(seen.agreement), CommitmentName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Commitment> {
        RETURN_IF_ERROR(bodies.status());
        ASSIGN_OR_RETURN(const Draft draft,
                         LockDraft(parts, tx, ctx, snapshot, seen.agreement, seen.plan));
        ASSIGN_OR_RETURN(const std::optional<Commitment> before,
                         parts.store->LockCommitment(tx, id));
        if (!before.has_value()) return CommitmentNotFound(id);
        RETURN_IF_ERROR(CheckEtag(given.etag(), before->revision, CommitmentName(id)));
        CommitmentContent content = before->content;
        Checker recheck;
        ReadContent(given, paths, "commitment", recheck, content);
        ASSIGN_OR_RETURN(Commitment after, ChangeContent(*before, content, tx.now()));
        ASSIGN_OR_RETURN(const AnnualPlan plan, Apply(draft.plan, plan_command::Count{0}, tx.now(),
                                                      ctx.caller().ActorName()));
        if (content == before->content) return ToProto(*before);
        ContentFacts facts{
            draft.plan.days, PartiesOf(draft.agreement), *bodies, {}, snapshot.calendar.get()};
        facts.last_day = LastDay(draft.agreement);
        ASSIGN_OR_RETURN(facts.nodes, parts.store->NodesOf(tx, seen.plan));
        RETURN_IF_ERROR(CheckContent(id, content, facts, "commitment"));
        RETURN_IF_ERROR(parts.store->ReplaceCommitment(tx, *before, after));
        RETURN_IF_ERROR(Recount(parts, tx, draft.plan, plan));
        return NoteCommitment(tx, after);
      });
}

absl::StatusOr<v1::Commitment> WithdrawCommitment(const PlanParts& parts,
                                                  const rpc::RequestContext& ctx,
                                                  const v1::WithdrawCommitmentRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "commitments/*", request.name());
  const std::string reason = check.Text("reason", request.reason(), 1, kMaxPlanReason);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Commitment> found,
                   parts.store->FindCommitment(id, RoomPatience(ctx)));
  ASSIGN_OR_RETURN(const Commitment seen,
                   Require(std::move(found), id, snapshot, ctx.caller(), kWritePlans));
  return ledger::Write<v1::Commitment>(
      *parts.writer, ctx, request, {AgreementName(seen.agreement), CommitmentName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Commitment> {
        ASSIGN_OR_RETURN(const Draft draft,
                         LockDraft(parts, tx, ctx, snapshot, seen.agreement, seen.plan));
        ASSIGN_OR_RETURN(const std::optional<Commitment> before,
                         parts.store->LockCommitment(tx, id));
        if (!before.has_value()) return CommitmentNotFound(id);
        RETURN_IF_ERROR(CheckEtag(request.etag(), before->revision, CommitmentName(id)));
        ASSIGN_OR_RETURN(const AnnualPlan plan, Apply(draft.plan, plan_command::Count{-1}, tx.now(),
                                                      ctx.caller().ActorName()));
        ASSIGN_OR_RETURN(const int open, parts.store->CountOpenChildren(tx, id));
        ASSIGN_OR_RETURN(Withdrawal withdrawal, Withdraw(*before, {}, open, 0, reason, tx.now()));
        RETURN_IF_ERROR(SaveWithdrawal(parts, tx, *before, withdrawal));
        RETURN_IF_ERROR(Recount(parts, tx, draft.plan, plan));
        return ToProto(withdrawal.commitment);
      });
}

}  // namespace phoihop::agreements::plans
