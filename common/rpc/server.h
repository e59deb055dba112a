// The server side of every service: handlers are plain functions, and all that
// surrounds them is here. See README.md for the life of a call.
#ifndef PHOIHOP_COMMON_RPC_SERVER_H_
#define PHOIHOP_COMMON_RPC_SERVER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/auth.h"
#include "common/rpc/context.h"
#include "common/rpc/methods.h"
#include "common/rpc/position_gate.h"
#include "common/rpc/stream_source.h"
#include "common/time/clock.h"

namespace grpc {
class Channel;
}

namespace phoihop::rpc {

class Admission;
struct Method;

class TlsIdentity;

// How a server listens and how much it takes on.
struct ServerOptions {
  std::string address = "127.0.0.1";
  // 0 takes any free port (see Server::port); -1 listens nowhere, for tests that
  // use InProcessChannel().
  int port = 0;
  // Shown to who connects; null for a port that is not encrypted.
  std::shared_ptr<const TlsIdentity> tls = {};
  // With `tls`: whether clients must show a certificate by the same authority, and of whom it
  // must be to call a method ("gateway"); empty for anybody's. Health and reflection are open
  // to all who may connect.
  bool client_certificates = true;
  std::vector<std::string> callers = {};
  // Handlers that run at once. They may block, so there are more than cores.
  int workers = 64;
  // Calls that wait for a worker. One more is refused with RESOURCE_EXHAUSTED.
  int queue = 1024;
  // Open server streams; one more is refused.
  int max_streams = 1024;
  // How often the token of a stream that is passed on is looked at again: one that has expired,
  // or whose key is trusted no more, ends it.
  absl::Duration recheck = absl::Seconds(10);
  // Largest request, in bytes.
  int max_receive_bytes = 4 << 20;
  // What a refused call is told to wait.
  absl::Duration retry_after = absl::Milliseconds(250);
  // What handlers see as the present moment.
  const Clock* clock = SystemClock();
  // Whether clients may list services and types.
  bool reflection = true;
};

// A running server. Thread safe.
class Server {
 public:
  class Builder;

  // Ends at once; waits for handlers that still run.
  ~Server();

  int port() const;

  // A channel to this server without a socket, for tests.
  std::shared_ptr<grpc::Channel> InProcessChannel();

  // Stops taking calls (health turns to NOT_SERVING first), ends streams with
  // UNAVAILABLE, and waits up to `grace` for what runs and what is queued; then
  // cancels the rest. True when every handler has returned; false when one is
  // stuck: its caller has got UNAVAILABLE, but its thread still runs, so the process
  // should end by std::_Exit. A second call waits again.
  bool Drain(absl::Duration grace);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Collects handlers, then starts the server.
class Server::Builder {
 public:
  explicit Builder(ServerOptions options = {});
  ~Builder();

  ServerOptions& options();

  // Without an authenticator every call is anonymous; without a checker no member
  // holds any permission.
  void set_authenticator(std::shared_ptr<const Authenticator> authenticator);
  void set_permission_checker(std::shared_ptr<const PermissionChecker> checker);
  // Without one every caller may have as many calls as the queue takes.
  void set_admission(std::shared_ptr<Admission> admission);

  // Without a gate calls that ask for a position are refused, save those that are passed on.
  void set_position_gate(PositionGate gate);

  // `full_method` is "phoihop.opinions.v1.OpinionsService/GetOpinionEntry". The
  // handler may block; it should look at ctx.cancelled() when it is long.
  template <class Req, class Res>
  void Unary(std::string full_method,
             std::function<absl::StatusOr<Res>(const RequestContext&, const Req&)> handler) {
    Add(UnaryMethod{std::move(full_method), &Req::default_instance(), &Res::default_instance(),
                    [handler = std::move(handler)](
                        const RequestContext& context,
                        const google::protobuf::Message& request) -> absl::StatusOr<MessagePtr> {
                      absl::StatusOr<Res> response =
                          handler(context, static_cast<const Req&>(request));
                      if (!response.ok()) return std::move(response).status();
                      return MessagePtr(std::make_unique<Res>(*std::move(response)));
                    }});
  }

  // The same for a member function: Unary("x.v1.S/M", &handlers, &Handlers::M).
  // `object` must outlive the server.
  template <class T, class Req, class Res>
  void Unary(std::string full_method, T* object,
             absl::StatusOr<Res> (T::*method)(const RequestContext&, const Req&)) {
    Unary<Req, Res>(std::move(full_method),
                    [object, method](const RequestContext& context, const Req& request) {
                      return (object->*method)(context, request);
                    });
  }
  template <class T, class Req, class Res>
  void Unary(std::string full_method, const T* object,
             absl::StatusOr<Res> (T::*method)(const RequestContext&, const Req&) const) {
    Unary<Req, Res>(std::move(full_method),
                    [object, method](const RequestContext& context, const Req& request) {
                      return (object->*method)(context, request);
                    });
  }

  // The handler opens the stream and must not block for long; its source is then
  // polled.
  template <class Req, class Res>
  void Stream(std::string full_method,
              std::function<absl::StatusOr<std::unique_ptr<StreamSource<Res>>>(
                  const RequestContext&, const Req&)>
                  handler) {
    Add(StreamMethod{std::move(full_method), &Req::default_instance(), &Res::default_instance(),
                     [handler = std::move(handler)](const RequestContext& context,
                                                    const google::protobuf::Message& request)
                         -> absl::StatusOr<std::unique_ptr<MessageSource>> {
                       auto source = handler(context, static_cast<const Req&>(request));
                       if (!source.ok()) return std::move(source).status();
                       return std::unique_ptr<MessageSource>(
                           std::make_unique<TypedMessageSource<Res>>(*std::move(source)));
                     }});
  }

  // A unary method whose messages stay serialised: for passing calls on. It is
  // authenticated, but its AccessRule is left to whoever answers it (save that
  // internal methods are refused at Start), and the service may have methods without
  // a handler, which are UNIMPLEMENTED. Calls for which `room`, which
  // may be empty, has none are refused as OVERLOADED before anything is done for them.
  void Forward(std::string full_method, ForwardHandler handler, RoomFinder room = nullptr);

  // The same for a server stream, whose source gives serialised messages.
  void ForwardStream(std::string full_method,
                     std::function<absl::StatusOr<std::unique_ptr<StreamSource<std::string>>>(
                         const RequestContext&, std::string request)>
                         handler);

  // Listens and serves. FAILED_PRECONDITION with a clear text when a method has no
  // AccessRule, no handler or one for other types, or when the port is taken. Call
  // once.
  absl::StatusOr<std::unique_ptr<Server>> Start();

 private:
  Method* Add(std::string full_method);
  void Add(UnaryMethod method);
  void Add(StreamMethod method);

  std::unique_ptr<Server::Impl> impl_;
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_SERVER_H_
