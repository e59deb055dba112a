// Typed figures, and where they disagree with their own parts or with the records.
#ifndef PHOIHOP_SERVICES_REPORTING_DOMAIN_FINDINGS_H_
#define PHOIHOP_SERVICES_REPORTING_DOMAIN_FINDINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "services/reporting/domain/indicators.h"

namespace phoihop::reporting {

// Limits of the contract. Sums of parts and products with a hundred stay exact within them.
inline constexpr int kMaxTypedFigures = 100;
inline constexpr int kMaxParts = 100;
inline constexpr int64_t kMaxTypedCount = 1'000'000'000'000;

// A figure as somebody typed it.
struct TypedFigure {
  struct Part {
    std::string label;
    int64_t count = 0;
  };
  std::string label;
  // Key of the indicator that it claims to be; empty for none.
  std::string indicator;
  // Empty, or readable by ParseTypedRate.
  std::string rate_text;
  std::optional<int64_t> numerator;
  std::optional<int64_t> denominator;
  std::optional<int64_t> total;
  std::vector<Part> parts;
};

// Whether the figure can be compared with anything: a rate with its own numerator and base,
// a total with its parts, or something typed beside an indicator.
bool IsComparable(const TypedFigure& figure);

// A typed figure that disagrees, with both figures.
struct Finding {
  // The numbers are those of the contract.
  enum class Kind {
    kRateDisagreesWithParts = 1,
    kTotalDisagreesWithParts = 2,
    kDisagreesWithRecords = 3,
  };
  Kind kind;
  std::string label;
  std::string indicator;
  // As typed, "88,1%"; a count as it is read, "2.021".
  std::string typed_text;
  // As computed; "không có số liệu" when there is nothing to compute it from.
  std::string computed_text;
  // How, for example "381/407" or "6+9+1+2+52"; may be empty.
  std::string computation;
  // One sentence in Vietnamese that says both figures.
  std::string message;

  friend bool operator==(const Finding&, const Finding&) = default;
};

// Everything in which the figures disagree, in their order. Each typed figure is compared
// with all it can be compared with; percentages at their own number of decimals.
std::vector<Finding> Compare(absl::Span<const TypedFigure> figures,
                             absl::Span<const IndicatorValue> recorded);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_DOMAIN_FINDINGS_H_
