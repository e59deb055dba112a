// What plans and commitments oblige whom to, as the book of obligations keeps it, and what
// bodies are told. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_OBLIGATIONS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_OBLIGATIONS_H_

#include <string>
#include <vector>

#include "common/time/work_calendar.h"
#include "services/agreements/deadlines/obligation.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/plans/commitment.h"
#include "services/agreements/plans/plan.h"

namespace phoihop::agreements::plans {

// Keys of obligations.
std::string ApproveKey(const AnnualPlan& plan, const std::string& party);
std::string FulfilKey(const std::string& commitment, int number);
std::string ConfirmKey(const Occurrence& occurrence, const std::string& body);

// Every party of a submitted plan owes its approval.
std::vector<Obligation> Approvals(const AnnualPlan& plan, const WorkCalendar& calendar);

// The lead owes an occurrence. Its obligations are met in the occurrence, so that those that
// nobody owes any more are withdrawn together.
Obligation Fulfilment(const Commitment& commitment, const Occurrence& occurrence);

// Who owes the confirmation: the supporting bodies, or else the parties but the lead.
std::vector<std::string> Confirmers(const Commitment& commitment,
                                    const std::vector<std::string>& parties);

// They owe it from the report on; `occurrence` is reported.
std::vector<Obligation> Confirmations(const Commitment& commitment, const Occurrence& occurrence,
                                      const std::vector<std::string>& confirmers,
                                      const WorkCalendar& calendar);

// Those who had approved are told that the plan went back. `before` has their approvals.
std::vector<Notice> RejectionNotices(const AnnualPlan& before, const AnnualPlan& after);

// The lead is told that an occurrence is open again.
Notice RefusalNotice(const Commitment& commitment, const Occurrence& occurrence);

// Lead and supporting bodies are told that a commitment is no longer owed.
std::vector<Notice> WithdrawalNotices(const Commitment& commitment);

// The lead is told that something is no longer owed, since its event does not take place.
Notice CancelNotice(const Commitment& commitment, const Occurrence& occurrence);

// To the lead: an occurrence is no longer owed, since the agreement ends on `last` by an amendment.
Notice ShortenedNotice(const Commitment& commitment, const Occurrence& occurrence,
                       absl::CivilDay last);

// The lead is told that an event moved a due day.
Notice MoveNotice(const Commitment& commitment, const Occurrence& occurrence);

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_OBLIGATIONS_H_
