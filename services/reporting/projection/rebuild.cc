#include "services/reporting/projection/rebuild.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"

namespace phoihop::reporting {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

// One batch.
constexpr absl::Duration kApplyLimit = absl::Seconds(20);
// Catching up while the projection in use stands still: less than a lock wait.
constexpr absl::Duration kTakeLimit = absl::Seconds(3);
// Catching up while a snapshot is held.
constexpr absl::Duration kCompareCatchUp = absl::Minutes(5);
// Ending the lease and deleting the old generation.
constexpr absl::Duration kEndLimit = absl::Seconds(30);
// Comparing and taking are tried again after an interruption, such as a change of epoch.
constexpr int kAttempts = 10;
constexpr absl::Duration kBetweenAttempts = absl::Milliseconds(200);

}  // namespace

absl::StatusOr<std::unique_ptr<Rebuild>> Rebuild::Start(ProjectionStore& store, Feeds& feeds,
                                                        std::string owner, Options options) {
  ASSIGN_OR_RETURN(const int64_t generation,
                   store.BeginRebuild(owner, options.lease, absl::Now() + kApplyLimit));
  std::unique_ptr<Rebuild> rebuild(
      new Rebuild(store, feeds, std::move(owner), generation, std::move(options)));
  rebuild->renewer_ = std::thread([raw = rebuild.get()] { raw->RenewLease(); });
  rebuild->worker_ = std::thread([raw = rebuild.get()] { raw->Run(); });
  return rebuild;
}

Rebuild::Rebuild(ProjectionStore& store, Feeds& feeds, std::string owner, int64_t generation,
                 Options options)
    : store_(store),
      feeds_(feeds),
      owner_(std::move(owner)),
      generation_(generation),
      options_(std::move(options)),
      deadline_(absl::Now() + options_.limit) {
  for (const std::string_view service : kServices) {
    reached_[std::string(service)] = 0;
    targets_[std::string(service)] = 0;
  }
}

Rebuild::~Rebuild() {
  Fail(absl::CancelledError("the rebuild was given up"));
  worker_.join();
  renewer_.join();
}

Rebuild::Progress Rebuild::progress() const {
  absl::MutexLock lock(&mutex_);
  Progress progress;
  for (const auto& [service, position] : reached_) {
    progress.records_done += position;
    const int64_t target = targets_.at(service);
    progress.records_total += target == kNoLimit ? position : std::max(target, position);
  }
  progress.finished = finished_;
  progress.status = result_;
  progress.comparison = comparison_;
  return progress;
}

void Rebuild::Changed() {
  if (options_.on_change) options_.on_change();
}

void Rebuild::Fail(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  if (failure_.ok()) failure_ = std::move(status);
}

void Rebuild::SetTargets(const std::vector<SourcePosition>& positions) {
  absl::MutexLock lock(&mutex_);
  for (const SourcePosition& position : positions) {
    int64_t& target = targets_[position.service];
    target = std::max(target, position.position);
  }
}

absl::Status Rebuild::AwaitPositions(const std::vector<SourcePosition>& positions,
                                     absl::Time deadline) {
  const auto there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    if (!failure_.ok()) return true;
    return std::all_of(positions.begin(), positions.end(), [&](const SourcePosition& position) {
      return reached_.at(position.service) >= position.position;
    });
  };
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithDeadline(absl::Condition(&there), deadline)) {
    return Unavailable("REBUILD_BEHIND",
                       {"The recount did not reach the feeds' positions in time. Try again.",
                        "Việc tính lại chưa theo kịp các nguồn dữ liệu. Vui lòng thử lại."});
  }
  return failure_;
}

absl::StatusOr<int64_t> Rebuild::OnBatch(const std::string& service, const FeedBatch& batch) {
  while (true) {
    int64_t through = 0, reached = 0;
    {
      absl::MutexLock lock(&mutex_);
      // Holds the feed up where the recount has to stand for the comparison.
      const auto may_go_on = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return !failure_.ok() || reached_.at(service) >= batch.position ||
               reached_.at(service) < targets_.at(service);
      };
      mutex_.Await(absl::Condition(&may_go_on));
      RETURN_IF_ERROR(failure_);
      reached = reached_.at(service);
      through = targets_.at(service);
    }
    if (reached >= batch.position) return reached;
    ASSIGN_OR_RETURN(
        reached, store_.ApplyTo(generation_, service, batch, through, absl::Now() + kApplyLimit));
    {
      absl::MutexLock lock(&mutex_);
      reached_[service] = reached;
    }
    Changed();
    if (reached < batch.after) return reached;
  }
}

