// The handlers one by one, and what they share. Private to this room's rpc part.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_METHODS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_METHODS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/access/snapshot.h"
#include "common/ledger/command.h"
#include "common/rpc/context.h"
#include "phoihop/agreements/v1/plans.pb.h"
#include "services/agreements/domain/agreement.h"
#include "services/agreements/plans/commitment.h"
#include "services/agreements/plans/handlers.h"
#include "services/agreements/plans/plan.h"
#include "services/agreements/plans/schedule.h"
#include "services/agreements/rpc/room_methods.h"

namespace phoihop::agreements::plans {

inline constexpr std::string_view kWriteEvents = "agreements.event.write";
inline constexpr std::string_view kWritePlans = "agreements.plan.write";
inline constexpr std::string_view kApprovePlans = "agreements.plan.approve";
inline constexpr std::string_view kWriteCommitments = "agreements.commitment.write";
inline constexpr std::string_view kConfirmCommitments = "agreements.commitment.confirm";

// Until when a handler reads.
inline absl::Time Patience(const rpc::RequestContext& ctx) { return RoomPatience(ctx); }

// The one answer for what does not exist and what is out of scope.
absl::Status EventNotFound(const std::string& id);
absl::Status PlanNotFound(const std::string& id);
absl::Status CommitmentNotFound(const std::string& id);

// The plan or commitment when the caller holds `permission` over its unit, otherwise
// NOT_FOUND. With `body` also PERMISSION_DENIED for a grant of another body.
absl::StatusOr<AnnualPlan> Require(std::optional<AnnualPlan> found, const std::string& id,
                                   const access::Snapshot& snapshot, const access::Caller& caller,
                                   std::string_view permission, const std::string& body = "");
absl::StatusOr<Commitment> Require(std::optional<Commitment> found, const std::string& id,
                                   const access::Snapshot& snapshot, const access::Caller& caller,
                                   std::string_view permission, const std::string& body = "");

// Ids of the bodies of an agreement's parties.
std::vector<std::string> PartiesOf(const Agreement& agreement);

// Whether plans are made under it; an amendment has none of its own.
bool IsInForce(const Agreement& agreement);

// FAILED_PRECONDITION with AGREEMENT_NOT_IN_FORCE unless it is.
absl::Status RequireInForce(const Agreement& agreement);

// Enters changes into the ledger and gives the messages.
v1::Event NoteEvent(ledger::Transaction& tx, const Event& event);
v1::AnnualPlan NotePlan(ledger::Transaction& tx, const AnnualPlan& plan);
v1::Commitment NoteCommitment(ledger::Transaction& tx, const Commitment& commitment);
v1::CommitmentOccurrence NoteOccurrence(ledger::Transaction& tx, const Commitment& commitment,
                                        const Occurrence& occurrence);

// Saves what became of a commitment with its occurrences, and notes it; the obligations of
// occurrences that are open are put.
absl::Status SaveSchedule(const PlanParts& parts, ledger::Transaction& tx, const Commitment& before,
                          Scheduled& after);

// The events that a commitment counts from; none for other rhythms.
absl::StatusOr<std::vector<Event>> EventsFor(const PlanParts& parts, ledger::Transaction& tx,
                                             const Commitment& commitment);

// Saves a withdrawal: its occurrences are no longer owed, and its bodies are told.
absl::Status SaveWithdrawal(const PlanParts& parts, ledger::Transaction& tx,
                            const Commitment& before, Withdrawal& withdrawal);

// The contract says what each method does and which errors it gives.
#define PHOIHOP_PLAN_METHOD(method, response)                                                 \
  absl::StatusOr<v1::response> method(const PlanParts& parts, const rpc::RequestContext& ctx, \
                                      const v1::method##Request& request)
PHOIHOP_PLAN_METHOD(CreateEvent, Event);
PHOIHOP_PLAN_METHOD(GetEvent, Event);
PHOIHOP_PLAN_METHOD(ListEvents, ListEventsResponse);
PHOIHOP_PLAN_METHOD(UpdateEvent, Event);
PHOIHOP_PLAN_METHOD(CancelEvent, Event);
PHOIHOP_PLAN_METHOD(CreatePlan, AnnualPlan);
PHOIHOP_PLAN_METHOD(GetPlan, AnnualPlan);
PHOIHOP_PLAN_METHOD(ListPlans, ListPlansResponse);
PHOIHOP_PLAN_METHOD(UpdatePlan, AnnualPlan);
PHOIHOP_PLAN_METHOD(DeletePlan, AnnualPlan);
PHOIHOP_PLAN_METHOD(SubmitPlan, AnnualPlan);
PHOIHOP_PLAN_METHOD(ApprovePlan, AnnualPlan);
PHOIHOP_PLAN_METHOD(RejectPlan, AnnualPlan);
PHOIHOP_PLAN_METHOD(AmendPlan, AnnualPlan);
PHOIHOP_PLAN_METHOD(ClosePlan, AnnualPlan);
PHOIHOP_PLAN_METHOD(CreateCommitment, Commitment);
PHOIHOP_PLAN_METHOD(GetCommitment, Commitment);
PHOIHOP_PLAN_METHOD(ListCommitments, ListCommitmentsResponse);
PHOIHOP_PLAN_METHOD(UpdateCommitment, Commitment);
PHOIHOP_PLAN_METHOD(WithdrawCommitment, Commitment);
PHOIHOP_PLAN_METHOD(ListCommitmentOccurrences, ListCommitmentOccurrencesResponse);
PHOIHOP_PLAN_METHOD(FulfilCommitment, CommitmentOccurrence);
PHOIHOP_PLAN_METHOD(ConfirmCommitment, CommitmentOccurrence);
PHOIHOP_PLAN_METHOD(RefuseConfirmation, CommitmentOccurrence);
PHOIHOP_PLAN_METHOD(AddProgress, ProgressUpdate);
PHOIHOP_PLAN_METHOD(ListProgress, ListProgressResponse);
#undef PHOIHOP_PLAN_METHOD

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_METHODS_H_
