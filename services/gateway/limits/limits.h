// How much of the gateway one caller may have, and all of them together.
#ifndef PHOIHOP_SERVICES_GATEWAY_LIMITS_LIMITS_H_
#define PHOIHOP_SERVICES_GATEWAY_LIMITS_LIMITS_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/gateway/limits/address_range.h"

namespace phoihop::gateway {

// What one caller may have.
struct Share {
  // Calls at once, at least 1.
  int concurrent = 0;
  // Calls a second over time, more than 0.
  double per_second = 0;
  // Calls at one moment after a rest, at least 1.
  double burst = 0;

  friend bool operator==(const Share&, const Share&) = default;
};

struct Limits {
  // Each member, by name: people and systems alike.
  Share member = {256, 1000, 2000};
  // All who show no token, for each address; of IPv6 the first 64 bits.
  Share anonymous = {64, 100, 400};
  // Members with shares of their own, by name (`members/...`).
  std::map<std::string, Share> callers;
  // Calls of all callers at once. services/ctl is not counted: the administrator comes in even
  // when everything is taken.
  int total = 2048;
  // Where proxies are whose X-Forwarded-For is believed.
  std::vector<AddressRange> trusted_proxies;

  friend bool operator==(const Limits&, const Limits&) = default;
};

// Reads a limits file: a JSON object with any of `member`, `anonymous` ({"concurrent": 256,
// "per_second": 1000, "burst": 2000}), `callers` (those by member), `total` and
// `trusted_proxies` (addresses and ranges such as "10.0.0.0/8"). What is left out keeps its
// default. INVALID_ARGUMENT names what is unknown or out of its range; nothing is taken from a file
// with a mistake.
absl::StatusOr<Limits> ParseLimits(std::string_view json);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_LIMITS_LIMITS_H_
