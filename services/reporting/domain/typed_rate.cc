#include "services/reporting/domain/typed_rate.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/views.h"
#include "common/text/text.h"

namespace phoihop::reporting {
namespace {

constexpr int kMaxWhole = 4;
constexpr int kMaxDecimals = 4;

// Counts times a scaled hundred can exceed 64 bits.
using Wide = __int128;

int64_t Power(int decimals) {
  int64_t power = 1;
  for (int i = 0; i < decimals; ++i) power *= 10;
  return power;
}

}  // namespace

std::optional<TypedRate> ParseTypedRate(std::string_view text) {
  absl::string_view rest = absl::StripAsciiWhitespace(AbslView(text));
  if (!rest.empty() && rest.back() == '%') {
    rest.remove_suffix(1);
    rest = absl::StripTrailingAsciiWhitespace(rest);
  }
  TypedRate rate;
  int whole = 0;
  bool after = false;
  for (const char c : rest) {
    if (absl::ascii_isdigit(c)) {
      rate.digits = rate.digits * 10 + (c - '0');
      if (++(after ? rate.decimals : whole) > (after ? kMaxDecimals : kMaxWhole)) {
        return std::nullopt;
      }
    } else if ((c == ',' || c == '.') && !after) {
      after = true;
    } else {
      return std::nullopt;
    }
  }
  if (whole == 0 || (after && rate.decimals == 0)) return std::nullopt;
  return rate;
}

bool Agrees(const TypedRate& typed, int64_t numerator, int64_t denominator) {
  if (denominator <= 0) return false;
  // |typed - exact| is at most half of the last decimal typed.
  const Wide exact = Wide{numerator} * 100 * Power(typed.decimals);
  Wide difference = Wide{typed.digits} * denominator - exact;
  if (difference < 0) difference = -difference;
  return 2 * difference <= denominator;
}

std::string FormatRate(int64_t numerator, int64_t denominator, int decimals) {
  if (denominator <= 0 || numerator < 0) return "";
  const int64_t power = Power(decimals);
  const Wide scaled = Wide{numerator} * 100 * power;
  const int64_t rounded =
      static_cast<int64_t>((2 * scaled + denominator) / (2 * Wide{denominator}));
  const std::string whole = FormatCountVi(rounded / power);
  if (decimals == 0) return absl::StrCat(whole, "%");
  return absl::StrFormat("%s,%0*d%%", whole, decimals, rounded % power);
}

}  // namespace phoihop::reporting
