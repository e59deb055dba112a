#ifndef PHOIHOP_COMMON_MYSQL_IN_LIST_H_
#define PHOIHOP_COMMON_MYSQL_IN_LIST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/mysql/value.h"

namespace phoihop::mysql {

// What comes after `IN` for these values, which are appended to `params`: "(?,?,?,?)", rounded up
// to a power of two with the last value repeated, so that the statements that a connection keeps
// prepared stay few. Without values a list that nothing is in.
std::string InList(absl::Span<const int64_t> values, std::vector<Value>& params);
std::string InList(absl::Span<const std::string> values, std::vector<Value>& params);

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_IN_LIST_H_
