#include "common/ledger/follow.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/rpc/status.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/operation.h"
#include "common/telemetry/trace.h"
#include "phoihop/ledger/v1/ledger.grpc.pb.h"

namespace phoihop::ledger {
namespace {

// One stream, read one message at a time with a limit on the wait. Reads are started outside
// of gRPC's reactions, so a hold keeps the call alive between them: without it the call may
// end, and be freed, while no read is under way, and the next one touches freed memory.
class Stream : public grpc::ClientReadReactor<v1::FollowResponse> {
 public:
  Stream(v1::LedgerService::Stub& stub, const v1::FollowRequest& request, const std::string& bearer)
      : request_(request) {
    if (!bearer.empty()) context_.AddMetadata("authorization", "Bearer " + bearer);
    // Found in the log of the other side, which writes a line when the stream ends.
    context_.AddMetadata("traceparent", TraceContext::New().ToHeader());
    stub.async()->Follow(&context_, &request_, this);
    AddHold();
    StartRead(&response_);
    StartCall();
  }

  ~Stream() override {
    context_.TryCancel();
    Release();
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&done_));
  }

  // The next message; its storage is good until Continue. An error ends the stream;
  // DEADLINE_EXCEEDED when nothing came in time.
  absl::StatusOr<const v1::FollowResponse*> Read(absl::Duration limit) {
    absl::MutexLock lock(&mutex_);
    const auto something = [this]()
                               ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return arrived_ || done_; };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&something), limit)) {
      return absl::DeadlineExceededError("the feed is silent");
    }
    if (arrived_) return &response_;
    if (status_.ok()) return absl::UnavailableError("the feed has ended");
    return rpc::FromGrpcStatus(status_);
  }

  void Continue() {
    {
      absl::MutexLock lock(&mutex_);
      arrived_ = false;
    }
    StartRead(&response_);
  }

  // Makes a waiting Read return.
  void Cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      arrived_ = ok;
    }
    // Nothing more will be read: let the call end.
    if (!ok) Release();
  }

  void OnDone(const grpc::Status& status) override {
    absl::MutexLock lock(&mutex_);
    status_ = status;
    done_ = true;
  }

 private:
  void Release() {
    if (held_.exchange(false)) RemoveHold();
  }

  const v1::FollowRequest request_;
  grpc::ClientContext context_;
  std::atomic<bool> held_ = true;
  v1::FollowResponse response_;
  absl::Mutex mutex_;
  bool arrived_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

