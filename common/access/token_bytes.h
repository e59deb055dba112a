// What signing and verifying a token share.
#ifndef PHOIHOP_COMMON_ACCESS_TOKEN_BYTES_H_
#define PHOIHOP_COMMON_ACCESS_TOKEN_BYTES_H_

#include <cstddef>
#include <string_view>

namespace phoihop::access {

// Bytes that a token has at most.
inline constexpr size_t kMaxToken = 4096;

// As libsodium takes them.
inline const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_TOKEN_BYTES_H_
