// The life of a plan.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/fields/mask.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/plans/content.h"
#include "services/agreements/plans/converters.h"
#include "services/agreements/plans/methods.h"
#include "services/agreements/plans/obligations.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements::plans {
namespace {

constexpr std::string_view kChangeable[] = {"title"};

// What a command on a plan works with.
struct Locked {
  ledger::Transaction& tx;
  const access::Snapshot& snapshot;
  Agreement agreement;
  AnnualPlan plan;
};

struct Target {
  std::string id;
  std::string_view permission;
  // Id of the body in whose name it is done; empty for none.
  std::string body = {};
  std::string etag = {};
};

// Runs a command on a plan: agreement and plan are locked, and scope and etag looked at,
// before `run` gives the plan as it becomes. It is saved and entered into the ledger then,
// unless it is as it was. `agreement` is that of the plan as it was found.
template <class Request>
absl::StatusOr<v1::AnnualPlan> Write(
    const PlanParts& parts, const rpc::RequestContext& ctx, const Request& request,
    const access::Snapshot& snapshot, const Target& target, const std::string& agreement,
    absl::FunctionRef<absl::StatusOr<AnnualPlan>(const Locked&)> run) {
  return ledger::Write<v1::AnnualPlan>(
      *parts.writer, ctx, request, {AgreementName(agreement), PlanName(target.id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::AnnualPlan> {
        ASSIGN_OR_RETURN(std::optional<Agreement> ground, parts.agreements->Lock(tx, agreement));
        if (!ground.has_value()) return PlanNotFound(target.id);
        ASSIGN_OR_RETURN(std::optional<AnnualPlan> found, parts.store->LockPlan(tx, target.id));
        ASSIGN_OR_RETURN(AnnualPlan before, Require(std::move(found), target.id, snapshot,
                                                    ctx.caller(), target.permission, target.body));
        if (target.body.empty()) {
          RETURN_IF_ERROR(RequireParty(snapshot, ctx.caller(), *ground, target.permission));
        }
        RETURN_IF_ERROR(CheckEtag(target.etag, before.revision, PlanName(target.id)));
        const Locked locked{tx, snapshot, *std::move(ground), before};
        ASSIGN_OR_RETURN(const AnnualPlan after, run(locked));
        if (after == before) return ToProto(before);
        RETURN_IF_ERROR(parts.store->ReplacePlan(tx, before, after));
        return NotePlan(tx, after);
      });
}

// The plan as it is before the command, when the caller may do this with it.
absl::StatusOr<AnnualPlan> Seen(const PlanParts& parts, const rpc::RequestContext& ctx,
                                const access::Snapshot& snapshot, const Target& target) {
  ASSIGN_OR_RETURN(std::optional<AnnualPlan> found,
                   parts.store->FindPlan(target.id, RoomPatience(ctx)));
  return Require(std::move(found), target.id, snapshot, ctx.caller(), target.permission,
                 target.body);
}

// The parties of the plan's agreement as the directory knows them.
absl::StatusOr<Bodies> FindParties(const PlanParts& parts, const rpc::RequestContext& ctx,
                                   const std::string& agreement) {
  ASSIGN_OR_RETURN(const std::optional<Agreement> found,
                   parts.agreements->Find(agreement, RoomPatience(ctx)));
  if (!found.has_value()) return Bodies();
  return parts.bodies->Find(PartiesOf(*found), ctx.deadline());
}

// The commitments of `previous` as a new plan begins with them. One whose lead is no longer a
// party is left out; its parts become parts of what it was a part of.
std::vector<Commitment> Copied(const std::vector<Commitment>& previous, const AnnualPlan& plan,
                               const std::vector<std::string>& parties, absl::Time now) {
  std::map<std::string, const Commitment*> by_id;
  for (const Commitment& commitment : previous) by_id.emplace(commitment.id, &commitment);
  std::map<std::string, std::string> new_ids;
  std::vector<std::pair<const Commitment*, CommitmentContent>> kept;
  for (const Commitment& commitment : previous) {
    if (commitment.state == CommitmentState::kWithdrawn) continue;
    std::optional<CommitmentContent> next =
        NextYear(commitment.content, plan.year - commitment.year, plan.days, parties);
    if (!next.has_value()) continue;
    new_ids.emplace(commitment.id, NewId(now));
    kept.emplace_back(&commitment, *std::move(next));
  }
  std::vector<Commitment> copies;
  for (auto& [commitment, content] : kept) {
    std::string parent = commitment->content.parent;
    while (!parent.empty() && !new_ids.contains(parent)) {
      const auto above = by_id.find(parent);
      parent = above == by_id.end() ? "" : above->second->content.parent;
    }
    content.parent = parent.empty() ? "" : new_ids.at(parent);
    copies.push_back(NewCommitment(new_ids.at(commitment->id), plan, std::move(content), now));
  }
  return copies;
}

absl::Status NoPreviousPlan(const AnnualPlan& plan) {
  return Precondition("NO_PREVIOUS_PLAN",
                      {"The agreement has no plan of the year before to copy.",
                       "Chương trình không có kế hoạch năm trước để sao chép."},
                      absl::StrCat("agreements/", plan.agreement));
}

absl::Status PlanTooLarge(const AnnualPlan& plan) {
  return Precondition("PLAN_TOO_LARGE",
                      {"More than 5.000 due dates follow from this plan; use longer rhythms.",
                       "Kế hoạch này có hơn 5.000 lần đến hạn; hãy dùng chu kỳ dài hơn."},
                      PlanName(plan.id));
}

// OK when the commitments of a draft may be laid before the parties.
absl::Status CheckReady(const AnnualPlan& plan, const std::vector<Commitment>& commitments,
                        const Bodies& bodies, const WorkCalendar& calendar) {
  size_t dues = 0;
  for (const Commitment& commitment : commitments) {
    if (commitment.state == CommitmentState::kWithdrawn) continue;
    RETURN_IF_ERROR(CheckBodies(commitment, bodies));
    dues += DueDays(commitment.content.rhythm, plan.days, calendar).size();
  }
  return dues <= kMaxPlannedOccurrences ? absl::OkStatus() : PlanTooLarge(plan);
}

// Every commitment of the plan is owed from its approval on.
absl::Status ActivateAll(const PlanParts& parts, const Locked& locked, const AnnualPlan& plan) {
  ASSIGN_OR_RETURN(const std::vector<Commitment> commitments,
                   parts.store->CommitmentsOf(locked.tx, plan.id));
  for (const Commitment& commitment : commitments) {
    if (commitment.state != CommitmentState::kPlanned) continue;
    ASSIGN_OR_RETURN(const std::vector<Event> events, EventsFor(parts, locked.tx, commitment));
    Scheduled after = Activate(commitment, *plan.approve_day, 0, events, *locked.snapshot.calendar,
                               locked.tx.now(), LastDay(locked.agreement));
    RETURN_IF_ERROR(SaveSchedule(parts, locked.tx, commitment, after));
  }
  return absl::OkStatus();
}

// No more events come: what counts from them is settled with all that was owed, parts first.
absl::Status SettleAll(const PlanParts& parts, const Locked& locked) {
  ASSIGN_OR_RETURN(std::vector<Commitment> all,
                   parts.store->CommitmentsOf(locked.tx, locked.plan.id));
  for (int level = 0; level < kMaxLevels; ++level) {
    std::map<std::string, int> open;
    for (const Commitment& commitment : all) {
      open[commitment.content.parent] += commitment.state != CommitmentState::kConfirmed &&
                                         commitment.state != CommitmentState::kWithdrawn;
    }
    for (Commitment& before : all) {
      std::optional<Commitment> after = Settle(before, open[before.id], locked.tx.now());
      if (!after.has_value()) continue;
      RETURN_IF_ERROR(parts.store->ReplaceCommitment(locked.tx, before, *after));
      NoteCommitment(locked.tx, *after);
      before = *std::move(after);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::AnnualPlan> CreatePlan(const PlanParts& parts, const rpc::RequestContext& ctx,
                                          const v1::CreatePlanRequest& request) {
  Checker check;
  check.Required("plan", request.has_plan());
  const std::string agreement =
      check.Name("plan.agreement", "agreements/*", request.plan().agreement());
  const int year = static_cast<int>(check.Count("plan.year", request.plan().year(), 1900, 2199));
  const std::string title = check.Text("plan.title", request.plan().title(), 1, kMaxPlanTitle);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  const auto require = [&](const std::optional<Agreement>& found) {
    return found.has_value() ? RequireParty(snapshot, ctx.caller(), *found, kWritePlans)
                             : AgreementNotFound(agreement);
  };
  ASSIGN_OR_RETURN(const std::optional<Agreement> seen,
                   parts.agreements->Find(agreement, RoomPatience(ctx)));
  RETURN_IF_ERROR(require(seen));

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::AnnualPlan>(
      *parts.writer, ctx, request, {AgreementName(agreement), PlanName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::AnnualPlan> {
        ASSIGN_OR_RETURN(const std::optional<Agreement> ground,
                         parts.agreements->Lock(tx, agreement));
        RETURN_IF_ERROR(require(ground));
        ASSIGN_OR_RETURN(AnnualPlan plan, NewPlan(id,
                                                  {ground->id,
                                                   ground->unit,
                                                   {ground->term_start, ground->term_end},
                                                   IsInForce(*ground)},
                                                  year, title, tx.now()));
        ASSIGN_OR_RETURN(const std::string other, parts.store->PlanOfYear(tx, agreement, year));
        if (!other.empty()) return PlanExists(other);
        std::vector<Commitment> copies;
        if (request.copy_from_previous()) {
          ASSIGN_OR_RETURN(plan.copied_from, parts.store->PlanOfYear(tx, agreement, year - 1));
          if (plan.copied_from.empty()) return NoPreviousPlan(plan);
          ASSIGN_OR_RETURN(const std::vector<Commitment> previous,
                           parts.store->CommitmentsOf(tx, plan.copied_from));
          copies = Copied(previous, plan, PartiesOf(*ground), tx.now());
          plan.commitments = static_cast<int>(copies.size());
        }
        RETURN_IF_ERROR(parts.store->InsertPlan(tx, plan));
        v1::AnnualPlan wire = NotePlan(tx, plan);
        for (const Commitment& copy : copies) {
          RETURN_IF_ERROR(parts.store->InsertCommitment(tx, copy));
          NoteCommitment(tx, copy);
        }
        return wire;
      });
}

absl::StatusOr<v1::AnnualPlan> UpdatePlan(const PlanParts& parts, const rpc::RequestContext& ctx,
                                          const v1::UpdatePlanRequest& request) {
  Checker check;
  check.Required("plan", request.has_plan());
  const Target target{check.Name("plan.name", "plans/*", request.plan().name()), kWritePlans, "",
                      request.plan().etag()};
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.plan(), kChangeable));
  std::optional<std::string> title;
  if (!paths.empty()) {
    title = check.Text("plan.title", request.plan().title(), 1, kMaxPlanTitle);
  }
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const AnnualPlan seen, Seen(parts, ctx, snapshot, target));
  RETURN_IF_ERROR(
      CheckFixedFields(request.update_mask(), request.plan(), ToProto(seen), kChangeable, "plan"));
  return Write(parts, ctx, request, snapshot, target, seen.agreement,
               [&](const Locked& locked) -> absl::StatusOr<AnnualPlan> {
                 RETURN_IF_ERROR(RequireDraft(locked.plan));
                 if (!title.has_value() || *title == locked.plan.title) return locked.plan;
                 return Apply(locked.plan, plan_command::Rename{*title}, locked.tx.now(),
                              ctx.caller().ActorName());
               });
}

absl::StatusOr<v1::AnnualPlan> DeletePlan(const PlanParts& parts, const rpc::RequestContext& ctx,
                                          const v1::DeletePlanRequest& request) {
  Checker check;
  const Target target{check.Name("name", "plans/*", request.name()), kWritePlans, "",
                      request.etag()};
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const AnnualPlan seen, Seen(parts, ctx, snapshot, target));
  return Write(parts, ctx, request, snapshot, target, seen.agreement,
               [&](const Locked& locked) -> absl::StatusOr<AnnualPlan> {
                 ASSIGN_OR_RETURN(AnnualPlan after,
                                  Apply(locked.plan, plan_command::Delete{}, locked.tx.now(),
                                        ctx.caller().ActorName()));
                 ASSIGN_OR_RETURN(const std::vector<Commitment> commitments,
                                  parts.store->CommitmentsOf(locked.tx, target.id));
                 for (const Commitment& before : commitments) {
                   Commitment hidden = before;
                   hidden.hidden = true;
                   hidden.update_time = locked.tx.now();
                   ++hidden.revision;
                   RETURN_IF_ERROR(parts.store->ReplaceCommitment(locked.tx, before, hidden));
                   NoteCommitment(locked.tx, hidden);
                 }
                 return after;
               });
}

absl::StatusOr<v1::AnnualPlan> SubmitPlan(const PlanParts& parts, const rpc::RequestContext& ctx,
                                          const v1::SubmitPlanRequest& request) {
  Checker check;
  const Target target{check.Name("name", "plans/*", request.name()), kWritePlans, "",
                      request.etag()};
  const absl::CivilDay day =
      check.OptionalDay("submit_date", request.submit_date()).value_or(VietnamDay(ctx.now()));
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const AnnualPlan seen, Seen(parts, ctx, snapshot, target));
  // An error is told only to a request that is not answered from memory.
  const absl::StatusOr<Bodies> bodies = FindParties(parts, ctx, seen.agreement);
  return Write(parts, ctx, request, snapshot, target, seen.agreement,
               [&](const Locked& locked) -> absl::StatusOr<AnnualPlan> {
                 RETURN_IF_ERROR(bodies.status());
                 RETURN_IF_ERROR(RequireInForce(locked.agreement));
                 ASSIGN_OR_RETURN(
                     AnnualPlan after,
                     Apply(locked.plan, plan_command::Submit{PartiesOf(locked.agreement), day},
                           locked.tx.now(), ctx.caller().ActorName()));
                 ASSIGN_OR_RETURN(const std::vector<Commitment> commitments,
                                  parts.store->CommitmentsOf(locked.tx, target.id));
                 RETURN_IF_ERROR(CheckReady(after, commitments, *bodies, *snapshot.calendar));
                 RETURN_IF_ERROR(parts.book->Put(locked.tx, Approvals(after, *snapshot.calendar)));
                 return after;
               });
}

absl::StatusOr<v1::AnnualPlan> ApprovePlan(const PlanParts& parts, const rpc::RequestContext& ctx,
                                           const v1::ApprovePlanRequest& request) {
  Checker check;
  plan_command::Approve approve;
  approve.party = check.Name("party", "bodies/*", request.party());
  approve.day =
      check.OptionalDay("approve_date", request.approve_date()).value_or(VietnamDay(ctx.now()));
  approve.approver_name = check.Text("approver_name", request.approver_name(), 1, kMaxApprover);
  approve.approver_title = check.Text("approver_title", request.approver_title(), 1, kMaxApprover);
  const Target target{check.Name("name", "plans/*", request.name()), kApprovePlans, approve.party,
                      request.etag()};
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const AnnualPlan seen, Seen(parts, ctx, snapshot, target));
  return Write(
      parts, ctx, request, snapshot, target, seen.agreement,
      [&](const Locked& locked) -> absl::StatusOr<AnnualPlan> {
        ASSIGN_OR_RETURN(AnnualPlan after,
                         Apply(locked.plan, approve, locked.tx.now(), ctx.caller().ActorName()));
        RETURN_IF_ERROR(RequireInForce(locked.agreement));
        RETURN_IF_ERROR(
            parts.book->Close(locked.tx, ApproveKey(after, approve.party), approve.day).status());
        if (after.state == PlanState::kApproved) {
          RETURN_IF_ERROR(ActivateAll(parts, locked, after));
        }
        return after;
      });
}

absl::StatusOr<v1::AnnualPlan> RejectPlan(const PlanParts& parts, const rpc::RequestContext& ctx,
                                          const v1::RejectPlanRequest& request) {
  Checker check;
  const std::string party = check.Name("party", "bodies/*", request.party());
  const std::string reason = check.Text("reason", request.reason(), 1, kMaxPlanReason);
  const Target target{check.Name("name", "plans/*", request.name()), kApprovePlans, party,
                      request.etag()};
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const AnnualPlan seen, Seen(parts, ctx, snapshot, target));
  return Write(parts, ctx, request, snapshot, target, seen.agreement,
               [&](const Locked& locked) -> absl::StatusOr<AnnualPlan> {
                 ASSIGN_OR_RETURN(AnnualPlan after,
                                  Apply(locked.plan, plan_command::Reject{party, reason},
                                        locked.tx.now(), ctx.caller().ActorName()));
                 RETURN_IF_ERROR(parts.book->WithdrawResource(locked.tx, PlanName(target.id)));
                 RETURN_IF_ERROR(parts.book->Tell(locked.tx, RejectionNotices(locked.plan, after)));
                 return after;
               });
}

absl::StatusOr<v1::AnnualPlan> ClosePlan(const PlanParts& parts, const rpc::RequestContext& ctx,
                                         const v1::ClosePlanRequest& request) {
  Checker check;
  const Target target{check.Name("name", "plans/*", request.name()), kWritePlans, "",
                      request.etag()};
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const AnnualPlan seen, Seen(parts, ctx, snapshot, target));
  return Write(parts, ctx, request, snapshot, target, seen.agreement,
               [&](const Locked& locked) -> absl::StatusOr<AnnualPlan> {
                 ASSIGN_OR_RETURN(const int open, parts.store->CountOpen(locked.tx, target.id));
                 ASSIGN_OR_RETURN(AnnualPlan after,
                                  Apply(locked.plan, plan_command::Close{open}, locked.tx.now(),
                                        ctx.caller().ActorName()));
                 RETURN_IF_ERROR(SettleAll(parts, locked));
                 return after;
               });
}

}  // namespace phoihop::agreements::plans
