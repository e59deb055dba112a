#ifndef PHOIHOP_COMMON_MYSQL_READ_STATEMENT_H_
#define PHOIHOP_COMMON_MYSQL_READ_STATEMENT_H_

#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/mysql/error.h"
#include "common/mysql/pool.h"
#include "common/mysql/transaction.h"

namespace phoihop::mysql {

// Runs `body(Connection&)`, which returns absl::Status or absl::StatusOr<T> and sends one
// query: one statement sees one snapshot by itself, so it needs no transaction around it and
// is one exchange with the server instead of four. What takes several queries is for Read. Run
// again on transient errors, until the deadline; the body must set its results anew.
template <typename Body>
std::invoke_result_t<Body&, Connection&> ReadStatement(Pool& pool, absl::Time deadline,
                                                       Body&& body) {
  using Result = std::invoke_result_t<Body&, Connection&>;
  RetryPolicy policy;
  policy.deadline = deadline;
  Backoff backoff(std::move(policy));
  const auto attempt = [&]() -> Result {
    absl::StatusOr<Lease> lease = pool.Acquire(deadline);
    if (!lease.ok()) return lease.status();
    return body(**lease);
  };
  const auto status_of = [](const Result& result) {
    if constexpr (std::is_same_v<Result, absl::Status>) {
      return result;
    } else {
      return result.status();
    }
  };
  while (true) {
    Result result = attempt();
    const absl::Status status = status_of(result);
    if (!IsTransient(status) || !backoff.Next()) return result;
  }
}

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_READ_STATEMENT_H_
