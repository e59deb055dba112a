#include "services/reporting/projection/live.h"

#include <algorithm>
#include <utility>

#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"

namespace phoihop::reporting {
namespace {

// One batch or change of epoch; the feed is held up meanwhile, and taken up again after it.
constexpr absl::Duration kApplyLimit = absl::Seconds(20);

constexpr absl::Duration kCleanUpInterval = absl::Minutes(10);
// Deleting goes on for so long at most before it is looked whether the process is to end.
constexpr absl::Duration kCleanUpLimit = absl::Seconds(5);

absl::Status Behind() {
  return Unavailable("PROJECTION_BEHIND",
                     {"The figures do not include the newest records yet. Try again.",
                      "Số liệu chưa bao gồm các bản ghi mới nhất. Vui lòng thử lại."});
}

}  // namespace

absl::StatusOr<std::unique_ptr<LiveProjection>> LiveProjection::Start(ProjectionStore& store,
                                                                      Feeds& feeds,
                                                                      absl::Time deadline) {
  ASSIGN_OR_RETURN(const std::vector<SourcePosition> positions, store.Positions(deadline));
  std::unique_ptr<LiveProjection> live(new LiveProjection(store, feeds));
  {
    absl::MutexLock lock(&live->mutex_);
    for (const SourcePosition& position : positions) {
      live->positions_[position.service] = position;
    }
  }
  for (const SourcePosition& position : positions) live->Follow(position);
  live->cleaner_ = std::thread([raw = live.get()] { raw->CleanUp(); });
  return live;
}

LiveProjection::~LiveProjection() {
  subscriptions_.clear();
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (cleaner_.joinable()) cleaner_.join();
}

void LiveProjection::Follow(const SourcePosition& from) {
  subscriptions_[from.service] = feeds_.Follow(
      from, {.on_batch = [this, service = from.service](
                             const FeedBatch& batch) { return OnBatch(service, batch); },
             .on_epoch = [this, service = from.service](
                             std::string_view epoch) { return OnEpoch(service, epoch); }});
}

absl::StatusOr<int64_t> LiveProjection::OnBatch(const std::string& service,
                                                const FeedBatch& batch) {
  {
    absl::MutexLock lock(&mutex_);
    const SourcePosition& known = positions_[service];
    // A heartbeat, or what another process, or a recount, has brought in before.
    if (known.epoch == batch.epoch && known.position >= batch.position) return batch.position;
  }
  absl::StatusOr<int64_t> reached = store_.Apply(service, batch, absl::Now() + kApplyLimit);
  if (!reached.ok()) {
    LogWarning("a batch was not applied",
               {{"source", service}, {"error", reached.status().message()}});
    return reached;
  }
  GetGauge("phoihop_reporting_feed_lag_records", "Records of a feed that are not included yet",
           {{"source", service}})
      .Set(static_cast<double>(std::max<int64_t>(0, batch.head_position - *reached)));
  absl::MutexLock lock(&mutex_);
  positions_[service] = {service, batch.epoch, *reached};
  return std::min(*reached, batch.position);
}

absl::Status LiveProjection::OnEpoch(const std::string& service, std::string_view epoch) {
  LogWarning("a feed has another epoch: it is counted from its beginning",
             {{"source", service}, {"epoch", epoch}});
  RETURN_IF_ERROR(store_.StartOver(service, epoch, absl::Now() + kApplyLimit));
  absl::MutexLock lock(&mutex_);
  positions_[service] = {service, std::string(epoch), 0};
  clean_up_ = true;
  return absl::OkStatus();
}

std::vector<LiveProjection::Feed> LiveProjection::feeds() const {
  std::vector<Feed> result;
  absl::MutexLock lock(&mutex_);
  for (const auto& [service, position] : positions_) {
    Feed feed{position, position.position, false};
    if (const auto found = subscriptions_.find(service); found != subscriptions_.end()) {
      const FeedSubscription::State state = found->second->state();
      feed.head_position = std::max(state.head_position, position.position);
      feed.connected = state.connected;
    }
    result.push_back(std::move(feed));
  }
  return result;
}

absl::StatusOr<std::vector<SourcePosition>> LiveProjection::WaitForHeads(
    absl::Time deadline) const {
  std::vector<SourcePosition> heads;
  for (const std::string_view service : kServices) {
    absl::StatusOr<SourcePosition> head = feeds_.Head(service, deadline);
    if (!head.ok()) {
      LogWarning("a source does not tell its newest position",
                 {{"source", service}, {"error", head.status().message()}});
      return Behind();
    }
    heads.push_back(*std::move(head));
  }
  const auto reached = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    for (const SourcePosition& head : heads) {
      const auto known = positions_.find(head.service);
      if (known == positions_.end() || known->second.position < head.position) return false;
      // An empty ledger may not have been heard of yet: nothing of it is missing.
      if (known->second.epoch != head.epoch && head.position > 0) return false;
    }
    return true;
  };
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithDeadline(absl::Condition(&reached), deadline)) return Behind();
  return heads;
}

void LiveProjection::CleanUpSoon() {
  absl::MutexLock lock(&mutex_);
  clean_up_ = true;
}

void LiveProjection::CleanUp() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto wanted = [this]()
                              ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return clean_up_ || stopping_; };
      mutex_.AwaitWithTimeout(absl::Condition(&wanted), kCleanUpInterval);
      if (stopping_) return;
      clean_up_ = false;
    }
    const auto deleted = store_.DropUnused(absl::Now() + kCleanUpLimit);
    if (absl::IsDeadlineExceeded(deleted.status())) {
      CleanUpSoon();
    } else if (!deleted.ok()) {
      LogWarning("unused rows were not deleted", {{"error", deleted.status().message()}});
    } else if (*deleted > 0) {
      LogInfo("deleted unused rows of the projection", {{"rows", *deleted}});
    }
  }
}

}  // namespace phoihop::reporting
