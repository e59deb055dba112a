#include "common/time/civil.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace phoihop {
namespace {

// The value of `text[at, at + length)` when it is all digits, otherwise -1.
int Digits(std::string_view text, size_t at, size_t length) {
  int value = 0;
  for (size_t i = at; i < at + length; ++i) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

absl::TimeZone VietnamTimeZone() { return absl::FixedTimeZone(7 * 60 * 60); }

absl::CivilDay VietnamDay(absl::Time instant) {
  return absl::ToCivilDay(instant, VietnamTimeZone());
}

absl::Time StartOfDay(absl::CivilDay day) { return absl::FromCivil(day, VietnamTimeZone()); }

absl::StatusOr<absl::CivilDay> ParseDay(std::string_view text) {
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    const int year = Digits(text, 0, 4);
    const int month = Digits(text, 5, 2);
    const int day = Digits(text, 8, 2);
    if (year >= 1900 && year < 2200 && month >= 1 && day >= 1) {
      const absl::CivilDay result(year, month, day);
      // absl normalises 30 February to March; such a day is not in the calendar.
      if (result.month() == month && result.day() == day) return result;
    }
  }
  return absl::InvalidArgumentError("a day must be written as 2023-10-24, from 1900 to 2199");
}

std::string FormatDay(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

std::string FormatDayVi(absl::CivilDay day) {
  return absl::StrFormat("%02d/%02d/%04d", day.day(), day.month(), day.year());
}

}  // namespace phoihop
