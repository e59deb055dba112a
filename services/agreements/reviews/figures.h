// The figures of a review, from what the records of the agreement say. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_FIGURES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_FIGURES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "services/agreements/domain/coverage.h"
#include "services/agreements/reviews/formula.h"

namespace phoihop::agreements::reviews {

// What is counted. The numbers are stored: never change one.
enum class FigureKind {
  kCoverage = 1,
  kCommitmentsKept = 2,
  kCommitmentsOnTime = 3,
  kDeliveriesMade = 4,
  kDeliveriesOnTime = 5,
  kRequestsAnswered = 6,
  kRequestsRefused = 7,
  kRequestsOnTime = 8,
  kDisseminationSessions = 9,
  kDisseminationAttendances = 10,
  kVisits = 11,
};

// One figure: so many, of so many.
struct Figure {
  FigureKind kind = FigureKind::kCoverage;
  // Of coverage.
  std::string level = {};
  int64_t numerator = 0;
  // Nothing for a count, which has no base.
  std::optional<int64_t> denominator = std::nullopt;

  friend bool operator==(const Figure&, const Figure&) = default;
};

// Plain counts of an interval.
struct RecordCounts {
  int64_t sessions = 0;
  // Attendances, never people.
  int64_t attendances = 0;
  int64_t visits = 0;

  friend bool operator==(const RecordCounts&, const RecordCounts&) = default;
};

// Every figure, in the order of its kind; coverage in the order of `coverage`.
std::vector<Figure> FiguresOf(absl::Span<const LevelCoverage> coverage, const PartyRecords& records,
                              const RecordCounts& counts);

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_FIGURES_H_
