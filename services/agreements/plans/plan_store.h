// Where plans and commitments are kept, in the domain's terms. Handlers and tests see this
// interface; only main.cc knows the database behind it.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_PLAN_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_PLAN_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/agreements/lists/query.h"
#include "services/agreements/plans/commitment.h"
#include "services/agreements/plans/content.h"
#include "services/agreements/plans/event.h"
#include "services/agreements/plans/plan.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger
namespace phoihop::mysql {
class Pool;
}  // namespace phoihop::mysql

namespace phoihop::agreements::plans {

using lists::ListLimits;
using lists::ListPage;
using lists::ListQuery;

// Where a commitment lies.
struct CommitmentKey {
  std::string agreement;
  std::string commitment;
};

// Thread safe.
class PlanStore {
 public:
  virtual ~PlanStore() = default;

  // Reads see what is committed.
  virtual absl::StatusOr<std::optional<AnnualPlan>> FindPlan(const std::string& id,
                                                             absl::Time deadline) = 0;
  virtual absl::StatusOr<std::optional<Commitment>> FindCommitment(const std::string& id,
                                                                   absl::Time deadline) = 0;
  virtual absl::StatusOr<ListPage<Event>> ListEvents(const ListQuery& query,
                                                     absl::Time deadline) = 0;
  virtual absl::StatusOr<ListPage<AnnualPlan>> ListPlans(const ListQuery& query,
                                                         absl::Time deadline) = 0;
  virtual absl::StatusOr<ListPage<Commitment>> ListCommitments(const ListQuery& query,
                                                               absl::Time deadline) = 0;
  // Up to `limit` occurrences after the number `after`, in order of number.
  virtual absl::StatusOr<std::vector<Occurrence>> ListOccurrences(const std::string& commitment,
                                                                  int after, int limit,
                                                                  absl::Time deadline) = 0;
  // Up to `limit` entries before the number `before`, newest first.
  virtual absl::StatusOr<std::vector<Progress>> ListProgress(const std::string& commitment,
                                                             int before, int limit,
                                                             absl::Time deadline) = 0;

  // The rest belongs to a write and runs in its transaction, after the agreement was locked.

  // Nothing when there is none.
  virtual absl::StatusOr<std::optional<AnnualPlan>> LockPlan(ledger::Transaction& tx,
                                                             const std::string& id) = 0;
  virtual absl::StatusOr<std::optional<Commitment>> LockCommitment(ledger::Transaction& tx,
                                                                   const std::string& id) = 0;
  virtual absl::StatusOr<std::optional<Occurrence>> LockOccurrence(ledger::Transaction& tx,
                                                                   const std::string& commitment,
                                                                   int number) = 0;

  // Id of the agreement's plan of a year that is not deleted; empty for none.
  virtual absl::StatusOr<std::string> PlanOfYear(ledger::Transaction& tx,
                                                 const std::string& agreement, int year) = 0;
  // All commitments of a plan in order of id.
  virtual absl::StatusOr<std::vector<Commitment>> CommitmentsOf(ledger::Transaction& tx,
                                                                const std::string& plan) = 0;
  virtual absl::StatusOr<std::vector<PlanNode>> NodesOf(ledger::Transaction& tx,
                                                        const std::string& plan) = 0;
  // How many of the plan are neither confirmed nor withdrawn.
  virtual absl::StatusOr<int> CountOpen(ledger::Transaction& tx, const std::string& plan) = 0;
  // How many parts of a commitment are neither confirmed nor withdrawn.
  virtual absl::StatusOr<int> CountOpenChildren(ledger::Transaction& tx,
                                                const std::string& commitment) = 0;
  // All occurrences of a commitment in order of number.
  virtual absl::StatusOr<std::vector<Occurrence>> OccurrencesOf(ledger::Transaction& tx,
                                                                const std::string& commitment) = 0;
  // The newest entry of this kind about an occurrence, without its evidence; nothing when there
  // is none.
  virtual absl::StatusOr<std::optional<Progress>> LastEntry(ledger::Transaction& tx,
                                                            const Occurrence& occurrence,
                                                            ProgressKind kind) = 0;
  // Commitments of plans of `year` at a unit that count from events of a kind.
  virtual absl::StatusOr<std::vector<CommitmentKey>> CountingFrom(ledger::Transaction& tx,
                                                                  int64_t unit,
                                                                  const std::string& kind,
                                                                  int year) = 0;
  // Commitments that have, or had, an occurrence of an event.
  virtual absl::StatusOr<std::vector<CommitmentKey>> CountedFrom(ledger::Transaction& tx,
                                                                 const std::string& event) = 0;

  // The agreement is locked and has none of this year.
  virtual absl::Status InsertPlan(ledger::Transaction& tx, const AnnualPlan& plan) = 0;
  virtual absl::Status ReplacePlan(ledger::Transaction& tx, const AnnualPlan& before,
                                   const AnnualPlan& after) = 0;
  virtual absl::Status InsertCommitment(ledger::Transaction& tx, const Commitment& commitment) = 0;
  // Stores `after` in place of the locked `before` and sets what falls due next in it, so save
  // the occurrences first.
  virtual absl::Status ReplaceCommitment(ledger::Transaction& tx, const Commitment& before,
                                         Commitment& after) = 0;
  // Inserts those of revision 1 and stores the others in place of what was locked.
  virtual absl::Status SaveOccurrences(ledger::Transaction& tx, const Commitment& commitment,
                                       const std::vector<Occurrence>& occurrences) = 0;
  virtual absl::Status AddProgress(ledger::Transaction& tx, const Progress& progress) = 0;
};

// Kept in the tables of 0007_plans.sql; `pool` outlives it.
std::unique_ptr<PlanStore> NewMysqlPlanStore(mysql::Pool* pool, ListLimits limits = {});

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_PLAN_STORE_H_
