#ifndef PHOIHOP_COMMON_RPC_UNARY_CALL_H_
#define PHOIHOP_COMMON_RPC_UNARY_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/cancel/cancellation.h"
#include "common/rpc/context.h"
#include "common/rpc/core.h"

namespace phoihop::rpc {

// One unary call, from its arrival to its answer. The answer goes out exactly
// once: from the handler, or before it when the call is refused, cancelled or too
// late; then what the handler still returns is dropped.
class UnaryCall : public grpc::ServerUnaryReactor, public std::enable_shared_from_this<UnaryCall> {
 public:
  // Queues the call, or refuses it at once. gRPC keeps what the pointers name until
  // OnDone.
  static UnaryCall* Start(Core* core, Method* method, grpc::CallbackServerContext* grpc_context,
                          const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                          std::shared_ptr<void> room);

  UnaryCall(Core* core, Method* method, grpc::CallbackServerContext* grpc_context,
            const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
            std::shared_ptr<void> room);

  void OnCancel() override;
  void OnDone() override;

 private:
  void Run();
  absl::Status Admit();
  // False while the call waits for its position; then Run is called again.
  absl::StatusOr<bool> Included();
  absl::StatusOr<grpc::ByteBuffer> Handle();
  void Forward();
  bool finished() const;
  void Finish(absl::StatusOr<grpc::ByteBuffer> response);

  Core* const core_;
  Method* const method_;
  grpc::CallbackServerContext* const grpc_context_;
  grpc::ByteBuffer* const response_;
  const grpc::ByteBuffer request_;
  const std::string authorization_;
  const absl::Time arrived_;
  RequestContext context_;
  // Tells what waits below the handler; may outlive the call.
  const std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  std::optional<WorkerPool::Ticket> ticket_;
  PositionWait position_wait_;
  // Keeps the call while gRPC knows it.
  std::shared_ptr<UnaryCall> self_;

  mutable absl::Mutex mutex_;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  // Held until the answer.
  std::shared_ptr<void> permit_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<void> room_ ABSL_GUARDED_BY(mutex_);
  // Of a call that is passed on; called once, without the mutex.
  std::function<void()> cancel_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_UNARY_CALL_H_
