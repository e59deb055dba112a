// Resource names ("agreements/01h...") and the ids inside them.
#ifndef PHOIHOP_COMMON_NAMES_NAMES_H_
#define PHOIHOP_COMMON_NAMES_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace phoihop {

// Reads `name` by a pattern with one wildcard, for example "agreements/*", and
// returns what stands for it. An id is 1 to 64 lower-case letters, digits and
// hyphens and begins with a letter or digit. INVALID_ARGUMENT naming `field`
// otherwise; the message does not repeat the name.
absl::StatusOr<std::string> ParseName(std::string_view pattern, std::string_view name,
                                      std::string_view field);

// The same for any number of wildcards: "agreements/*/signatures/*".
absl::StatusOr<std::vector<std::string>> ParseNameParts(std::string_view pattern,
                                                        std::string_view name,
                                                        std::string_view field);

// True for an id as above.
bool IsId(std::string_view id);

// A new id: a ULID in lower-case Crockford base 32, 26 characters. Ids order by
// the millisecond of their making; 80 random bits keep them from being guessed.
std::string NewId(absl::Time now);

// Reads "units/12" to 12. Ids of units are positive decimals without leading
// zeros. INVALID_ARGUMENT naming `field` otherwise.
absl::StatusOr<int64_t> ParseUnitName(std::string_view name, std::string_view field);

// "units/12".
std::string UnitName(int64_t id);

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_NAMES_NAMES_H_
