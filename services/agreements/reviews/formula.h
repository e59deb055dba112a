// The formula by which the parties of an agreement are evaluated. It evaluates bodies, never
// people. Pure; exact in whole numbers.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_FORMULA_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_FORMULA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "services/agreements/duties/duty_figures.h"
#include "services/agreements/plans/plan_figures.h"

namespace phoihop::agreements::reviews {

// The parts of a score. The numbers are stored: never change one.
enum class PartKind {
  // Information deliveries made by their due day, of those that fell due.
  kDeliveries = 1,
  // Commitments fulfilled and confirmed, of those that fell due.
  kCommitments = 2,
  // Requests answered, or refused with a legal ground, of those made.
  kRequests = 3,
};

// The weights of all parts together, in per mille.
inline constexpr int kWholeWeight = 1000;

// One published version. What was published never changes.
struct Formula {
  // From 1.
  int version = 0;
  // Intervals that end on this day or later may be evaluated by it.
  absl::CivilDay valid_from;
  // In per mille; they add up to kWholeWeight.
  int delivery_weight = 0;
  int commitment_weight = 0;
  int request_weight = 0;
  // As published.
  std::string text_vi;
  std::string text_en;

  friend bool operator==(const Formula&, const Formula&) = default;
};

// One part of a party's score.
struct Part {
  PartKind kind = PartKind::kDeliveries;
  // The formula's weight, in per mille.
  int weight = 0;
  // `numerator` of `denominator`, 0 to 1.000.000.000; without a base the latter is 0.
  int64_t numerator = 0;
  int64_t denominator = 0;

  friend bool operator==(const Part&, const Part&) = default;
};

// The score of one body.
struct PartyScore {
  // Id.
  std::string body;
  // In the order of PartKind.
  std::vector<Part> parts;
  // In per mille; nothing when no part has a base.
  std::optional<int> score;

  friend bool operator==(const PartyScore&, const PartyScore&) = default;
};

// What the bodies were to do in an interval, and did.
struct PartyRecords {
  std::vector<CommitmentCount> commitments;
  std::vector<DeliveryCount> deliveries;
  std::vector<RequestCount> requests;
};

// `evaluationFormulas/{version}`.
std::string FormulaName(int version);

// The newest version that holds on `day`; null when none does.
const Formula* NewestOn(absl::Span<const Formula> formulas, absl::CivilDay day);

// 1000 * sum(weight * numerator / denominator) / sum(weight) over the parts with a base and a
// weight, rounded once, half up. Nothing when there is none: a part without a base is left out
// and the others share its weight in proportion to their own.
std::optional<int> Score(absl::Span<const Part> parts);

// The scores of `parties` in their order, then of the other bodies of `records` in order of id.
std::vector<PartyScore> Evaluate(const Formula& formula, absl::Span<const std::string> parties,
                                 const PartyRecords& records);

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_FORMULA_H_
