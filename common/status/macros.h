#ifndef PHOIHOP_COMMON_STATUS_MACROS_H_
#define PHOIHOP_COMMON_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function when `expr` (an absl::Status) is an error.
#define RETURN_IF_ERROR(expr)                          \
  do {                                                 \
    absl::Status phoihop_status_ = (expr);             \
    if (!phoihop_status_.ok()) return phoihop_status_; \
  } while (false)

// Evaluates `expr` (an absl::StatusOr); returns its error from the enclosing
// function, or moves its value into `lhs`, which may declare a variable:
//   ASSIGN_OR_RETURN(const Unit unit, FindUnit(id));
// A `lhs` whose type contains a comma needs `auto` or a name for the type.
#define ASSIGN_OR_RETURN(lhs, ...) \
  PHOIHOP_ASSIGN_OR_RETURN_(PHOIHOP_CONCAT_(phoihop_or_, __LINE__), lhs, (__VA_ARGS__))

#define PHOIHOP_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = expr;                                \
  if (!tmp.ok()) return std::move(tmp).status();  \
  lhs = std::move(tmp).value()

#define PHOIHOP_CONCAT_INNER_(a, b) a##b
#define PHOIHOP_CONCAT_(a, b) PHOIHOP_CONCAT_INNER_(a, b)

#endif  // PHOIHOP_COMMON_STATUS_MACROS_H_
