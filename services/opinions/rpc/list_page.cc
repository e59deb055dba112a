#include "services/opinions/rpc/list_page.h"

#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/time/civil.h"

namespace phoihop::opinions {

std::string CursorOf(const ListKey& key) { return FormatDay(key.day) + " " + key.id; }

absl::StatusOr<std::optional<ListKey>> KeyOf(std::string_view cursor) {
  if (cursor.empty()) return std::optional<ListKey>();
  const size_t space = cursor.find(' ');
  const absl::StatusOr<absl::CivilDay> day = ParseDay(cursor.substr(0, space));
  if (space == std::string_view::npos || !day.ok() || !IsId(cursor.substr(space + 1))) {
    // Sealed tokens are ours; only one from before an upgrade can get here.
    return InvalidField("page_token", "INVALID_PAGE_TOKEN",
                        {"The page token is not valid; start the list again.",
                         "Mã trang không hợp lệ; hãy bắt đầu lại danh sách."});
  }
  return std::optional<ListKey>({*day, std::string(cursor.substr(space + 1))});
}

}  // namespace phoihop::opinions
