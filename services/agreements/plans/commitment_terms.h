// Keeps the occurrences of commitments with the term of their agreement.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_COMMITMENT_TERMS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_COMMITMENT_TERMS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/agreements/deadlines/term_listener.h"
#include "services/agreements/plans/commitment.h"
#include "services/agreements/plans/handlers.h"

namespace phoihop::agreements::plans {

// Adds what the commitments of approved plans did not owe since it fell due after the agreement's
// last day: the report on a last quarter, what follows a late session. When the agreement ends
// earlier, what falls due after its end is cancelled; a later extension brings it back. Thread
// safe; `parts` outlives it.
class CommitmentTerms : public TermListener {
 public:
  explicit CommitmentTerms(const PlanParts* parts) : parts_(*parts) {}

  absl::Status TermExtended(ledger::Transaction& tx, const Agreement& before,
                            const Agreement& after, const WorkCalendar& calendar) override;
  absl::Status TermShortened(ledger::Transaction& tx, const Agreement& before,
                             const Agreement& after) override;

 private:
  // The commitments of the year's plan, which is locked; none unless it is approved.
  absl::StatusOr<std::vector<Commitment>> Planned(ledger::Transaction& tx,
                                                  const std::string& agreement, int year);
  // What is open of the commitment and falls due after `last` is no longer owed.
  absl::Status CancelLater(ledger::Transaction& tx, const Commitment& commitment,
                           absl::CivilDay last);

  const PlanParts& parts_;
};

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_COMMITMENT_TERMS_H_
