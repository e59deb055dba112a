// The change of an approved plan: commitments withdrawn and added, all or nothing.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
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

// What a request asks for.
struct Amendment {
  std::string plan;
  std::string reason;
  std::vector<CommitmentContent> additions;
  // Ids.
  std::vector<std::string> withdrawals;
};

Amendment Read(const v1::AmendPlanRequest& request, Checker& check) {
  Amendment amendment;
  amendment.plan = check.Name("name", "plans/*", request.name());
  amendment.reason = check.Text("reason", request.reason(), 1, kMaxPlanReason);
  check.RequestId(request.request_id());
  const auto bounded = [&](const char* field, int size) {
    if (size <= kMaxAmended) return true;
    check.Add(field, "TOO_MANY",
              {"One amendment names at most 50 of them.", "Mỗi lần điều chỉnh nêu tối đa 50 mục."});
    return false;
  };
  if (!bounded("additions", request.additions_size()) ||
      !bounded("withdrawals", request.withdrawals_size())) {
    return amendment;
  }
  if (request.additions_size() == 0 && request.withdrawals_size() == 0) {
    check.Add(
        "additions", "REQUIRED",
        {"Name commitments to add or to withdraw.", "Hãy nêu nhiệm vụ cần bổ sung hoặc cần rút."});
  }
  const std::vector<std::string> all(WritableFields().begin(), WritableFields().end());
  for (int i = 0; i < request.additions_size(); ++i) {
    const v1::Commitment& addition = request.additions(i);
    const std::string path = absl::StrCat("additions[", i, "]");
    ReadContent(addition, all, path, check, amendment.additions.emplace_back());
    if (!addition.plan().empty() && addition.plan() != request.name()) {
      check.Add(absl::StrCat(path, ".plan"), "OTHER_PLAN",
                {"The commitment names another plan than the amendment.",
                 "Nhiệm vụ nêu kế hoạch khác với kế hoạch được điều chỉnh."});
    }
  }
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < request.withdrawals_size(); ++i) {
    const std::string field = absl::StrCat("withdrawals[", i, "]");
    amendment.withdrawals.push_back(check.Name(field, "commitments/*", request.withdrawals(i)));
    if (!seen.insert(amendment.withdrawals.back()).second) {
      check.Add(field, "NAMED_TWICE",
                {"This commitment is named already.", "Nhiệm vụ này đã được nêu."});
    }
  }
  return amendment;
}

int OpenParts(const std::vector<PlanNode>& nodes, const std::string& of) {
  return static_cast<int>(std::count_if(nodes.begin(), nodes.end(), [&](const PlanNode& node) {
    return node.parent == of && node.state != CommitmentState::kConfirmed &&
           node.state != CommitmentState::kWithdrawn;
  }));
}

// A withdrawal with what was there before.
struct Taken {
  Commitment before;
  Withdrawal after;
};

// What is withdrawn, in order; `nodes` are left as they become.
absl::StatusOr<std::vector<Taken>> TakeOut(const PlanParts& parts, ledger::Transaction& tx,
                                           const Amendment& amendment, int number,
                                           std::vector<PlanNode>& nodes) {
  std::vector<Taken> taken;
  for (size_t i = 0; i < amendment.withdrawals.size(); ++i) {
    const std::string& id = amendment.withdrawals[i];
    const auto node =
        std::find_if(nodes.begin(), nodes.end(), [&](const PlanNode& n) { return n.id == id; });
    if (node == nodes.end()) {
      return InvalidField(absl::StrCat("withdrawals[", i, "]"), "COMMITMENT_UNKNOWN",
                          {"The plan has no such commitment.", "Kế hoạch không có nhiệm vụ này."});
    }
    ASSIGN_OR_RETURN(std::optional<Commitment> before, parts.store->LockCommitment(tx, id));
    if (!before.has_value()) return CommitmentNotFound(id);
    ASSIGN_OR_RETURN(const std::vector<Occurrence> occurrences, parts.store->OccurrencesOf(tx, id));
    ASSIGN_OR_RETURN(Withdrawal after, Withdraw(*before, occurrences, OpenParts(nodes, id), number,
                                                amendment.reason, tx.now()));
    node->state = CommitmentState::kWithdrawn;
    taken.push_back({*std::move(before), std::move(after)});
  }
  return taken;
}

}  // namespace

