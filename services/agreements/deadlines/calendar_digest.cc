#include "services/agreements/deadlines/calendar_digest.h"

#include <sodium.h>

#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/time/civil.h"

namespace phoihop::agreements {

std::string DigestOf(const WorkCalendar& calendar) {
  std::string text;
  for (const auto& [number, year] : calendar.years()) {
    absl::StrAppend(&text, number, "\n");
    for (const Holiday& holiday : year.holidays) {
      absl::StrAppend(&text, "-", FormatDay(holiday.day), " ", holiday.name, "\n");
    }
    for (const absl::CivilDay day : year.worked_days) {
      absl::StrAppend(&text, "+", FormatDay(day), "\n");
    }
  }
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(hash), sizeof(hash)));
}

}  // namespace phoihop::agreements
