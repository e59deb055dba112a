#ifndef PHOIHOP_COMMON_MYSQL_VALUE_H_
#define PHOIHOP_COMMON_MYSQL_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace phoihop::mysql {

// Bytes for a BINARY, VARBINARY or BLOB column. A type of its own, so that text
// and bytes are not mixed up where a statement is written.
struct Bytes {
  Bytes() = default;
  explicit Bytes(std::string v) : value(std::move(v)) {}
  std::string value;
};

// One parameter of a statement. nullptr is NULL; bool is not accepted on purpose
// (write int64_t{0} or int64_t{1}); a CivilDay goes to a DATE column and a Time,
// cut to whole microseconds, to a DATETIME(6) column in UTC.
using Value =
    std::variant<std::nullptr_t, int64_t, double, std::string, Bytes, absl::CivilDay, absl::Time>;

// The parameters of a statement in the order of its question marks, at most 65.535.
using Params = absl::Span<const Value>;

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_VALUE_H_
