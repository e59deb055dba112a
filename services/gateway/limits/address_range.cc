#include "services/gateway/limits/address_range.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace phoihop::gateway {
namespace {

constexpr Address kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBytes = 12;
constexpr int kMappedBits = 96;
constexpr int kAllBits = 128;

// Digits and nothing else, without a leading zero.
std::optional<int> ParseLength(std::string_view text) {
  int length = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, length);
  if (error != std::errc() || stopped != end || length < 0) return std::nullopt;
  if (text.size() > 1 && (text[0] == '0' || text[0] == '-')) return std::nullopt;
  return length;
}

bool Bit(const Address& address, int number) {
  return (address[number / 8] >> (7 - number % 8) & 1) != 0;
}

}  // namespace

std::optional<Address> ParseAddress(std::string_view text) {
  const std::string ended(text);
  if (ended.find('\0') != std::string::npos) return std::nullopt;
  Address address = kMapped;
  if (inet_pton(AF_INET, ended.c_str(), address.data() + kMappedBytes) == 1) return address;
  if (inet_pton(AF_INET6, ended.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

bool IsV4(const Address& address) {
  return std::equal(kMapped.begin(), kMapped.begin() + kMappedBytes, address.begin());
}

std::optional<AddressRange> AddressRange::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view written = text.substr(0, slash);
  const std::optional<Address> first = ParseAddress(written);
  if (!first.has_value()) return std::nullopt;
  AddressRange range;
  range.first_ = *first;
  range.bits_ = kAllBits;
  if (slash == std::string_view::npos) return range;
  const std::optional<int> length = ParseLength(text.substr(slash + 1));
  if (!length.has_value()) return std::nullopt;
  // As it is written: `::ffff:10.0.0.0/104` counts from the beginning.
  range.bits_ = *length + (written.find(':') == std::string_view::npos ? kMappedBits : 0);
  if (range.bits_ > kAllBits) return std::nullopt;
  for (int number = range.bits_; number < kAllBits; ++number) {
    if (Bit(*first, number)) return std::nullopt;
  }
  return range;
}

bool AddressRange::Contains(const Address& address) const {
  const int whole = bits_ / 8;
  if (!std::equal(first_.begin(), first_.begin() + whole, address.begin())) return false;
  const int rest = bits_ % 8;
  return rest == 0 || (first_[whole] ^ address[whole]) >> (8 - rest) == 0;
}

}  // namespace phoihop::gateway
