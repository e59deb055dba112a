// What the two lists share: page sizes, and where a page ends.
#ifndef PHOIHOP_SERVICES_OPINIONS_RPC_LIST_PAGE_H_
#define PHOIHOP_SERVICES_OPINIONS_RPC_LIST_PAGE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/opinions/store/store.h"

namespace phoihop::opinions {

inline constexpr int kDefaultPage = 50;
inline constexpr int kMaxPage = 1000;

// A list key as the cursor of a page token, and back. The cursor "" is the
// beginning; anything else that is no cursor is INVALID_ARGUMENT on page_token.
std::string CursorOf(const ListKey& key);
absl::StatusOr<std::optional<ListKey>> KeyOf(std::string_view cursor);

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_RPC_LIST_PAGE_H_
