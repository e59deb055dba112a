#include "services/reporting/projection/live.h"

#include <algorithm>
#include <utility>

#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"

namespace phoihop::reporting {
namespace {

// One batch or change of epoch; the feed is held up meanwhile, and taken up again after it.
constexpr absl::Duration kApplyLimit = absl::Seconds(20);

// How often the lease is asked, and where another replica follows, the store; and while somebody
// waits there.
constexpr absl::Duration kSteerInterval = absl::Milliseconds(200);
constexpr absl::Duration kHurriedInterval = absl::Milliseconds(10);
constexpr absl::Duration kLookLimit = absl::Seconds(5);
constexpr absl::Duration kLookedJustNow = absl::Seconds(5);

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
                                                                      absl::Time deadline,
                                                                      const lease::Holder* lease) {
  std::unique_ptr<LiveProjection> live(new LiveProjection(store, feeds, lease));
  RETURN_IF_ERROR(live->ReadPositions(deadline));
  live->Steer(deadline);
  LiveProjection* const raw = live.get();
  if (lease != nullptr) live->steerer_ = std::thread([raw] { raw->SteerOn(); });
  live->cleaner_ = std::thread([raw] { raw->CleanUp(); });
  return live;
}

LiveProjection::~LiveProjection() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (steerer_.joinable()) steerer_.join();
  Subscriptions ending;
  {
    absl::MutexLock lock(&mutex_);
    ending.swap(subscriptions_);
  }
  ending.clear();
  if (cleaner_.joinable()) cleaner_.join();
}

std::optional<lease::Fence> LiveProjection::FenceNow() const {
  return lease_ == nullptr ? lease::Fence() : lease_->fence();
}

absl::Status LiveProjection::ReadPositions(absl::Time deadline) {
  ASSIGN_OR_RETURN(const std::vector<SourcePosition> positions, store_.Positions(deadline));
  absl::MutexLock lock(&mutex_);
  for (const SourcePosition& position : positions) positions_[position.service] = position;
  looked_ = absl::Now();
  return absl::OkStatus();
}

void LiveProjection::Steer(absl::Time deadline) {
  const std::optional<lease::Fence> fence = FenceNow();
  if (token_.has_value() && (!fence.has_value() || fence->token() != *token_)) {
    LogInfo("the projection is left to another replica");
    token_.reset();
    Subscriptions ending;
    {
      absl::MutexLock lock(&mutex_);
      ending.swap(subscriptions_);
    }
    // Waits for a batch that is on its way; its fence decides what becomes of it.
    ending.clear();
  }
  if (token_.has_value()) return;
  // Read after the lease was seen, so they include what the former holder has written. When they
  // cannot be read it is tried again soon.
  if (!ReadPositions(deadline).ok() || !fence.has_value()) return;
  Follow(*fence);
  token_ = fence->token();
}

void LiveProjection::SteerOn() {
  while (true) {
    bool hurried = false;
    {
      absl::MutexLock lock(&mutex_);
      const auto hurry = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || (waiters_ > 0 && subscriptions_.empty());
      };
      hurried = mutex_.AwaitWithTimeout(absl::Condition(&hurry), kSteerInterval);
      if (stopping_) return;
    }
    if (hurried) absl::SleepFor(kHurriedInterval);
    Steer(absl::Now() + kLookLimit);
  }
}

void LiveProjection::Follow(const lease::Fence& fence) {
  std::map<std::string, SourcePosition> from;
  {
    absl::MutexLock lock(&mutex_);
    from = positions_;
  }
  Subscriptions begun;
  for (const auto& [service, position] : from) {
    begun[service] = feeds_.Follow(
        position,
        {.on_batch = [this, fence, service = position.service](
                         const FeedBatch& batch) { return OnBatch(fence, service, batch); },
         .on_epoch = [this, fence, service = position.service](
                         std::string_view epoch) { return OnEpoch(fence, service, epoch); }});
  }
  absl::MutexLock lock(&mutex_);
  subscriptions_ = std::move(begun);
}

absl::StatusOr<int64_t> LiveProjection::OnBatch(const lease::Fence& fence,
                                                const std::string& service,
                                                const FeedBatch& batch) {
  {
    absl::MutexLock lock(&mutex_);
    const SourcePosition& known = positions_[service];
    // A heartbeat, or what another process, or a recount, has brought in before.
    if (known.epoch == batch.epoch && known.position >= batch.position) return batch.position;
  }
  absl::StatusOr<int64_t> reached = store_.Apply(service, batch, absl::Now() + kApplyLimit, fence);
  if (!reached.ok()) {
    LogWarning("a batch was not applied",
               {{"source", service}, {"error", reached.status().message()}});
    return reached;
  }
  absl::MutexLock lock(&mutex_);
  positions_[service] = {service, batch.epoch, *reached};
  return std::min(*reached, batch.position);
}

absl::Status LiveProjection::OnEpoch(const lease::Fence& fence, const std::string& service,
                                     std::string_view epoch) {
  LogWarning("a feed has another epoch: it is counted from its beginning",
             {{"source", service}, {"epoch", epoch}});
  RETURN_IF_ERROR(store_.StartOver(service, epoch, absl::Now() + kApplyLimit, fence));
  absl::MutexLock lock(&mutex_);
  positions_[service] = {service, std::string(epoch), 0};
  clean_up_ = true;
  return absl::OkStatus();
}

std::vector<LiveProjection::Feed> LiveProjection::feeds() const {
  std::vector<Feed> result;
  absl::MutexLock lock(&mutex_);
  for (const auto& [service, position] : positions_) {
    Feed feed{position, position.position,
              subscriptions_.empty() && absl::Now() - looked_ < kLookedJustNow};
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
  ++waiters_;
  const bool included = mutex_.AwaitWithDeadline(absl::Condition(&reached), deadline);
  --waiters_;
  if (!included) return Behind();
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
    if (!FenceNow().has_value()) continue;
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
