#ifndef PHOIHOP_COMMON_LEDGER_LANE_H_
#define PHOIHOP_COMMON_LEDGER_LANE_H_

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/ledger/batch.h"
#include "common/ledger/work.h"
#include "common/mysql/connection.h"
#include "common/mysql/transaction.h"
#include "common/telemetry/metrics.h"
#include "common/time/clock.h"

namespace phoihop::ledger {

// One write lane: a queue, a thread and a connection. Private to common/ledger.
class Lane {
 public:
  struct Options {
    mysql::ConnectionOptions connection;
    int max_batch = 64;
    int max_queue = 1024;
    absl::Duration patience = absl::Seconds(15);
    const Clock* clock = nullptr;
    Counters* counters = nullptr;
    // Called with a root that somebody outside holds locked.
    std::function<void(const std::string& root)> hold;
    // Moves the work to another lane when its root has gone there, and says so; empty in the
    // lane for held roots.
    std::function<bool(const WorkPtr&)> elsewhere;
    // Called before a work's answer is given.
    std::function<void(const Work&)> answered;
    // Called with the works of each transaction that was committed, before `moved`.
    std::function<void(const std::vector<WorkPtr>&)> stored;
    // Called with the head after each transaction that moved it.
    std::function<void(const Head&)> moved;
    std::function<void(std::string_view)> log;
  };

  // Starts the thread. The connection is opened when it is first needed.
  explicit Lane(Options options);
  // Drains.
  ~Lane();

  enum class Pushed { kYes, kFull, kDraining };
  // Puts a work at the end of the queue.
  Pushed Push(WorkPtr work);

  // Takes no more, finishes what waits and ends the thread.
  void Drain();

  int waiting() const;

  // True when it has been at one batch for longer than `limit`.
  bool BusyFor(absl::Duration limit) const { return busy() > limit; }

  // How long it has been at the batch at hand; zero when there is none.
  absl::Duration busy() const;

 private:
  void Loop();
  std::vector<WorkPtr> Take();
  // Leaves out what has expired, and hangs repeats to the first with their key.
  std::vector<WorkPtr> Sort(std::vector<WorkPtr> taken);
  void RunBatch(std::vector<WorkPtr> works);
  // `impatient`: another work of its batch has waited for a lock already.
  void RunAlone(const WorkPtr& work, bool impatient = false);
  // After an attempt that waited too long for a lock: moves the works of that root away, and
  // returns whether there were any.
  bool MoveHeld(std::vector<WorkPtr>& works);
  Attempt Try(const std::vector<WorkPtr>& works, absl::Status& cause, bool impatient);
  absl::Status Connect();

  // Answers the works whose requests are remembered and returns the others.
  absl::StatusOr<std::vector<WorkPtr>> AnswerRemembered(const std::vector<WorkPtr>& works);
  void AnswerFrom(const WorkPtr& work, const Remembered& remembered);
  // Answers with the work's own result, and its repeats with it.
  void AnswerStored(const WorkPtr& work);
  void Answer(const WorkPtr& work, absl::StatusOr<Committed> result);
  void Log(const std::string& text);

  const Options options_;
  std::unique_ptr<mysql::Connection> db_;
  // Repeats whose first ended in an error: to be run after this round.
  std::vector<WorkPtr> again_;
  // When the batch at hand was taken, in microseconds; 0 when there is none.
  std::atomic<int64_t> busy_since_ = 0;

  mutable absl::Mutex mutex_;
  std::deque<WorkPtr> queue_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  Histogram batch_commands_;
  Histogram batch_seconds_;
  std::thread thread_;
};

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_LANE_H_
