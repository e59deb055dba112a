#include "services/agreements/plans/next_due.h"

#include "absl/time/civil_time.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/deadlines/obligation_rows.h"
#include "services/agreements/plans/testing_plans.h"

namespace phoihop::agreements::plans {
namespace {

// As a later table of working days, or a pause, moves the first of several occurrences.
TEST_F(PlansTest, ListsFollowADueDayThatMoves) {
  const v1::AnnualPlan plan = NewPlan();
  v1::CreateCommitmentRequest request = CommitmentRequest(plan.name());
  v1::Rhythm& rhythm = *request.mutable_commitment()->mutable_rhythm();
  rhythm.Clear();
  rhythm.set_kind(v1::Rhythm::MONTHLY);
  rhythm.set_working_day(5);
  const std::string name = Add(request).name();
  Approved(plan.name());
  const v1::Commitment before = Get(name);
  ASSERT_NE(before.next_due_date(), "");
  Commit([&](ledger::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(
        const std::vector<StoredObligation> open,
        SelectObligations(tx.db(), "WHERE o.kind = 3 AND o.state = 1 ORDER BY o.due_day LIMIT 1",
                          {}));
    StoredObligation after = open.at(0);
    // Behind the second one.
    after.obligation.due.day += 40;
    RETURN_IF_ERROR(UpdateObligation(tx, open.at(0), after));
    return SetNextDue(tx, {after});
  });
  const v1::Commitment after = Get(name);
  EXPECT_GT(after.next_due_date(), before.next_due_date());
  EXPECT_LT(absl::CivilMonth(*ParseDay(before.next_due_date())),
            absl::CivilMonth(*ParseDay(after.next_due_date())));
  EXPECT_EQ(after.etag(), before.etag());
}

}  // namespace
}  // namespace phoihop::agreements::plans
