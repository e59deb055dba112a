#ifndef PHOIHOP_COMMON_RPC_STREAM_CALL_H_
#define PHOIHOP_COMMON_RPC_STREAM_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/cancel/cancellation.h"
#include "common/rpc/context.h"
#include "common/rpc/core.h"

namespace phoihop::rpc {

// One server stream. It goes in steps: a worker asks the source once and either
// starts to write or leaves; the written message, a timer or a Wake() leads to the
// next step.
class StreamCall : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                   public std::enable_shared_from_this<StreamCall> {
 public:
  static StreamCall* Start(Core* core, Method* method, grpc::CallbackServerContext* grpc_context,
                           const grpc::ByteBuffer* request);

  StreamCall(Core* core, Method* method, grpc::CallbackServerContext* grpc_context,
             const grpc::ByteBuffer* request);

  // Ends the stream with this status, once; while a message is being written,
  // afterwards.
  void End(absl::Status status);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  enum class State {
    kScheduled,  // waits for a worker
    kStepping,   // a worker asks the source
    kWriting,    // the client has not yet taken the message
    kIdle,       // waits for the timer or a Wake()
  };

  void Step();
  absl::Status Open();
  absl::StatusOr<std::unique_ptr<MessageSource>> OpenSource();
  // Whether the caller may still have a stream that is passed on, looked at now and then.
  absl::Status Recheck();
  void Rest() ABSL_LOCKS_EXCLUDED(mutex_);
  void RestFor(absl::Duration wait) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether the position that the stream asks for is included; false after going to rest.
  absl::StatusOr<bool> Included();
  // The timer has run out, or somebody called Wake().
  void OnNudge();
  void Schedule() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishNow();

  Core* const core_;
  Method* const method_;
  grpc::CallbackServerContext* const grpc_context_;
  const grpc::ByteBuffer request_;
  const std::string authorization_;
  const absl::Time arrived_;
  RequestContext context_;
  // Tells what waits below the source.
  const std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  // Used by the one worker that steps.
  MessagePtr message_;
  std::unique_ptr<MessageSource> source_;
  absl::Time next_recheck_ = absl::InfiniteFuture();
  PositionWait position_wait_;
  // Keeps the call while gRPC knows it.
  std::shared_ptr<StreamCall> self_;

  absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kScheduled;
  bool nudged_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<Timer::Id> timer_ ABSL_GUARDED_BY(mutex_);
  std::optional<Waker> waker_ ABSL_GUARDED_BY(mutex_);
  // Set once the stream is to end.
  std::optional<absl::Status> ending_ ABSL_GUARDED_BY(mutex_);
  grpc::ByteBuffer written_;
  std::shared_ptr<void> permit_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_STREAM_CALL_H_
