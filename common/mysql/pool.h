#ifndef PHOIHOP_COMMON_MYSQL_POOL_H_
#define PHOIHOP_COMMON_MYSQL_POOL_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/mysql/connection.h"

namespace phoihop::mysql {

class Pool;

// A borrowed connection. On destruction it goes back to its pool, or is closed when it is
// broken. A transaction that was left open is rolled back first.
class Lease {
 public:
  Lease() = default;
  Lease(Pool* pool, std::unique_ptr<Connection> connection)
      : pool_(pool), connection_(std::move(connection)) {}
  Lease(Lease&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { Release(); }

  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }

  // Gives the connection back now.
  void Release();

 private:
  Pool* pool_ = nullptr;
  std::unique_ptr<Connection> connection_;
};

// A bounded number of connections, each with one borrower at a time. Safe for threads.
// Outlives its leases.
class Pool {
 public:
  struct Options {
    ConnectionOptions connection;
    // The most connections open at once.
    int size = 8;
    // The label `pool` of its metrics: one of few words.
    std::string name = "main";
    // A connection that lay idle for longer is tried with a statement before it is lent;
    // one that the server closed meanwhile is replaced unseen.
    absl::Duration idle_check = absl::Seconds(30);
    // A connection that lay idle for longer is closed when the pool is next used.
    absl::Duration idle_close = absl::Minutes(10);
  };

  // Opens one connection, so that a wrong option is found at the start.
  static absl::StatusOr<std::unique_ptr<Pool>> Create(Options options);

  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Lends a connection, opening one when none is idle and the bound allows. Waits until the
  // deadline for one to come back, then DEADLINE_EXCEEDED, or until this thread's caller leaves,
  // then CANCELLED; UNAVAILABLE when the server cannot be reached.
  absl::StatusOr<Lease> Acquire(absl::Time deadline);

  // Connections open now, lent or idle.
  int open() const;

  const Options& options() const { return options_; }

 private:
  friend class Lease;
  struct Idle {
    std::unique_ptr<Connection> connection;
    absl::Time since;
  };

  struct Metrics;

  explicit Pool(Options options);
  void Return(std::unique_ptr<Connection> connection);

  const Options options_;
  mutable absl::Mutex mutex_;
  std::vector<Idle> idle_ ABSL_GUARDED_BY(mutex_);
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  // Reads what is above.
  std::unique_ptr<Metrics> metrics_;
};

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_POOL_H_
