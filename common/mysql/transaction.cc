#include "common/mysql/transaction.h"

#include <algorithm>

#include "absl/random/random.h"
#include "common/mysql/error.h"
#include "common/status/macros.h"

namespace phoihop::mysql {
namespace {

double RandomFraction() {
  thread_local absl::BitGen generator;
  return absl::Uniform(generator, 0.0, 1.0);
}

}  // namespace

Backoff::Backoff(RetryPolicy policy) : policy_(std::move(policy)), wait_(policy_.initial_backoff) {
  if (policy_.clock == nullptr) policy_.clock = SystemClock();
  if (!policy_.sleep) policy_.sleep = [](absl::Duration d) { absl::SleepFor(d); };
  if (!policy_.jitter) policy_.jitter = RandomFraction;
}

bool Backoff::Next() {
  if (attempts_ >= policy_.max_attempts) return false;
  const absl::Duration wait = wait_ * (0.5 + 0.5 * policy_.jitter());
  if (policy_.clock->Now() + wait >= policy_.deadline) return false;
  policy_.sleep(wait);
  wait_ = std::min(wait_ * 2, policy_.max_backoff);
  ++attempts_;
  return true;
}

absl::Status RunTransaction(Pool& pool, RetryPolicy policy,
                            absl::FunctionRef<absl::Status(Connection&)> body) {
  Backoff backoff(std::move(policy));
  const auto attempt = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(Lease lease, pool.Acquire(backoff.deadline()));
    RETURN_IF_ERROR(lease->Begin());
    absl::Status status = body(*lease);
    // The database may have ended the transaction although the body says otherwise.
    if (!lease->transaction_failure().ok()) status = lease->transaction_failure();
    if (status.ok()) status = lease->Commit();
    if (!status.ok() && !lease->broken()) lease->Rollback().IgnoreError();
    return status;
  };
  while (true) {
    const absl::Status status = attempt();
    if (!IsTransient(status) || !backoff.Next()) return status;
  }
}

namespace internal {

absl::Status ReadOnce(Pool& pool, absl::Time deadline,
                      absl::FunctionRef<absl::Status(Connection&)> body) {
  RetryPolicy policy;
  policy.deadline = deadline;
  Backoff backoff(std::move(policy));
  const auto attempt = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(Lease lease, pool.Acquire(backoff.deadline()));
    RETURN_IF_ERROR(lease->BeginSnapshot());
    absl::Status status = body(*lease);
    if (!lease->transaction_failure().ok()) status = lease->transaction_failure();
    // Nothing was written, so how the transaction ends does not matter to the result.
    if (!lease->broken()) lease->Rollback().IgnoreError();
    return status;
  };
  while (true) {
    const absl::Status status = attempt();
    if (!IsTransient(status) || !backoff.Next()) return status;
  }
}

}  // namespace internal
}  // namespace phoihop::mysql
