#ifndef PHOIHOP_COMMON_MYSQL_TRANSACTION_H_
#define PHOIHOP_COMMON_MYSQL_TRANSACTION_H_

#include <functional>
#include <type_traits>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mysql/pool.h"
#include "common/time/clock.h"

namespace phoihop::mysql {

// When and how often a whole transaction is run again.
struct RetryPolicy {
  // Attempts in all, the first one included.
  int max_attempts = 10;
  // Wait before the second attempt; it doubles up to the greatest one. Each wait is drawn
  // between half of it and all of it.
  absl::Duration initial_backoff = absl::Milliseconds(2);
  absl::Duration max_backoff = absl::Milliseconds(250);
  // No attempt is started after it, and no wait goes beyond it.
  absl::Time deadline = absl::InfiniteFuture();
  // Tests inject both; nullptr or empty means the real ones.
  const Clock* clock = nullptr;
  std::function<void(absl::Duration)> sleep;
  // A number in [0, 1) that spreads the waits; empty means random.
  std::function<double()> jitter;
};

// Counts attempts and waits between them, as a policy says.
class Backoff {
 public:
  explicit Backoff(RetryPolicy policy);
  // Waits and returns true when another attempt may be made; false when attempts or time
  // are used up.
  bool Next();
  // Attempts begun, the first one included.
  int attempts() const { return attempts_; }
  absl::Time deadline() const { return policy_.deadline; }

 private:
  RetryPolicy policy_;
  absl::Duration wait_;
  int attempts_ = 1;
};

// Runs `body` between BEGIN and COMMIT on a connection of the pool. On an error that
// IsTransient before COMMIT the whole body is run again in a new transaction, so it must do
// nothing that a rollback does not undo, and must set its results anew. A transient failure
// that the body swallowed counts as well. Any other error of the body rolls back and is
// returned. UNAVAILABLE with the reason COMMIT_UNKNOWN means that the answer to COMMIT was
// lost; the body is not run again then.
absl::Status RunTransaction(Pool& pool, RetryPolicy policy,
                            absl::FunctionRef<absl::Status(Connection&)> body);

namespace internal {
absl::Status ReadOnce(Pool& pool, absl::Time deadline,
                      absl::FunctionRef<absl::Status(Connection&)> body);
}  // namespace internal

// Runs `body(Connection&)`, which returns absl::Status or absl::StatusOr<T>, on one
// consistent snapshot of the database that it cannot change, and returns its result. Run
// again on transient errors, until the deadline; the body must set its results anew.
template <typename Body>
std::invoke_result_t<Body&, Connection&> Read(Pool& pool, absl::Time deadline, Body&& body) {
  using Result = std::invoke_result_t<Body&, Connection&>;
  Result result = absl::InternalError("not run");
  absl::Status status = internal::ReadOnce(pool, deadline, [&](Connection& connection) {
    result = body(connection);
    if constexpr (std::is_same_v<Result, absl::Status>) {
      return result;
    } else {
      return result.status();
    }
  });
  if (!status.ok()) return status;
  return result;
}

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_TRANSACTION_H_
