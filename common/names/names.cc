#include "common/names/names.h"

#include <sodium.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop {
namespace {

// Crockford's base 32: no i, l, o, u.
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

absl::Status BadName(std::string_view pattern, std::string_view field) {
  return InvalidField(field, "INVALID_NAME",
                      {absl::StrCat("The name must have the form '", AbslView(pattern), "'."),
                       absl::StrCat("Tên phải có dạng '", AbslView(pattern), "'.")});
}

}  // namespace

bool IsId(std::string_view id) {
  if (id.empty() || id.size() > 64 || id.front() == '-') return false;
  for (const char c : id) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_isdigit(byte) && !absl::ascii_islower(byte) && c != '-') return false;
  }
  return true;
}

absl::StatusOr<std::vector<std::string>> ParseNameParts(std::string_view pattern,
                                                        std::string_view name,
                                                        std::string_view field) {
  const std::vector<absl::string_view> wanted = absl::StrSplit(AbslView(pattern), '/');
  const std::vector<absl::string_view> given = absl::StrSplit(AbslView(name), '/');
  if (wanted.size() != given.size()) return BadName(pattern, field);
  std::vector<std::string> ids;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "*") {
      if (!IsId(StdView(given[i]))) return BadName(pattern, field);
      ids.emplace_back(given[i]);
    } else if (wanted[i] != given[i]) {
      return BadName(pattern, field);
    }
  }
  return ids;
}

absl::StatusOr<std::string> ParseName(std::string_view pattern, std::string_view name,
                                      std::string_view field) {
  ASSIGN_OR_RETURN(std::vector<std::string> ids, ParseNameParts(pattern, name, field));
  if (ids.size() != 1)
    return Internal(absl::StrCat("pattern without one wildcard: ", AbslView(pattern)));
  return std::move(ids.front());
}

std::string NewId(absl::Time now) {
  // A failure of sodium_init leaves no safe random numbers; there is no going on.
  if (sodium_init() < 0) std::abort();
  std::array<unsigned char, 16> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  const auto millis = static_cast<uint64_t>(absl::ToUnixMillis(now));
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(millis >> (8 * (5 - i)));
  // 128 bits are 25 digits of 5 bits and, in front, one of 3.
  std::string id(26, '0');
  unsigned carry = 0;
  int bits = 0;
  int next = 15;
  for (int digit = 25; digit >= 0; --digit) {
    if (bits < 5 && next >= 0) {
      carry |= static_cast<unsigned>(bytes[next--]) << bits;
      bits += 8;
    }
    id[digit] = kAlphabet[carry & 31];
    carry >>= 5;
    bits -= 5;
  }
  return id;
}

absl::StatusOr<int64_t> ParseUnitName(std::string_view name, std::string_view field) {
  constexpr std::string_view kPrefix = "units/";
  int64_t id = 0;
  if (name.substr(0, kPrefix.size()) == kPrefix) {
    const std::string_view digits = name.substr(kPrefix.size());
    // SimpleAtoi takes signs and spaces too, so the text must read back the same.
    if (absl::SimpleAtoi(AbslView(digits), &id) && id > 0 && absl::StrCat(id) == digits) return id;
  }
  return BadName("units/*", field);
}

std::string UnitName(int64_t id) { return absl::StrCat("units/", id); }

}  // namespace phoihop
