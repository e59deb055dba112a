#ifndef PHOIHOP_COMMON_LEDGER_WORK_H_
#define PHOIHOP_COMMON_LEDGER_WORK_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/cancel/cancellation.h"
#include "common/ledger/command.h"
#include "common/ledger/record.h"
#include "common/ledger/request_memory.h"
#include "common/telemetry/trace.h"

// A command on its way. Private to common/ledger.
namespace phoihop::ledger {

struct Work {
  enum State { kWaiting, kStarted, kAbandoned };

  Command command;
  std::function<void(absl::StatusOr<Committed>)> done;
  RequestKey key;
  std::string body_hash;
  // Decides about the lane.
  std::string root;
  // Of the request; empty for work that nobody has asked for.
  TraceContext trace;
  // Ends the command's statements when the caller leaves; null when nobody can.
  std::shared_ptr<Cancellation> cancellation;

  // kWaiting -> kStarted by the lane, kWaiting -> kAbandoned by a caller that has given up and
  // listens to no answer any more.
  std::atomic<State> state = kWaiting;

  // The command's functions may refer to the caller's stack: they are called with this lock
  // held, and never after the caller has left.
  absl::Mutex calling;
  bool left ABSL_GUARDED_BY(calling) = false;

  // The last attempt ended because somebody else held a lock that this work waited for.
  bool held = false;

  // A COMMIT with this work in it was sent and never answered.
  bool maybe_stored = false;

  // Of the current attempt.
  absl::Status error;  // a domain error
  std::string response;
  std::vector<Record> records;
  int64_t position = 0;

  // Others with the same key that wait for this one's answer.
  std::vector<std::shared_ptr<Work>> repeats;

  bool TakeUp() {
    State expected = kWaiting;
    return state.compare_exchange_strong(expected, kStarted);
  }
  bool Abandon() {
    State expected = kWaiting;
    return state.compare_exchange_strong(expected, kAbandoned);
  }
  // For a caller that gives up on work that was started: waits for a call that is running.
  void Leave() {
    absl::MutexLock lock(&calling);
    left = true;
  }
  void StartAttempt() {
    held = false;
    error = absl::OkStatus();
    response.clear();
    records.clear();
    position = 0;
  }
};

using WorkPtr = std::shared_ptr<Work>;

// Counts, see Writer::Stats.
struct Counters {
  std::atomic<int64_t> committed = 0, replayed = 0, failed = 0, transactions = 0, reruns = 0,
                       unknown_commits = 0, overloaded = 0;
};

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_WORK_H_
