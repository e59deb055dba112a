#include "services/agreements/plans/handlers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/plans/converters.h"
#include "services/agreements/plans/methods.h"
#include "services/agreements/plans/obligations.h"
#include "services/agreements/rpc/room_methods.h"

namespace phoihop::agreements::plans {
namespace {

template <class Child>
absl::StatusOr<Child> RequireFor(std::optional<Child> found, const absl::Status& not_found,
                                 const access::Snapshot& snapshot, const access::Caller& caller,
                                 std::string_view permission, const std::string& body) {
  ASSIGN_OR_RETURN(Child child,
                   RequireChild(std::move(found), not_found, snapshot, caller, permission));
  if (!body.empty()) RETURN_IF_ERROR(RequireBody(child, body, snapshot, caller, permission));
  return child;
}

}  // namespace

absl::Status EventNotFound(const std::string& id) {
  return NotFound(v1::Event::descriptor()->full_name(), EventName(id));
}

absl::Status PlanNotFound(const std::string& id) {
  return NotFound(v1::AnnualPlan::descriptor()->full_name(), PlanName(id));
}

absl::Status CommitmentNotFound(const std::string& id) {
  return NotFound(v1::Commitment::descriptor()->full_name(), CommitmentName(id));
}

absl::StatusOr<AnnualPlan> Require(std::optional<AnnualPlan> found, const std::string& id,
                                   const access::Snapshot& snapshot, const access::Caller& caller,
                                   std::string_view permission, const std::string& body) {
  return RequireFor(std::move(found), PlanNotFound(id), snapshot, caller, permission, body);
}

absl::StatusOr<Commitment> Require(std::optional<Commitment> found, const std::string& id,
                                   const access::Snapshot& snapshot, const access::Caller& caller,
                                   std::string_view permission, const std::string& body) {
  return RequireFor(std::move(found), CommitmentNotFound(id), snapshot, caller, permission, body);
}

std::vector<std::string> PartiesOf(const Agreement& agreement) {
  std::vector<std::string> bodies;
  for (const Party& party : agreement.parties) bodies.push_back(party.body);
  return bodies;
}

bool IsInForce(const Agreement& agreement) {
  return agreement.state == State::kInForce && !agreement.amendment.has_value();
}

absl::Status RequireInForce(const Agreement& agreement) {
  if (IsInForce(agreement)) return absl::OkStatus();
  return Precondition(
      "AGREEMENT_NOT_IN_FORCE",
      {"The agreement is not in force.", "Chương trình chưa hoặc không còn hiệu lực."},
      AgreementName(agreement.id));
}

v1::Event NoteEvent(ledger::Transaction& tx, const Event& event) {
  return NoteChild(tx, ToProto(event), event.revision, event.date, event.unit);
}

v1::AnnualPlan NotePlan(ledger::Transaction& tx, const AnnualPlan& plan) {
  return NoteChild(tx, ToProto(plan), plan.revision, plan.approve_day.value_or(plan.days.first),
                   plan.unit);
}

v1::Commitment NoteCommitment(ledger::Transaction& tx, const Commitment& commitment) {
  return NoteChild(tx, ToProto(commitment), commitment.revision,
                   commitment.active_day.value_or(commitment.days.first), commitment.unit);
}

v1::CommitmentOccurrence NoteOccurrence(ledger::Transaction& tx, const Commitment& commitment,
                                        const Occurrence& occurrence) {
  absl::CivilDay effective = occurrence.due.day;
  if (occurrence.fulfil_day.has_value()) effective = *occurrence.fulfil_day;
  if (occurrence.confirm_day.has_value()) effective = *occurrence.confirm_day;
  return NoteChild(tx, ToProto(occurrence), occurrence.revision, effective, commitment.unit);
}

absl::Status SaveSchedule(const PlanParts& parts, ledger::Transaction& tx, const Commitment& before,
                          Scheduled& after) {
  std::vector<Obligation> owed;
  for (const Occurrence& occurrence : after.occurrences) {
    if (occurrence.state == OccurrenceState::kOpen) {
      owed.push_back(Fulfilment(after.commitment, occurrence));
    } else {
      RETURN_IF_ERROR(parts.book->WithdrawResource(
          tx, OccurrenceName(occurrence.commitment, occurrence.number)));
    }
  }
  if (!owed.empty()) RETURN_IF_ERROR(parts.book->Put(tx, owed));
  RETURN_IF_ERROR(parts.store->SaveOccurrences(tx, after.commitment, after.occurrences));
  RETURN_IF_ERROR(parts.store->ReplaceCommitment(tx, before, after.commitment));
  for (const Occurrence& occurrence : after.occurrences) {
    NoteOccurrence(tx, after.commitment, occurrence);
  }
  NoteCommitment(tx, after.commitment);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Event>> EventsFor(const PlanParts& parts, ledger::Transaction& tx,
                                             const Commitment& commitment) {
  if (!CountsFromEvents(commitment.content.rhythm)) return std::vector<Event>();
  return parts.events->EventsOf(tx, commitment.unit, commitment.content.rhythm.event,
                                commitment.days);
}

absl::Status SaveWithdrawal(const PlanParts& parts, ledger::Transaction& tx,
                            const Commitment& before, Withdrawal& withdrawal) {
  for (const Occurrence& occurrence : withdrawal.cancelled) {
    RETURN_IF_ERROR(
        parts.book->WithdrawResource(tx, OccurrenceName(occurrence.commitment, occurrence.number)));
  }
  if (before.active_day.has_value()) {
    RETURN_IF_ERROR(parts.book->Tell(tx, WithdrawalNotices(withdrawal.commitment)));
  }
  RETURN_IF_ERROR(parts.store->SaveOccurrences(tx, withdrawal.commitment, withdrawal.cancelled));
  RETURN_IF_ERROR(parts.store->ReplaceCommitment(tx, before, withdrawal.commitment));
  for (const Occurrence& occurrence : withdrawal.cancelled) {
    NoteOccurrence(tx, withdrawal.commitment, occurrence);
  }
  NoteCommitment(tx, withdrawal.commitment);
  return absl::OkStatus();
}

void AddPlanHandlers(const PlanParts& parts, rpc::Server::Builder& builder) {
  const auto add = [&]<class Req, class Res>(
                       const char* method,
                       absl::StatusOr<Res> (*handler)(const PlanParts&, const rpc::RequestContext&,
                                                      const Req&)) {
    builder.Unary<Req, Res>(absl::StrCat("phoihop.agreements.v1.PlansService/", method),
                            [parts, handler](const rpc::RequestContext& ctx, const Req& request) {
                              return handler(parts, ctx, request);
                            });
  };
  add("CreateEvent", &CreateEvent);
  add("GetEvent", &GetEvent);
  add("ListEvents", &ListEvents);
  add("UpdateEvent", &UpdateEvent);
  add("CancelEvent", &CancelEvent);
  add("CreatePlan", &CreatePlan);
  add("GetPlan", &GetPlan);
  add("ListPlans", &ListPlans);
  add("UpdatePlan", &UpdatePlan);
  add("DeletePlan", &DeletePlan);
  add("SubmitPlan", &SubmitPlan);
  add("ApprovePlan", &ApprovePlan);
  add("RejectPlan", &RejectPlan);
  add("AmendPlan", &AmendPlan);
  add("ClosePlan", &ClosePlan);
  add("CreateCommitment", &CreateCommitment);
  add("GetCommitment", &GetCommitment);
  add("ListCommitments", &ListCommitments);
  add("UpdateCommitment", &UpdateCommitment);
  add("WithdrawCommitment", &WithdrawCommitment);
  add("ListCommitmentOccurrences", &ListCommitmentOccurrences);
  add("FulfilCommitment", &FulfilCommitment);
  add("ConfirmCommitment", &ConfirmCommitment);
  add("RefuseConfirmation", &RefuseConfirmation);
  add("AddProgress", &AddProgress);
  add("ListProgress", &ListProgress);
}

}  // namespace phoihop::agreements::plans
