// How the parties of an agreement kept it in an interval: made once and frozen. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_EVALUATION_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_EVALUATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/time/civil.h"
#include "services/agreements/reviews/formula.h"
#include "services/agreements/reviews/review.h"

namespace phoihop::agreements::reviews {

// An evaluation. Never changes.
struct Evaluation {
  std::string id;
  // Id of the agreement, with its unit and the first day of its term, which decide about access.
  std::string agreement;
  int64_t unit = 0;
  absl::CivilDay term_start;
  DayInterval interval;
  // Version of the formula.
  int formula = 0;
  std::vector<PartyScore> scores;
  // `members/{id}`.
  std::string created_by;
  absl::Time create_time;

  friend bool operator==(const Evaluation&, const Evaluation&) = default;
};

// `evaluations/{id}`.
std::string EvaluationName(const std::string& id);

// The version to evaluate by: `asked`, or the newest that holds on the interval's last day when
// 0. INVALID_ARGUMENT naming `evaluation.formula` with FORMULA_UNKNOWN or FORMULA_NOT_VALID;
// FAILED_PRECONDITION with NO_FORMULA.
absl::StatusOr<Formula> ChooseFormula(absl::Span<const Formula> formulas, int asked,
                                      const DayInterval& interval, const std::string& agreement);

// Evaluates. Errors as CheckInterval, with the path "evaluation" and EVALUATION_NOT_ENDED;
// FAILED_PRECONDITION with EVALUATION_UNDECIDED while `records` have something of which nobody
// knows yet whether it was kept, since what is frozen would depend on the day of counting.
absl::StatusOr<Evaluation> NewEvaluation(std::string id, const Ground& ground,
                                         const DayInterval& interval, const Formula& formula,
                                         const PartyRecords& records, std::string actor,
                                         absl::Time now);

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_EVALUATION_H_