absl::StatusOr<v1::AnnualPlan> AmendPlan(const PlanParts& parts, const rpc::RequestContext& ctx,
                                         const v1::AmendPlanRequest& request) {
  Checker check;
  const Amendment amendment = Read(request, check);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<AnnualPlan> found,
                   parts.store->FindPlan(amendment.plan, Patience(ctx)));
  ASSIGN_OR_RETURN(const AnnualPlan seen, Require(std::move(found), amendment.plan, snapshot,
                                                  ctx.caller(), kApprovePlans));
  // An error is told only to a request that is not answered from memory.
  absl::StatusOr<Bodies> bodies = Bodies();
  if (!amendment.additions.empty()) {
    ASSIGN_OR_RETURN(const std::optional<Agreement> ground,
                     parts.agreements->Find(seen.agreement, Patience(ctx)));
    if (ground.has_value()) bodies = parts.bodies->Find(PartiesOf(*ground), ctx.deadline());
  }
  return ledger::Write<v1::AnnualPlan>(
      *parts.writer, ctx, request, {AgreementName(seen.agreement), PlanName(amendment.plan)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::AnnualPlan> {
        RETURN_IF_ERROR(bodies.status());
        ASSIGN_OR_RETURN(const std::optional<Agreement> ground,
                         parts.agreements->Lock(tx, seen.agreement));
        if (!ground.has_value()) return PlanNotFound(amendment.plan);
        ASSIGN_OR_RETURN(std::optional<AnnualPlan> locked,
                         parts.store->LockPlan(tx, amendment.plan));
        ASSIGN_OR_RETURN(const AnnualPlan before, Require(std::move(locked), amendment.plan,
                                                          snapshot, ctx.caller(), kApprovePlans));
        RETURN_IF_ERROR(RequireParty(snapshot, ctx.caller(), *ground, kApprovePlans));
        RETURN_IF_ERROR(CheckEtag(request.etag(), before.revision, PlanName(before.id)));
        ASSIGN_OR_RETURN(const AnnualPlan after,
                         Apply(before,
                               plan_command::Amend{amendment.reason,
                                                   static_cast<int>(amendment.additions.size()),
                                                   static_cast<int>(amendment.withdrawals.size())},
                               tx.now(), ctx.caller().ActorName()));
        RETURN_IF_ERROR(RequireInForce(*ground));
        const int number = after.amendments.back().number;

        ContentFacts facts{before.days, PartiesOf(*ground), *bodies, {}, snapshot.calendar.get()};
        facts.last_day = LastDay(*ground);
        ASSIGN_OR_RETURN(facts.nodes, parts.store->NodesOf(tx, before.id));
        ASSIGN_OR_RETURN(std::vector<Taken> taken,
                         TakeOut(parts, tx, amendment, number, facts.nodes));
        for (size_t i = 0; i < amendment.additions.size(); ++i) {
          RETURN_IF_ERROR(
              CheckContent("", amendment.additions[i], facts, absl::StrCat("additions[", i, "]")));
        }

        for (Taken& one : taken) RETURN_IF_ERROR(SaveWithdrawal(parts, tx, one.before, one.after));
        for (const CommitmentContent& content : amendment.additions) {
          const Commitment planned = NewCommitment(NewId(ctx.now()), after, content, tx.now());
          RETURN_IF_ERROR(parts.store->InsertCommitment(tx, planned));
          ASSIGN_OR_RETURN(const std::vector<Event> events, EventsFor(parts, tx, planned));
          Scheduled added = Activate(planned, VietnamDay(tx.now()), number, events,
                                     *snapshot.calendar, tx.now(), LastDay(*ground));
          RETURN_IF_ERROR(SaveSchedule(parts, tx, planned, added));
        }
        RETURN_IF_ERROR(parts.store->ReplacePlan(tx, before, after));
        return NotePlan(tx, after);
      });
}

}  // namespace phoihop::agreements::plans
