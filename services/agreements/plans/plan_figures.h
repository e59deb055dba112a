// How the parties kept their commitments in an interval, for reviews and evaluations.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_PLAN_FIGURES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_PLAN_FIGURES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/time/civil.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger
namespace phoihop::mysql {
class Pool;
}  // namespace phoihop::mysql

namespace phoihop::agreements {

// What one body was to do as the lead.
struct CommitmentCount {
  // Id of the body.
  std::string body;
  // Occurrences that fell due in the interval; those that nobody owes are left out.
  int64_t due = 0;
  // Of them, those that were reported and confirmed by another party, late or not, at any
  // time until now.
  int64_t kept = 0;
  // Of the kept ones, those that were reported by their due day.
  int64_t on_time = 0;
  // Reported, and neither confirmed nor refused until now.
  int64_t unconfirmed = 0;

  friend bool operator==(const CommitmentCount&, const CommitmentCount&) = default;
};

// Read-only; thread safe.
class CommitmentFigures {
 public:
  virtual ~CommitmentFigures() = default;

  // The counts of every body that had something due, in order of id. Two ranges of indexes,
  // whatever the age of the agreement.
  virtual absl::StatusOr<std::vector<CommitmentCount>> Count(const std::string& agreement,
                                                             const DayInterval& interval,
                                                             absl::Time deadline) = 0;
  // The same as seen by a command.
  virtual absl::StatusOr<std::vector<CommitmentCount>> Count(ledger::Transaction& tx,
                                                             const std::string& agreement,
                                                             const DayInterval& interval) = 0;
};

// `pool` outlives it.
std::unique_ptr<CommitmentFigures> NewMysqlCommitmentFigures(mysql::Pool* pool);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_PLAN_FIGURES_H_