absl::StatusOr<Comparison> Rebuild::Work() {
  std::vector<std::unique_ptr<FeedSubscription>> subscriptions;
  for (const std::string_view name : kServices) {
    const std::string service(name);
    subscriptions.push_back(feeds_.Follow(
        {service, "", 0},
        {.on_batch = [this, service](const FeedBatch& batch) { return OnBatch(service, batch); },
         .on_epoch =
             [this](std::string_view) {
               absl::Status aborted = absl::AbortedError("a feed's epoch changed meanwhile");
               Fail(aborted);
               return aborted;
             }}));
  }
  // However the work ends, a feed that is held up must not keep its subscription from ending.
  struct Release {
    Rebuild* rebuild;
    ~Release() { rebuild->Fail(absl::CancelledError("the rebuild has ended")); }
  } release{this};

  ASSIGN_OR_RETURN(std::vector<SourcePosition> positions,
                   store_.Positions(absl::Now() + kApplyLimit));
  SetTargets(positions);
  Changed();
  RETURN_IF_ERROR(AwaitPositions(positions, deadline_));

  absl::StatusOr<Comparison> comparison = absl::AbortedError("not compared");
  for (int i = 0; i < kAttempts && absl::IsAborted(comparison.status()); ++i) {
    if (i > 0) absl::SleepFor(kBetweenAttempts);
    comparison = store_.Compare(
        generation_,
        [&](const std::vector<SourcePosition>& in_use) {
          SetTargets(in_use);
          return AwaitPositions(in_use, std::min(deadline_, absl::Now() + kCompareCatchUp));
        },
        deadline_);
  }
  RETURN_IF_ERROR(comparison.status());

  for (auto& position : positions) position.position = kNoLimit;
  SetTargets(positions);
  absl::Status taken = absl::AbortedError("not taken");
  for (int i = 0; i < kAttempts && (absl::IsAborted(taken) || absl::IsUnavailable(taken)); ++i) {
    if (i > 0) absl::SleepFor(kBetweenAttempts);
    taken = store_.Take(
        generation_,
        [&](const std::vector<SourcePosition>& in_use) {
          return AwaitPositions(in_use, absl::Now() + kTakeLimit);
        },
        deadline_);
  }
  RETURN_IF_ERROR(taken);
  return comparison;
}

void Rebuild::Run() {
  absl::StatusOr<Comparison> comparison = Work();
  const absl::Time soon = absl::Now() + kEndLimit;
  // Once the lease has ended, what is not in use may be deleted: the old generation, or this
  // one when it was given up. Whoever follows the feeds clears away what is left here.
  if (const absl::Status ended = store_.EndRebuild(owner_, soon); !ended.ok()) {
    LogWarning("the rebuild's lease stays until it runs out", {{"error", ended.message()}});
  } else if (comparison.ok()) {
    if (const auto dropped = store_.DropUnused(soon); !dropped.ok()) {
      LogWarning("unused rows are deleted later", {{"error", dropped.status().message()}});
    }
  }
  if (comparison.ok()) {
    LogInfo("the projection was rebuilt", {{"generation", generation_},
                                           {"equal", comparison->equal},
                                           {"digest", comparison->new_digest}});
  } else {
    LogWarning("the projection was not rebuilt",
               {{"generation", generation_}, {"error", comparison.status().message()}});
  }
  {
    absl::MutexLock lock(&mutex_);
    finished_ = true;
    result_ = comparison.status();
    if (comparison.ok()) comparison_ = *std::move(comparison);
  }
  Changed();
}

void Rebuild::RenewLease() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&finished_), options_.lease / 3);
      if (finished_) return;
    }
    const absl::Status renewed =
        store_.RenewRebuild(owner_, options_.lease, absl::Now() + options_.lease / 3);
    // After its end the lease is gone on purpose; Fail changes nothing then.
    if (absl::IsAborted(renewed)) Fail(renewed);
  }
}

}  // namespace phoihop::reporting
