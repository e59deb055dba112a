// The order in which counters are written: that of their primary key.
#ifndef PHOIHOP_SERVICES_OPINIONS_STORE_ORDER_H_
#define PHOIHOP_SERVICES_OPINIONS_STORE_ORDER_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"

namespace phoihop::opinions {

// Bytes that order as the numbers, none of which is negative, do.
inline std::string OrderOf(absl::Span<const int64_t> numbers) {
  std::string bytes;
  bytes.reserve(numbers.size() * 8);
  for (const int64_t number : numbers) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<char>(static_cast<uint64_t>(number) >> shift));
    }
  }
  return bytes;
}

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_STORE_ORDER_H_
