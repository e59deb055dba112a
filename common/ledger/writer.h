#ifndef PHOIHOP_COMMON_LEDGER_WRITER_H_
#define PHOIHOP_COMMON_LEDGER_WRITER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/ledger/command.h"
#include "common/ledger/record.h"
#include "common/ledger/signer.h"
#include "common/mysql/connection.h"
#include "common/telemetry/trace.h"
#include "common/time/clock.h"

namespace phoihop::lease {
class Holder;
}  // namespace phoihop::lease

namespace phoihop::ledger {

// Commits every write of a service: see README.md for the life of a write.
//
// Commands of one root go to one lane while any of them is on its way; others go to the first
// lane that has room. A lane runs the commands that wait, up to 64, in one transaction and
// gives their changes consecutive positions and the hash chain.
// Several processes may write to one database. Safe for threads.
class Writer {
 public:
  struct Options {
    // The service's own database and least-privileged user. Each lane has one connection.
    mysql::ConnectionOptions connection;
    int lanes = 2;
    // Commands that share a transaction, 1 to 64.
    int max_batch = 64;
    // Commands that may wait for one lane; beyond it they are refused.
    int max_queue = 1024;
    // How long a lane tries to get a command stored while the database fails, and to learn an
    // unknown outcome, when the command's own deadline is not nearer.
    absl::Duration patience = absl::Seconds(15);
    // Tells when something is recorded; deadlines are in the machine's own time. nullptr
    // means the system's.
    const Clock* clock = nullptr;
    // Name in checkpoints, for example "agreements".
    std::string service;
    // Signs checkpoints; nullptr means that none are made. Outlives the writer.
    const Signer* signer = nullptr;
    absl::Duration checkpoint_interval = absl::Seconds(30);
    // Whoever holds it signs checkpoints and forgets old requests, by the database's clock;
    // nullptr means that this process does. Outlives the writer.
    const lease::Holder* lease = nullptr;
    // File to which each checkpoint is appended as well; empty for none.
    std::string checkpoint_file;
    // How long request ids are remembered.
    absl::Duration request_retention = absl::Hours(24 * 7);
    // How often other processes' commits are looked for while somebody waits for a change.
    absl::Duration poll_interval = absl::Milliseconds(200);
    // Receives a line about what a caller does not see, such as a failed checkpoint.
    std::function<void(std::string_view)> log;
  };

  // Counts since the start.
  struct Stats {
    int64_t committed = 0;        // commands stored
    int64_t replayed = 0;         // answered from memory
    int64_t failed = 0;           // ended in a domain or other error
    int64_t transactions = 0;     // transactions committed
    int64_t reruns = 0;           // transactions run again
    int64_t unknown_commits = 0;  // COMMITs whose answer was lost
    int64_t overloaded = 0;       // commands refused
    int64_t waiting = 0;          // commands that wait now
  };

  // A lane that is frozen within a transaction, as its process may be, loses it after so long.
  static constexpr absl::Duration kIdleTransaction = absl::Seconds(5);

  // Connects, checks that the ledger's tables are there and starts the lanes.
  static absl::StatusOr<std::unique_ptr<Writer>> Start(Options options);

  // Drains.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Runs the command and returns when it is stored, or why it is not. The command's functions
  // may refer to the caller's stack: none is called after the return.
  //   a domain error of `run`           nothing of the command is stored; not remembered
  //   INVALID_ARGUMENT REQUEST_ID_REUSED  the request id was used with another body or method
  //   RESOURCE_EXHAUSTED                the lane's queue is full; RetryInfo says when to retry
  //   DEADLINE_EXCEEDED, CANCELLED      nothing is stored: too late, or the caller has left
  //   UNAVAILABLE DATABASE_UNAVAILABLE  nothing is stored, the database cannot be reached
  //   UNAVAILABLE OUTCOME_UNKNOWN       it may be stored; a repeat with the same request id tells
  //   UNAVAILABLE DRAINING              the process is about to end
  absl::StatusOr<Committed> Commit(Command command);

  // The same without waiting. `done` is called once, on a lane's thread or, for a command
  // that is refused, on this one; it must not block.
  void CommitAsync(Command command, std::function<void(absl::StatusOr<Committed>)> done);

  // The newest head that this process knows of, from its own commits or from polling.
  Head head() const;

  // Waits until the known head's position is greater than `position`, or the deadline; true
  // for the former. Commits of other processes are seen within the poll interval.
  bool WaitForChange(int64_t position, absl::Time deadline);

  // Calls `listener` on some thread of the writer whenever the known head has moved, until
  // the returned handle is destroyed; no call is running any more then. It must not block.
  std::shared_ptr<void> OnChange(std::function<void()> listener);

  // The trace of the request whose last record stands at this position, when this process has
  // stored it and still remembers; for the feed.
  std::optional<TraceContext> TraceAt(int64_t position) const;

  Stats stats() const;

  // Refuses new commands, finishes those accepted, signs a last checkpoint and ends the
  // threads. May be called again.
  void Drain();

 private:
  class Impl;
  explicit Writer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_WRITER_H_
