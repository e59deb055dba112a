#ifndef PHOIHOP_COMMON_RPC_CORE_H_
#define PHOIHOP_COMMON_RPC_CORE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/rpc/access_rules.h"
#include "common/rpc/admission.h"
#include "common/rpc/call_record.h"
#include "common/rpc/methods.h"
#include "common/rpc/server.h"
#include "common/rpc/timer.h"
#include "common/rpc/worker_pool.h"
#include "common/status/errors.h"

namespace phoihop::rpc {

// A method that is served: its rule, its numbers, and one of the handlers.
struct Method {
  explicit Method(std::string name)
      : full_name(std::move(name)), path("/" + full_name), recorder(full_name) {}

  const std::string full_name;
  // As gRPC routes it; lives as long as the server.
  const std::string path;
  types::v1::AccessRule rule;
  CallRecorder recorder;
  UnaryMethod unary;
  StreamMethod stream;
  ForwardHandler forward;
  // May be empty.
  RoomFinder room;
  ForwardStreamHandler forward_stream;

  bool forwards() const { return forward || forward_stream; }
  bool streams() const { return stream.handler || forward_stream; }
};

class StreamCall;

// What all calls of a server share. Outlives them.
struct Core {
  explicit Core(const ServerOptions& options);

  const ServerOptions options;
  std::shared_ptr<const Authenticator> authenticator;
  std::shared_ptr<const PermissionChecker> checker;
  std::shared_ptr<Admission> admission;
  PositionGate gate;
  // Calls that wait for their position; bounded, since they hold no worker.
  std::atomic<int> awaiting_position = 0;
  const grpc::Status overloaded;
  Timer timer;
  // Last, so that its threads have ended before anything else is gone.
  WorkerPool pool;

  // Who calls, if the method's rule lets them; looks at no record.
  absl::StatusOr<access::Caller> Admit(const types::v1::AccessRule& rule,
                                       const std::string& authorization) const;

  // Whether the service's data include the position that the call asks for. UNAVAILABLE with the
  // reason POSITION_NOT_REACHED when they do not and it is too late to wait for it.
  absl::StatusOr<bool> Reached(const Method& method, const RequestContext& context,
                               absl::Time arrived) const;

  // The permit for a call of this caller; nullptr when none is needed.
  absl::StatusOr<std::shared_ptr<void>> Permit(const access::Caller& caller,
                                               const grpc::CallbackServerContext& context,
                                               const Method& method) const;

  // Whether a call is to be refused before anything is done for it; then it is counted here. The
  // answer is `overloaded`. Otherwise `room` is what the call holds until it has ended, if
  // anything.
  bool Sheds(Method& method, std::shared_ptr<void>& room);

  // Notes an open stream, or refuses it: there are too many, or the server stops.
  absl::Status Enter(const std::shared_ptr<StreamCall>& stream);
  void Leave(StreamCall* stream);
  // Ends all streams with UNAVAILABLE, and refuses further ones.
  void EndStreams();

 private:
  absl::Mutex mutex_;
  std::map<StreamCall*, std::weak_ptr<StreamCall>> streams_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  Gauge open_streams_;
  // Calls that were refused since a line of the log said so, and when that was.
  std::atomic<int64_t> shed_ = 0;
  std::atomic<int64_t> shed_told_ = 0;
};

// How a call waits for its position: holding no worker, asking again after waits that grow.
// One at a time uses it.
class PositionWait {
 public:
  explicit PositionWait(Core* core) : core_(core) {}
  ~PositionWait();
  PositionWait(const PositionWait&) = delete;
  PositionWait& operator=(const PositionWait&) = delete;

  // How long to wait before asking again, at last when the waiting ends; RESOURCE_EXHAUSTED when
  // too many calls wait.
  absl::StatusOr<absl::Duration> Next(const RequestContext& context, absl::Time arrived);

 private:
  Core* const core_;
  bool waiting_ = false;
  absl::Duration next_ = absl::Milliseconds(2);
};

// Keeps a client's channel from repeating by itself a call that has waited for its position in
// vain: there would be no time left to say so.
void RefuseRepeats(const absl::Status& status, grpc::CallbackServerContext& context);

// Told to streams and calls that a stopping server cannot serve.
absl::Status Stopping();

// The context of a call that has just arrived, without its caller.
RequestContext::Parts PartsOf(const grpc::CallbackServerContext& context, const Method& method,
                              const Core& core);

// The token of a `Bearer` header; empty when it is another scheme.
std::string BearerOf(const std::string& authorization);

// Where the call comes from, without a port: `127.0.0.1`, `::1`, or what `admission` makes of a
// proxy's x-forwarded-for; for a call within the process what its metadata say; empty when not
// known.
std::string AddressOf(const grpc::CallbackServerContext& context, const Admission& admission);

// The `authorization` metadata; empty when there is none. Two of them are none
// that is accepted.
std::string AuthorizationOf(const grpc::CallbackServerContext& context);

// INVALID_ARGUMENT when the bytes are no such message.
absl::StatusOr<MessagePtr> Parse(const google::protobuf::Message& prototype,
                                 const grpc::ByteBuffer& bytes);

absl::StatusOr<grpc::ByteBuffer> Serialize(const google::protobuf::Message& message);

// Calls `function` and turns an exception into INTERNAL.
template <class Function>
auto Guarded(Function function) -> decltype(function()) {
  try {
    return function();
  } catch (const std::exception& error) {
    return Internal(std::string("exception: ") + error.what());
  } catch (...) {
    return Internal("exception of an unknown type");
  }
}

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_CORE_H_
