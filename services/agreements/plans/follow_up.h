// What reviews ask bodies to do, as commitments. For the room of reviews.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_FOLLOW_UP_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_FOLLOW_UP_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "services/agreements/domain/agreement.h"
#include "services/agreements/plans/handlers.h"

namespace phoihop::agreements::plans {

// A proposal that a body is to carry out by a day.
struct FollowUpOrder {
  // Id of the commitment that it becomes.
  std::string id;
  // Id of the body, a party of the agreement that exists on the day.
  std::string body;
  absl::CivilDay due;
  // Number of the coordination area, 0 for none.
  int area = 0;
  // Up to kMaxCommitmentTitle and kMaxDescription characters.
  std::string title;
  std::string description;
  // Why the plan is amended, up to kMaxPlanReason characters.
  std::string reason;
};

// Adds it to the approved plan of the year in which it is due, by an amendment, in the transaction
// of the caller, who has locked the agreement. Gives its due day, which is a working day; nothing
// when there is no such plan, none that may be amended, or no such day from today on. Then nothing
// is written and it is owed in another way.
absl::StatusOr<std::optional<absl::CivilDay>> AddFollowUp(
    const PlanParts& parts, ledger::Transaction& tx, const Agreement& agreement,
    const FollowUpOrder& order, const WorkCalendar& calendar, std::string_view actor);

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_FOLLOW_UP_H_
