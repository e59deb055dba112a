// From a question to its figures: reads the projection once, under one snapshot.
#ifndef PHOIHOP_SERVICES_REPORTING_RPC_COMPUTE_H_
#define PHOIHOP_SERVICES_REPORTING_RPC_COMPUTE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/access/snapshot.h"
#include "services/reporting/domain/layout.h"
#include "services/reporting/domain/rollup.h"
#include "services/reporting/store/projection_store.h"

namespace phoihop::reporting {

// What is asked about.
struct Question {
  int64_t unit = 0;
  // When absent: the first day of the programme's term, or the first of January.
  std::optional<absl::CivilDay> since;
  absl::CivilDay until;
  // Whether figures are wanted, or only the interval and what it would include.
  bool figures = true;
};

// The figures of a report.
struct Answer {
  DayInterval days;
  // Empty when no figures were wanted.
  Layout layout;
  Rollup rollup;
  // What the figures include: the projection's positions, and that of the tree used.
  std::vector<SourcePosition> sources;
};

// Computes the figures. The unit must have existed on some day of the question; INTERNAL
// otherwise, since callers have checked it.
absl::StatusOr<Answer> Compute(ProjectionStore& store, const access::Snapshot& snapshot,
                               const Question& question, absl::Time deadline);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_RPC_COMPUTE_H_
