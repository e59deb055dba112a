// The indicators of a review: figures that are computed from records, never typed.
#ifndef PHOIHOP_SERVICES_REPORTING_DOMAIN_INDICATORS_H_
#define PHOIHOP_SERVICES_REPORTING_DOMAIN_INDICATORS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace phoihop::reporting {

// Resolved of received, of the petitions received within the interval; resolved by its end.
inline constexpr std::string_view kComplaintsResolved =
    "petitions.complaints_and_denunciations.resolved";
inline constexpr std::string_view kRecommendationsResolved =
    "petitions.recommendations_and_feedback.resolved";
// Followed by a level in lower case: units with an agreement in force of the units expected.
inline constexpr std::string_view kSignedPrefix = "agreements.signed.";
// Opinions heard within the interval; a plain count.
inline constexpr std::string_view kOpinionEntries = "opinions.entries";

// One computed figure.
struct IndicatorValue {
  // Stable key, one of the above.
  std::string indicator;
  // Name in Vietnamese.
  std::string display_name;
  // What is counted; for a rate, the numerator.
  int64_t numerator = 0;
  // The base of a rate; nothing for a plain count.
  std::optional<int64_t> denominator;

  friend bool operator==(const IndicatorValue&, const IndicatorValue&) = default;
};

// "93,6%"; empty for a plain count and for a base of zero.
std::string RateText(const IndicatorValue& value);

// What is counted for a unit, or a sum over units. Sums are exact: a rate is never added.
struct Figures {
  struct Part {
    int64_t numerator = 0;
    int64_t denominator = 0;
    friend bool operator==(const Part&, const Part&) = default;
  };

  Part complaints;
  Part recommendations;
  int64_t opinion_entries = 0;
  // Signed of expected, in the order of the levels that are asked for.
  std::vector<Part> signed_by_level;

  Figures& operator+=(const Figures& other);
  friend bool operator==(const Figures&, const Figures&) = default;
};

// The indicators of the figures, in the order in which reports show them. `levels` names
// those of `signed_by_level`, from the highest down; a level that the figures lack is zero.
std::vector<IndicatorValue> ToIndicators(const Figures& figures,
                                         absl::Span<const std::string> levels);

// Whether `key` names an indicator. `levels` are all levels that ever exist.
bool IsIndicator(std::string_view key, absl::Span<const std::string> levels);

// Whether the indicator has a base, so that a percentage of it can be typed.
bool IsRate(std::string_view key);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_DOMAIN_INDICATORS_H_
