// Addresses of the network, one or a range of them, as limits files name proxies.
#ifndef PHOIHOP_SERVICES_GATEWAY_LIMITS_ADDRESS_RANGE_H_
#define PHOIHOP_SERVICES_GATEWAY_LIMITS_ADDRESS_RANGE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace phoihop::gateway {

// An address of IPv6, or one of IPv4 as `::ffff:a.b.c.d`, so that the two ways of writing one are
// equal.
using Address = std::array<uint8_t, 16>;

// `192.0.2.7`, `2001:db8::7`; nothing for any other text.
std::optional<Address> ParseAddress(std::string_view text);

// Whether it is one of IPv4.
bool IsV4(const Address& address);

// All addresses that begin with the same bits.
class AddressRange {
 public:
  // An address, or `10.0.0.0/8`, `fd00::/8`. Nothing for any other text, nor for a range with bits
  // behind its length, `10.0.0.7/8`: that may be meant either way.
  static std::optional<AddressRange> Parse(std::string_view text);

  bool Contains(const Address& address) const;

  friend bool operator==(const AddressRange&, const AddressRange&) = default;

 private:
  Address first_{};
  // Of the 128.
  int bits_ = 0;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_LIMITS_ADDRESS_RANGE_H_
