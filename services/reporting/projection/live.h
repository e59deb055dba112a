// Keeps the projection in use up to date.
#ifndef PHOIHOP_SERVICES_REPORTING_PROJECTION_LIVE_H_
#define PHOIHOP_SERVICES_REPORTING_PROJECTION_LIVE_H_

#include <cstdint>
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
#include "services/reporting/domain/rows.h"
#include "services/reporting/projection/feeds.h"
#include "services/reporting/store/projection_store.h"

namespace phoihop::reporting {

// Follows all feeds into the projection in use, and deletes what rebuilds and restores left
// behind. Several processes may do so at once on one database: each applies what is missing.
class LiveProjection {
 public:
  // How far one feed is.
  struct Feed {
    SourcePosition position;
    int64_t head_position = 0;
    bool connected = false;
  };

  // Goes on where the store is. Store and feeds outlive this.
  static absl::StatusOr<std::unique_ptr<LiveProjection>> Start(ProjectionStore& store, Feeds& feeds,
                                                               absl::Time deadline);
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
  LiveProjection(ProjectionStore& store, Feeds& feeds) : store_(store), feeds_(feeds) {}
  void Follow(const SourcePosition& from);
  absl::StatusOr<int64_t> OnBatch(const std::string& service, const FeedBatch& batch);
  absl::Status OnEpoch(const std::string& service, std::string_view epoch);
  void CleanUp();

  ProjectionStore& store_;
  Feeds& feeds_;
  mutable absl::Mutex mutex_;
  std::map<std::string, SourcePosition> positions_ ABSL_GUARDED_BY(mutex_);
  bool clean_up_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::unique_ptr<FeedSubscription>> subscriptions_;
  std::thread cleaner_;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_PROJECTION_LIVE_H_
