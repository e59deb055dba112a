#include "common/rpc/stream_call.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/rpc/bytes.h"
#include "common/rpc/status.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/telemetry/operation.h"

namespace phoihop::rpc {
namespace {

// A source that gives a hint of zero must not spin.
constexpr absl::Duration kShortestWait = absl::Milliseconds(1);
constexpr absl::Duration kLongestWait = absl::Minutes(1);

}  // namespace

StreamCall* StreamCall::Start(Core* core, Method* method, grpc::CallbackServerContext* grpc_context,
                              const grpc::ByteBuffer* request) {
  auto call = std::make_shared<StreamCall>(core, method, grpc_context, request);
  call->self_ = call;
  if (absl::Status status = core->Enter(call); !status.ok()) {
    call->End(std::move(status));
  } else if (!core->pool.TrySubmit([call] { call->Step(); }).has_value()) {
    call->End(Overloaded(core->options.retry_after));
  }
  return call.get();
}

StreamCall::StreamCall(Core* core, Method* method, grpc::CallbackServerContext* grpc_context,
                       const grpc::ByteBuffer* request)
    : core_(core),
      method_(method),
      grpc_context_(grpc_context),
      request_(*request),
      authorization_(AuthorizationOf(*grpc_context)),
      arrived_(absl::Now()),
      context_(PartsOf(*grpc_context, *method, *core)),
      position_wait_(core) {}

absl::Status StreamCall::Open() {
  ASSIGN_OR_RETURN(access::Caller caller, core_->Admit(method_->rule, authorization_));
  {
    // FinishNow() reads the caller, perhaps because the call is cancelled just now.
    absl::MutexLock lock(&mutex_);
    if (ending_.has_value()) return Cancelled();
    context_.set_caller(std::move(caller));
    // Kept as long as the stream.
    ASSIGN_OR_RETURN(permit_, core_->Permit(context_.caller(), *grpc_context_, *method_));
  }
  ASSIGN_OR_RETURN(source_, OpenSource());
  const Waker waker = source_->waker();
  // No reference is needed: End() cuts this connection before the call is gone.
  waker.Connect([this] { OnNudge(); });
  {
    absl::MutexLock lock(&mutex_);
    if (!ending_.has_value()) {
      waker_ = waker;
      return absl::OkStatus();
    }
  }
  waker.Connect(nullptr);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<MessageSource>> StreamCall::OpenSource() {
  if (method_->forward_stream) {
    next_recheck_ = absl::Now() + core_->options.recheck;
    ASSIGN_OR_RETURN(std::string request, BytesOf(request_));
    return method_->forward_stream(context_, std::move(request));
  }
  ASSIGN_OR_RETURN(message_, Parse(*method_->stream.request, request_));
  return method_->stream.handler(context_, *message_);
}

absl::Status StreamCall::Recheck() {
  // A clock that was set back must not put it off.
  const absl::Duration left = next_recheck_ - absl::Now();
  if (left > absl::ZeroDuration() && left <= core_->options.recheck) return absl::OkStatus();
  next_recheck_ = absl::Now() + core_->options.recheck;
  return core_->Admit(method_->rule, authorization_).status();
}

void StreamCall::Step() {
  {
    absl::MutexLock lock(&mutex_);
    if (ending_.has_value() || state_ != State::kScheduled) return;
    state_ = State::kStepping;
    nudged_ = false;
  }
  const ScopedTrace trace(context_.trace());
  const ScopedOperation operation(method_->full_name);
  const ScopedCancellation cancellation(cancellation_);
  if (source_ == nullptr && context_.min_position() != 0) {
    const absl::StatusOr<bool> included = Guarded([this] { return Included(); });
    if (!included.ok()) return End(included.status());
    if (!*included) return;
  }
  if (source_ == nullptr) {
    if (absl::Status status = Guarded([this] { return Open(); }); !status.ok()) return End(status);
  }
  if (absl::Status status = Guarded([this] { return Recheck(); }); !status.ok()) return End(status);
  const absl::StatusOr<Outgoing> next = Guarded([this] { return source_->Next(); });
  if (!next.ok()) return End(next.status());
  if (next->empty()) return Rest();
  absl::StatusOr<grpc::ByteBuffer> bytes =
      next->bytes != nullptr ? BufferOf(*next->bytes) : Serialize(*next->message);
  if (!bytes.ok()) return End(bytes.status());
  absl::MutexLock lock(&mutex_);
  if (ending_.has_value()) return;
  state_ = State::kWriting;
  written_ = *std::move(bytes);
  StartWrite(&written_);
}

void StreamCall::Rest() {
  if (source_->done()) return End(absl::OkStatus());
  const absl::Duration wait = std::min(source_->WaitHint(), next_recheck_ - absl::Now());
  RestFor(std::clamp(wait, kShortestWait, kLongestWait));
}

absl::StatusOr<bool> StreamCall::Included() {
  RETURN_IF_ERROR(core_->Admit(method_->rule, authorization_).status());
  ASSIGN_OR_RETURN(const bool reached, core_->Reached(*method_, context_, arrived_));
  if (reached) return true;
  ASSIGN_OR_RETURN(const absl::Duration wait, position_wait_.Next(context_, arrived_));
  RestFor(wait);
  return false;
}

void StreamCall::RestFor(absl::Duration wait) {
  absl::MutexLock lock(&mutex_);
  if (ending_.has_value()) return;
  if (nudged_) return Schedule();
  state_ = State::kIdle;
  timer_ = core_->timer.At(absl::Now() + wait, [weak = weak_from_this()] {
    if (const auto call = weak.lock()) call->OnNudge();
  });
}

void StreamCall::OnNudge() {
  absl::MutexLock lock(&mutex_);
  if (ending_.has_value()) return;
  if (state_ != State::kIdle) {
    nudged_ = true;
    return;
  }
  if (timer_.has_value()) core_->timer.Cancel(*timer_);
  timer_.reset();
  Schedule();
}

void StreamCall::Schedule() {
  state_ = State::kScheduled;
  // Beyond the bound of the queue, since the stream was admitted before. A pool that
  // has stopped drops the step; then the call is being cancelled anyway.
  core_->pool.Submit([call = shared_from_this()] { call->Step(); });
}

void StreamCall::OnWriteDone(bool ok) {
  const std::shared_ptr<StreamCall> self = shared_from_this();
  bool finish = false;
  {
    absl::MutexLock lock(&mutex_);
    finish = ending_.has_value();
    if (!finish && ok) return Schedule();
    state_ = State::kStepping;  // nothing is being written any more
  }
  if (finish) {
    FinishNow();
  } else {
    End(Cancelled());
  }
}

void StreamCall::OnCancel() {
  End(absl::Now() >= context_.deadline() ? DeadlineExceeded() : Cancelled());
}

void StreamCall::End(absl::Status status) {
  const std::shared_ptr<StreamCall> self = shared_from_this();
  std::optional<Waker> waker;
  bool writing = false;
  {
    absl::MutexLock lock(&mutex_);
    if (ending_.has_value()) return;
    ending_ = std::move(status);
    writing = state_ == State::kWriting;
    waker = waker_;
    if (timer_.has_value()) core_->timer.Cancel(*timer_);
    timer_.reset();
  }
  context_.Cancel();
  // Without our lock: a Wake() in progress holds the waker's and waits for ours.
  if (waker.has_value()) waker->Connect(nullptr);
  if (!writing) FinishNow();
  cancellation_->Cancel();
}

void StreamCall::FinishNow() {
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    status = *ending_;
  }
  core_->Leave(this);
  RefuseRepeats(status, *grpc_context_);
  method_->recorder.Record(context_, status, absl::Now() - arrived_);
  Finish(ToGrpcStatus(status));
}

void StreamCall::OnDone() {
  // The last act may delete this.
  const std::shared_ptr<StreamCall> self = std::move(self_);
}

}  // namespace phoihop::rpc
