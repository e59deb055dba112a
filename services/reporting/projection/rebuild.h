// Counting the projection again, from the first record of every feed.
#ifndef PHOIHOP_SERVICES_REPORTING_PROJECTION_REBUILD_H_
#define PHOIHOP_SERVICES_REPORTING_PROJECTION_REBUILD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/reporting/projection/feeds.h"
#include "services/reporting/store/projection_store.h"

namespace phoihop::reporting {

// One rebuild, running in threads of its own: counts into a new generation beside the one in
// use, compares both at the same positions, takes the new one and deletes the old one. What
// is in use goes on being followed and read meanwhile. Destroying it gives the rebuild up.
class Rebuild {
 public:
  struct Options {
    // How long another process waits before it takes over from one that crashed.
    absl::Duration lease = absl::Seconds(30);
    // Time for all of it.
    absl::Duration limit = absl::Hours(6);
    // Called whenever the progress has changed, on any thread; must be quick. May be empty.
    std::function<void()> on_change;
  };

  struct Progress {
    // Positions passed, of all feeds together, and those to pass as far as is known.
    int64_t records_done = 0;
    int64_t records_total = 0;
    bool finished = false;
    // Of the whole, when it is finished.
    absl::Status status;
    Comparison comparison;
  };

  // Starts. FAILED_PRECONDITION with the reason REBUILD_RUNNING while there is another one.
  // Store and feeds outlive this. `owner` is unique to this rebuild.
  static absl::StatusOr<std::unique_ptr<Rebuild>> Start(ProjectionStore& store, Feeds& feeds,
                                                        std::string owner, Options options);
  ~Rebuild();
  Rebuild(const Rebuild&) = delete;
  Rebuild& operator=(const Rebuild&) = delete;

  Progress progress() const;

 private:
  Rebuild(ProjectionStore& store, Feeds& feeds, std::string owner, int64_t generation,
          Options options);
  void Run();
  absl::StatusOr<Comparison> Work();
  void RenewLease();
  // Lets the recount go on to these positions, and no further.
  void SetTargets(const std::vector<SourcePosition>& positions);
  // Waits until the recount has reached these positions.
  absl::Status AwaitPositions(const std::vector<SourcePosition>& positions, absl::Time deadline);
  absl::StatusOr<int64_t> OnBatch(const std::string& service, const FeedBatch& batch);
  void Fail(absl::Status status);
  void Changed();

  ProjectionStore& store_;
  Feeds& feeds_;
  const std::string owner_;
  const int64_t generation_;
  const Options options_;
  const absl::Time deadline_;

  mutable absl::Mutex mutex_;
  std::map<std::string, int64_t> reached_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int64_t> targets_ ABSL_GUARDED_BY(mutex_);
  // Why it was given up; OK while it was not.
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status result_ ABSL_GUARDED_BY(mutex_);
  Comparison comparison_ ABSL_GUARDED_BY(mutex_);

  std::thread worker_;
  std::thread renewer_;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_PROJECTION_REBUILD_H_
