// Keeps the projection in use up to date.
#ifndef PHOIHOP_SERVICES_REPORTING_PROJECTION_LIVE_H_
#define PHOIHOP_SERVICES_REPORTING_PROJECTION_LIVE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/lease/holder.h"
#include "services/reporting/domain/rows.h"
#include "services/reporting/projection/feeds.h"
#include "services/reporting/store/projection_store.h"

namespace phoihop::reporting {

// Follows all feeds into the projection in use, and deletes what rebuilds and restores left
// behind. Of several replicas the one that holds the lease does so, and shows its fence with each
// batch: one that has lost it cannot move the cursor. The others look how far the projection is.
// Without a lease several may follow at once: each applies what is missing.
class LiveProjection {
 public:
  // How far one feed is.
  struct Feed {
    SourcePosition position;
    // Newest position heard of; that of the projection where another replica follows.
    int64_t head_position = 0;
    // Messages arrive; where another replica follows, the projection was looked at just now.
    bool connected = false;
  };

  // Goes on where the store is. Store, feeds and lease outlive this.
  static absl::StatusOr<std::unique_ptr<LiveProjection>> Start(
      ProjectionStore& store, Feeds& feeds, absl::Time deadline,
      const lease::Holder* lease = nullptr);
  ~LiveProjection();
  LiveProjection(const LiveProjection&) = delete;
  LiveProjection& operator=(const LiveProjection&) = delete;

  // In order of service.
  std::vector<Feed> feeds() const;

  // Asks each service for its newest position and waits until all of these are included, so
  // that whoever has written before sees it. Returns the positions asked; UNAVAILABLE with
  // the reason PROJECTION_BEHIND when they are not included by the deadline.
  absl::StatusOr<std::vector<SourcePosition>> WaitForHeads(absl::Time deadline) const;

  // Deletes what is unused soon, in the background.
  void CleanUpSoon();

 private:
  using Subscriptions = std::map<std::string, std::unique_ptr<FeedSubscription>>;

  LiveProjection(ProjectionStore& store, Feeds& feeds, const lease::Holder* lease)
      : store_(store), feeds_(feeds), lease_(lease) {}
  // What to show with each batch; nothing while another replica follows.
  std::optional<lease::Fence> FenceNow() const;
  // Begins to follow, goes on, or leaves it to another, as the lease says.
  void Steer(absl::Time deadline);
  void SteerOn();
  absl::Status ReadPositions(absl::Time deadline);
  void Follow(const lease::Fence& fence);
  absl::StatusOr<int64_t> OnBatch(const lease::Fence& fence, const std::string& service,
                                  const FeedBatch& batch);
  absl::Status OnEpoch(const lease::Fence& fence, const std::string& service,
                       std::string_view epoch);
  void CleanUp();

  ProjectionStore& store_;
  Feeds& feeds_;
  const lease::Holder* const lease_;
  // Of the fence with which the feeds are followed; used by the thread that steers.
  std::optional<int64_t> token_;
  mutable absl::Mutex mutex_;
  std::map<std::string, SourcePosition> positions_ ABSL_GUARDED_BY(mutex_);
  bool clean_up_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Empty while another replica follows.
  Subscriptions subscriptions_ ABSL_GUARDED_BY(mutex_);
  // When the positions were read from the store last.
  absl::Time looked_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  // Who wait for positions.
  mutable int waiters_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread steerer_;
  std::thread cleaner_;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_PROJECTION_LIVE_H_
