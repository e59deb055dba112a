#ifndef PHOIHOP_COMMON_STATUS_VIEWS_H_
#define PHOIHOP_COMMON_STATUS_VIEWS_H_

#include <string_view>

#include "absl/strings/string_view.h"

// Debian builds Abseil with a string_view of its own. Our signatures use
// std::string_view; these two cross the border without a copy.
namespace phoihop {

// For Abseil's functions: absl::StrCat("no ", AbslView(name)).
inline absl::string_view AbslView(std::string_view view) { return {view.data(), view.size()}; }

// For ours: Capped(StdView(status.message())).
inline std::string_view StdView(absl::string_view view) { return {view.data(), view.size()}; }

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_STATUS_VIEWS_H_
