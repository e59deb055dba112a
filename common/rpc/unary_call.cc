#include "common/rpc/unary_call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/bytes.h"
#include "common/rpc/status.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/telemetry/operation.h"

namespace phoihop::rpc {

UnaryCall* UnaryCall::Start(Core* core, Method* method, grpc::CallbackServerContext* grpc_context,
                            const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                            std::shared_ptr<void> room) {
  auto call =
      std::make_shared<UnaryCall>(core, method, grpc_context, request, response, std::move(room));
  call->self_ = call;
  call->ticket_ = core->pool.TrySubmit([call] { call->Run(); });
  if (!call->ticket_.has_value()) call->Finish(Overloaded(core->options.retry_after));
  return call.get();
}

UnaryCall::UnaryCall(Core* core, Method* method, grpc::CallbackServerContext* grpc_context,
                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                     std::shared_ptr<void> room)
    : core_(core),
      method_(method),
      grpc_context_(grpc_context),
      response_(response),
      request_(*request),
      authorization_(AuthorizationOf(*grpc_context)),
      arrived_(absl::Now()),
      context_(PartsOf(*grpc_context, *method, *core)),
      position_wait_(core),
      room_(std::move(room)) {}

void UnaryCall::Run() {
  if (finished()) return;
  if (absl::Now() >= context_.deadline()) return Finish(DeadlineExceeded());
  const ScopedTrace trace(context_.trace());
  const ScopedOperation operation(method_->full_name);
  const ScopedCancellation cancellation(cancellation_);
  if (method_->forward) return Forward();
  if (context_.min_position() != 0) {
    const absl::StatusOr<bool> included = Guarded([this] { return Included(); });
    if (!included.ok()) return Finish(included.status());
    if (!*included) return;
  }
  Finish(Guarded([this] { return Handle(); }));
}

absl::StatusOr<bool> UnaryCall::Included() {
  // A stranger does not make the service ask its database.
  RETURN_IF_ERROR(Admit());
  ASSIGN_OR_RETURN(const bool reached, core_->Reached(*method_, context_, arrived_));
  if (reached) return true;
  ASSIGN_OR_RETURN(const absl::Duration wait, position_wait_.Next(context_, arrived_));
  core_->timer.At(absl::Now() + wait, [self = shared_from_this()] {
    // Beyond the bound of the queue, since the call was admitted before.
    self->core_->pool.Submit([self] { self->Run(); });
  });
  return false;
}

absl::Status UnaryCall::Admit() {
  ASSIGN_OR_RETURN(access::Caller caller, core_->Admit(method_->rule, authorization_));
  // Finish() reads the caller, perhaps because the call is cancelled just now.
  absl::MutexLock lock(&mutex_);
  if (finished_) return Cancelled();
  context_.set_caller(std::move(caller));
  // Asked again after a wait for a position, it has its permit.
  if (permit_ != nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(permit_, core_->Permit(context_.caller(), *grpc_context_, *method_));
  return absl::OkStatus();
}

void UnaryCall::Forward() {
  absl::StatusOr<std::string> request = Guarded([this]() -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(Admit());
    return BytesOf(request_);
  });
  if (!request.ok()) return Finish(request.status());
  std::function<void()> cancel = method_->forward(
      context_, *std::move(request),
      [self = shared_from_this()](absl::StatusOr<std::string> response) {
        self->Finish(response.ok() ? absl::StatusOr<grpc::ByteBuffer>(BufferOf(*response))
                                   : response.status());
      });
  {
    absl::MutexLock lock(&mutex_);
    if (!finished_) {
      cancel_ = std::move(cancel);
      return;
    }
  }
  // Answered already, or the caller left meanwhile.
  if (cancel) cancel();
}

absl::StatusOr<grpc::ByteBuffer> UnaryCall::Handle() {
  RETURN_IF_ERROR(Admit());
  ASSIGN_OR_RETURN(const MessagePtr request, Parse(*method_->unary.request, request_));
  ASSIGN_OR_RETURN(const MessagePtr response, method_->unary.handler(context_, *request));
  return Serialize(*response);
}

void UnaryCall::OnCancel() {
  const std::shared_ptr<UnaryCall> self = self_;
  context_.Cancel();
  if (ticket_.has_value()) core_->pool.Remove(*ticket_);
  Finish(absl::Now() >= context_.deadline() ? DeadlineExceeded() : Cancelled());
  std::function<void()> cancel;
  {
    absl::MutexLock lock(&mutex_);
    cancel = std::exchange(cancel_, nullptr);
  }
  if (cancel) cancel();
  cancellation_->Cancel();
}

void UnaryCall::OnDone() {
  // The last act may delete this.
  const std::shared_ptr<UnaryCall> self = std::move(self_);
}

bool UnaryCall::finished() const {
  absl::MutexLock lock(&mutex_);
  return finished_;
}

void UnaryCall::Finish(absl::StatusOr<grpc::ByteBuffer> response) {
  std::shared_ptr<void> permit, room;  // given back without our lock
  absl::MutexLock lock(&mutex_);
  if (finished_) return;
  finished_ = true;
  permit = std::move(permit_);
  room = std::move(room_);
  if (const auto position = context_.position(); position.has_value()) {
    grpc_context_->AddTrailingMetadata("phoihop-position", absl::StrCat(*position));
  }
  RefuseRepeats(response.status(), *grpc_context_);
  const grpc::Status status = ToGrpcStatus(response.status());
  method_->recorder.Record(context_, response.status(), absl::Now() - arrived_);
  if (response.ok()) *response_ = *std::move(response);
  // gRPC may call OnDone from here on; the caller of Finish holds a reference.
  grpc::ServerUnaryReactor::Finish(status);
}

}  // namespace phoihop::rpc
