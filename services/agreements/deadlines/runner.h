// The worker that lets time pass for obligations: it follows the working-day calendar and takes
// the steps of escalation. It closes nothing.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RUNNER_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RUNNER_H_

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/access/snapshot.h"
#include "common/lease/holder.h"
#include "common/ledger/writer.h"
#include "common/time/clock.h"
#include "common/time/work_calendar.h"
#include "services/agreements/deadlines/move_listener.h"
#include "services/agreements/deadlines/runner_store.h"

namespace phoihop::agreements {

// Of several replicas the one that holds the lease works, and shows its fence in each
// transaction. Beyond that any number may run at once: each looks for what is to be done,
// locks it, looks again, and records what it did in one transaction; so whatever is done is done
// once, and what a worker that died left over the next one does. Everything is written through
// the ledger, by `services/agreements`.
class Runner {
 public:
  struct Options {
    // All outlive the runner.
    const RunnerStore* store = nullptr;
    ledger::Writer* writer = nullptr;
    const access::SnapshotSource* snapshots = nullptr;
    // Says which day it is: the lease's clock where there are several replicas.
    const Clock* clock = SystemClock();
    // Without one it works always.
    const lease::Holder* lease = nullptr;
    // Between two rounds of the thread.
    absl::Duration interval = absl::Seconds(5);
    // Obligations of one transaction, and transactions of one kind in one round.
    int batch = 100;
    int max_batches = 100;
    absl::Duration keep_changes = absl::Hours(24 * 7);
    absl::Duration keep_notices = absl::Hours(24 * 366);
    // For how long a calendar of an older revision, or another one of the same, must be seen until
    // it is the directory that was restored and not a replica that is slow to hear of a newer one;
    // longer than snapshots may be stale.
    absl::Duration restore_patience = absl::Minutes(2);
    // Rooms that keep copies of due days.
    MoveListener on_moved = {};
  };

  // What a round did.
  struct Round {
    // Due days that another calendar moved.
    int moved = 0;
    // Steps of escalation that somebody was told of.
    int fired = 0;
    // Rows of figures that were brought to today.
    int rolled = 0;
    // Obligations of which watchers were told that they are overdue.
    int passed = 0;
    // Nothing was done, since another replica works.
    bool left_to_another = false;
  };

  explicit Runner(Options options) : options_(options) {}
  // Stops.
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Runs rounds on a thread of its own until Stop().
  void Start();
  // Ends after the transaction that is under way. May be called again.
  void Stop();

  // One round, if the lease is held. An error leaves what was committed before it; the next round
  // goes on.
  absl::StatusOr<Round> RunOnce();

 private:
  using Body = std::function<absl::Status(ledger::Transaction&)>;

  void Loop();
  bool stopping();
  absl::Status Commit(const std::string& what, const Body& body);
  // Notes which calendar due days follow. After a restore of the directory has every open due day
  // computed anew.
  absl::Status FollowCalendar(const WorkCalendar& calendar);
  // One batch of a kind; how many obligations it looked at that it has brought on.
  absl::StatusOr<int> TellPassed(absl::CivilDay today);
  absl::StatusOr<int> Move(const access::Snapshot& snapshot, absl::CivilDay today, Round& round);
  absl::StatusOr<int> Escalate(const access::Snapshot& snapshot, int handled, absl::CivilDay today,
                               Round& round);
  absl::StatusOr<int> Roll(absl::CivilDay today);
  absl::Status CleanUp(absl::CivilDay today);
  // Repeats a batch until nothing is left or the round's share is done; whether nothing is left.
  absl::StatusOr<bool> Repeat(const std::function<absl::StatusOr<int>()>& batch);

  const Options options_;
  // Of the round that is under way.
  lease::Fence fence_;
  std::optional<absl::CivilDay> cleaned_up_;
  // An unexpected calendar and since when it is seen, by the machine's own clock.
  std::string unexpected_calendar_;
  absl::Time unexpected_since_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_RUNNER_H_
