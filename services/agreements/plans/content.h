// What the content of a commitment must be, and what becomes of it in the next year. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_CONTENT_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_CONTENT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/time/civil.h"
#include "common/time/work_calendar.h"
#include "services/agreements/domain/facts.h"
#include "services/agreements/plans/commitment.h"

namespace phoihop::agreements::plans {

// A commitment among those of its plan.
struct PlanNode {
  std::string id;
  // Empty for none.
  std::string parent;
  CommitmentState state = CommitmentState::kPlanned;
};

// What the rules need to know.
struct ContentFacts {
  DayInterval days;
  // Ids of the agreement's parties.
  std::vector<std::string> parties;
  // What the directory knows of them.
  Bodies bodies;
  // The commitments of the plan.
  std::vector<PlanNode> nodes;
  const WorkCalendar* calendar = nullptr;
  // The agreement's; nothing that falls due later arises.
  absl::CivilDay last_day = kEndOfDays;
};

// OK when a commitment `id` (empty for a new one) may have this content; `path` is where it
// stands in the request, "commitment". INVALID_ARGUMENT with NOT_A_PARTY, BODY_NOT_VALID (on the
// date, or on no day of a rhythm), BODY_TWICE, SUPPORTS_ITSELF, TOO_MANY_BODIES, DUE_OUTSIDE_TERM,
// NO_DUE_DATES, PARENT_UNKNOWN, PARENT_WITHDRAWN, PARENT_CONFIRMED, COMMITMENT_CIRCLE,
// NESTED_TOO_DEEP, and what CheckRhythm finds; ABORTED when a body was not asked for.
absl::Status CheckContent(const std::string& id, const CommitmentContent& content,
                          const ContentFacts& facts, std::string_view path);

// OK when the bodies of a commitment still exist in the plan's time. FAILED_PRECONDITION with
// BODY_NOT_VALID, ABORTED when one was not asked for.
absl::Status CheckBodies(const Commitment& commitment, const Bodies& bodies);

// A year later: dates moved, 29 February to the 28th, and not beyond `days`. Nothing when the
// lead is no longer among the parties; supporters who are not are left out. The parent is the
// old one.
std::optional<CommitmentContent> NextYear(const CommitmentContent& content, int years,
                                          const DayInterval& days,
                                          const std::vector<std::string>& parties);

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_CONTENT_H_
