// Pages of lists that stay below what a message may have.
#ifndef PHOIHOP_COMMON_RPC_PAGES_H_
#define PHOIHOP_COMMON_RPC_PAGES_H_

#include <cstddef>

#include "common/rpc/methods.h"

namespace phoihop::rpc {

// The most bytes of a page: clients of gRPC take messages of 4 MiB unless they were told
// otherwise.
inline constexpr size_t kPageBytes = size_t{7} << 19;

// A list whose page would have more than `limit` bytes gives a shorter one, whose
// next_page_token goes on behind it: the method is asked again for so many rows as fit. A single
// row is given whatever it has. A list is a method with `page_size` in the request, and
// `next_page_token` and one list of messages in the response; others are left as they are.
UnaryMethod BoundPages(UnaryMethod method, size_t limit = kPageBytes);

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_PAGES_H_
