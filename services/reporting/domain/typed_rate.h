// Percentages as people type them, compared exactly.
#ifndef PHOIHOP_SERVICES_REPORTING_DOMAIN_TYPED_RATE_H_
#define PHOIHOP_SERVICES_REPORTING_DOMAIN_TYPED_RATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace phoihop::reporting {

// A percentage with the decimals that were typed: "88,1%" is 881 with 1, "94%" is 94 with 0.
struct TypedRate {
  int64_t digits = 0;
  int decimals = 0;

  friend bool operator==(const TypedRate&, const TypedRate&) = default;
};

// Reads "88,1%", "88.1 %", "94%" and "94": up to 4 digits before and 4 decimals after the
// comma or point. Nothing for anything else, such as "khoảng 90%" or "-5%".
std::optional<TypedRate> ParseTypedRate(std::string_view text);

// Whether `typed` is numerator/denominator, rounded to its own number of decimals. A value
// that lies exactly between two may be rounded either way. False when the denominator is
// not positive: there is no rate then.
bool Agrees(const TypedRate& typed, int64_t numerator, int64_t denominator);

// numerator/denominator as a percentage with this many decimals, rounded half up, in
// Vietnamese: (381, 407, 1) is "93,6%". Empty when there is no rate.
std::string FormatRate(int64_t numerator, int64_t denominator, int decimals);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_DOMAIN_TYPED_RATE_H_
