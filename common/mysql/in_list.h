#ifndef PHOIHOP_COMMON_MYSQL_IN_LIST_H_
#define PHOIHOP_COMMON_MYSQL_IN_LIST_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/mysql/value.h"

namespace phoihop::mysql {

// What comes after `IN` for `count` values, at least one: "(?,?,?,?)", rounded up to a power of
// two, so that the statements that a connection keeps prepared stay few.
std::string InList(size_t count);

// Appends the values of such a list, the last one as often as it was rounded up.
void AppendInList(absl::Span<const int64_t> values, std::vector<Value>& params);
void AppendInList(absl::Span<const std::string> values, std::vector<Value>& params);

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_IN_LIST_H_