class Follower::Impl {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)), stub_(v1::LedgerService::NewStub(options_.channel)) {
    state_.epoch = options_.epoch;
    state_.position = options_.position;
    if (!options_.name.empty()) Export();
    thread_ = std::thread([this] { Loop(); });
  }

  ~Impl() {
    exported_.reset();
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      if (stream_ != nullptr) stream_->Cancel();
    }
    thread_.join();
  }

  State state() const {
    absl::MutexLock lock(&mutex_);
    return state_;
  }

  bool WaitForPosition(int64_t position, absl::Time deadline) const {
    absl::MutexLock lock(&mutex_);
    const auto there = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return state_.position >= position || stopping_;
    };
    mutex_.AwaitWithDeadline(absl::Condition(&there), deadline);
    return state_.position >= position;
  }

 private:
  void Loop() {
    absl::BitGen random;
    absl::Duration wait = options_.initial_backoff;
    while (true) {
      bool progress = false;
      const absl::Status status = FollowOnce(progress);
      absl::MutexLock lock(&mutex_);
      state_.connected = false;
      stream_ = nullptr;
      if (stopping_) return;
      if (options_.on_break) {
        mutex_.Unlock();
        options_.on_break(status);
        mutex_.Lock();
      }
      wait = progress ? options_.initial_backoff : std::min(wait * 2, options_.max_backoff);
      mutex_.AwaitWithTimeout(absl::Condition(&stopping_), wait * absl::Uniform(random, 0.5, 1.0));
      if (stopping_) return;
    }
  }

  // Follows until something breaks. `progress` is set once a message was handled.
  absl::Status FollowOnce(bool& progress) {
    v1::FollowRequest request;
    {
      absl::MutexLock lock(&mutex_);
      if (!start_over_) {
        request.set_epoch(state_.epoch);
        request.set_after_position(state_.position);
      }
    }
    for (const std::string& type : options_.resource_types) request.add_resource_types(type);
    Stream stream(*stub_, request, options_.bearer ? options_.bearer() : "");
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return absl::CancelledError("stopping");
      stream_ = &stream;
    }
    const absl::Status status = ReadAll(stream, progress);
    absl::MutexLock lock(&mutex_);
    stream_ = nullptr;
    if (ErrorReason(status) == "FEED_EPOCH_CHANGED") start_over_ = true;
    return status;
  }

  absl::Status ReadAll(Stream& stream, bool& progress) {
    while (true) {
      ASSIGN_OR_RETURN(const v1::FollowResponse* response, stream.Read(options_.silence_limit));
      RETURN_IF_ERROR(Handle(*response));
      progress = true;
      stream.Continue();
    }
  }

  void Export() {
    const MetricLabels labels = {{"feed", options_.name}};
    Gauge lag =
        GetGauge("phoihop_feed_lag_records",
                 "Positions of another service's ledger that are not stored here yet.", labels);
    Gauge silence =
        GetGauge("phoihop_feed_seconds_since_message",
                 "How long another service's feed has been silent; it has heartbeats.", labels);
    exported_ = BeforeScrape([this, lag, silence, started = absl::Now()]() mutable {
      const State now = state();
      lag.Set(static_cast<double>(std::max<int64_t>(0, now.head_position - now.position)));
      silence.Set(absl::ToDoubleSeconds(absl::Now() - std::max(started, now.heard)));
    });
  }

  absl::Status Handle(const v1::FollowResponse& response) {
    const TraceContext trace = TraceContext::Parse(response.traceparent()).value_or(TraceContext());
    const ScopedTrace traced(trace);
    const ScopedOperation operation("feed");
    bool other_epoch = false;
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return absl::CancelledError("stopping");
      other_epoch = start_over_ || (!state_.epoch.empty() && state_.epoch != response.epoch());
    }
    if (other_epoch) {
      if (options_.on_epoch) RETURN_IF_ERROR(options_.on_epoch(response.epoch()));
      absl::MutexLock lock(&mutex_);
      state_.epoch = response.epoch();
      state_.position = 0;
      // This stream began at 0 only if it was opened for that.
      if (!std::exchange(start_over_, false)) return absl::AbortedError("start over");
    }
    ASSIGN_OR_RETURN(const int64_t stored, options_.on_batch(response));
    absl::MutexLock lock(&mutex_);
    state_.epoch = response.epoch();
    state_.position = stored;
    state_.head_position = response.head_position();
    state_.heard = absl::Now();
    state_.connected = true;
    if (stored != response.position()) {
      return absl::AbortedError(absl::StrCat("stored up to ", stored, " of ", response.position()));
    }
    return absl::OkStatus();
  }

  const Options options_;
  const std::unique_ptr<v1::LedgerService::Stub> stub_;
  mutable absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_);
  // The other ledger has a new epoch, which the owner has not been told yet.
  bool start_over_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Stream* stream_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::shared_ptr<void> exported_;
  std::thread thread_;
};

Follower::Follower(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Follower::~Follower() = default;

std::unique_ptr<Follower> Follower::Start(Options options) {
  return std::unique_ptr<Follower>(new Follower(std::make_unique<Impl>(std::move(options))));
}

Follower::State Follower::state() const { return impl_->state(); }

bool Follower::WaitForPosition(int64_t position, absl::Time deadline) const {
  return impl_->WaitForPosition(position, deadline);
}

}  // namespace phoihop::ledger
