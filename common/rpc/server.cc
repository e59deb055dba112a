#include "common/rpc/server.h"

#include <arpa/inet.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/caller_check.h"
#include "common/rpc/core.h"
#include "common/rpc/pages.h"
#include "common/rpc/service_table.h"
#include "common/rpc/status.h"
#include "common/rpc/stream_call.h"
#include "common/rpc/tls.h"
#include "common/rpc/unary_call.h"
#include "grpc/health/v1/health.pb.h"

namespace phoihop::rpc {
namespace {

// After the grace time: how long cancelled handlers get to notice.
constexpr absl::Duration kAfterCancel = absl::Milliseconds(200);

using UnaryHandler = grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
using StreamHandler =
    grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer, grpc::ByteBuffer>;

// A stream that ends before it has begun.
class RefusedStream : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  explicit RefusedStream(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

// All methods of one service, put on the callback API. gRPC sees bytes: messages are
// parsed by a worker, so that a malformed one gets an error with details.
class AdaptedService : public grpc::Service {
 public:
  AdaptedService(Core* core, const CallerCheck* callers,
                 const std::vector<std::unique_ptr<Method>>& methods) {
    int index = 0;
    for (const auto& pointer : methods) {
      Method* const method = pointer.get();
      const bool is_stream = method->streams();
      AddMethod(new grpc::internal::RpcServiceMethod(
          method->path.c_str(),
          is_stream ? grpc::internal::RpcMethod::SERVER_STREAMING
                    : grpc::internal::RpcMethod::NORMAL_RPC,
          nullptr));
      if (is_stream) {
        MarkMethodCallback(index,
                           new StreamHandler([core, callers, method](auto* context, auto* request)
                                                 -> grpc::ServerWriteReactor<grpc::ByteBuffer>* {
                             if (absl::Status status = callers->Check(*context); !status.ok()) {
                               return new RefusedStream(status);
                             }
                             return StreamCall::Start(core, method, context, request);
                           }));
      } else {
        MarkMethodCallback(
            index,
            new UnaryHandler([core, callers, method](auto* context, auto* request,
                                                     auto* response) -> grpc::ServerUnaryReactor* {
              if (absl::Status status = callers->Check(*context); !status.ok()) {
                grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
                reactor->Finish(ToGrpcStatus(status));
                return reactor;
              }
              std::shared_ptr<void> room;
              if (core->Sheds(*method, room)) {
                grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
                reactor->Finish(core->overloaded);
                return reactor;
              }
              return UnaryCall::Start(core, method, context, request, response, std::move(room));
            }));
      }
      ++index;
    }
  }
};

// Why nobody can listen there, as the operating system says it; gRPC does not tell.
std::string BindProblem(const std::string& address, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(address.c_str(), absl::StrCat(port).c_str(), &hints, &found);
  if (error != 0) return gai_strerror(error);
  const auto free_found = absl::MakeCleanup([found] { freeaddrinfo(found); });
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::strerror(errno);
  const auto close_socket = absl::MakeCleanup([fd] { close(fd); });
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 1) != 0) {
    return std::strerror(errno);
  }
  return "unknown reason";
}

void SetLimits(const ServerOptions& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(options.max_receive_bytes);
  // Otherwise a second process could listen on the same port, and take every other
  // connection.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Notices clients that are gone; lets clients notice the same.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
}

// Before the first server is built; both are settings of the process.
void EnableExtensions(bool reflection) {
  static std::once_flag health_once, reflection_once;
  std::call_once(health_once, [] { grpc::EnableDefaultHealthCheckService(true); });
  if (reflection) {
    // Reflection lists the health service, whose descriptor gRPC itself does not bring
    // along. To name it here links it in.
    grpc::health::v1::HealthCheckRequest::descriptor();
    std::call_once(reflection_once,
                   [] { grpc::reflection::InitProtoReflectionServerBuilderPlugin(); });
  }
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServerOptions o) : options(std::move(o)) {}

  ~Impl() {
    Drain(absl::ZeroDuration());
    // Handlers that still run may use what their service destroys next.
    if (core != nullptr) core->pool.WaitIdle(absl::InfiniteFuture());
  }

  absl::Status Start();
  bool Drain(absl::Duration grace);

  ServerOptions options;
  std::shared_ptr<const Authenticator> authenticator;
  std::shared_ptr<const PermissionChecker> checker;
  std::shared_ptr<Admission> admission;
  PositionGate gate;
  ServiceTable methods;
  std::vector<std::string> misnamed;

  std::unique_ptr<Core> core;
  std::unique_ptr<CallerCheck> callers;
  std::vector<std::unique_ptr<AdaptedService>> services;
  std::unique_ptr<grpc::Server> server;
  int port = 0;

 private:
  std::mutex drain_mutex_;
  bool shut_down_ = false;
};

absl::Status Server::Impl::Start() {
  if (!misnamed.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("'", misnamed.front(), "' is not the full name of a method."));
  }
  if (absl::Status status = Complete(methods); !status.ok()) return status;
  core = std::make_unique<Core>(options);
  core->authenticator = authenticator;
  core->checker = checker;
  core->admission = admission;
  core->gate = gate;
  callers = std::make_unique<CallerCheck>(options);
  EnableExtensions(options.reflection);
  grpc::ServerBuilder builder;
  SetLimits(options, builder);
  const std::string endpoint = absl::StrCat(options.address, ":", options.port);
  if (options.port >= 0) {
    builder.AddListeningPort(endpoint,
                             options.tls != nullptr
                                 ? options.tls->Listen(options.client_certificates)
                                 : grpc::InsecureServerCredentials(),
                             &port);
  }
  for (const auto& [name, list] : methods) {
    services.push_back(std::make_unique<AdaptedService>(core.get(), callers.get(), list));
    builder.RegisterService(services.back().get());
  }
  server = builder.BuildAndStart();
  if (server == nullptr || (options.port >= 0 && port <= 0)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "Cannot listen on ", endpoint, ": ", BindProblem(options.address, options.port), "."));
  }
  server->GetHealthCheckService()->SetServingStatus(true);
  for (const auto& [name, list] : methods) {
    server->GetHealthCheckService()->SetServingStatus(name, true);
  }
  return absl::OkStatus();
}

bool Server::Impl::Drain(absl::Duration grace) {
  const std::lock_guard<std::mutex> lock(drain_mutex_);
  if (core == nullptr) return true;
  const absl::Time deadline = absl::Now() + grace;
  if (!shut_down_) {
    shut_down_ = true;
    if (server != nullptr) {
      server->GetHealthCheckService()->Shutdown();
      core->EndStreams();
      // Cancels what is left at the deadline; a cancelled call is answered at once,
      // whether its handler has returned or not, so this does not hang.
      server->Shutdown(absl::ToChronoTime(deadline));
    }
  }
  return core->pool.WaitIdle(std::max(deadline, absl::Now()) + kAfterCancel);
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

int Server::port() const { return impl_->port; }

std::shared_ptr<grpc::Channel> Server::InProcessChannel() {
  return impl_->server->InProcessChannel(grpc::ChannelArguments());
}

bool Server::Drain(absl::Duration grace) { return impl_->Drain(grace); }

Server::Builder::Builder(ServerOptions options)
    : impl_(std::make_unique<Server::Impl>(std::move(options))) {}
Server::Builder::~Builder() = default;

ServerOptions& Server::Builder::options() { return impl_->options; }

void Server::Builder::set_authenticator(std::shared_ptr<const Authenticator> authenticator) {
  impl_->authenticator = std::move(authenticator);
}

void Server::Builder::set_permission_checker(std::shared_ptr<const PermissionChecker> checker) {
  impl_->checker = std::move(checker);
}

void Server::Builder::set_position_gate(PositionGate gate) { impl_->gate = std::move(gate); }

void Server::Builder::set_admission(std::shared_ptr<Admission> admission) {
  impl_->admission = std::move(admission);
}

Method* Server::Builder::Add(std::string full_method) {
  const size_t slash = full_method.find('/');
  if (slash == std::string::npos || slash == 0) {
    impl_->misnamed.push_back(full_method);
    full_method = absl::StrCat("misnamed/", full_method);
  }
  auto& methods = impl_->methods[full_method.substr(0, full_method.find('/'))];
  methods.push_back(std::make_unique<Method>(std::move(full_method)));
  return methods.back().get();
}

void Server::Builder::Add(UnaryMethod method) {
  Method* const added = Add(std::move(method.full_name));
  added->unary = BoundPages(std::move(method));
}

void Server::Builder::Add(StreamMethod method) {
  Add(std::move(method.full_name))->stream = std::move(method);
}

void Server::Builder::Forward(std::string full_method, ForwardHandler handler, RoomFinder room) {
  Method* const method = Add(std::move(full_method));
  method->forward = std::move(handler);
  method->room = std::move(room);
}

void Server::Builder::ForwardStream(
    std::string full_method,
    std::function<absl::StatusOr<std::unique_ptr<StreamSource<std::string>>>(const RequestContext&,
                                                                             std::string request)>
        handler) {
  Add(std::move(full_method))->forward_stream =
      [handler = std::move(handler)](
          const RequestContext& context,
          std::string request) -> absl::StatusOr<std::unique_ptr<MessageSource>> {
    auto source = handler(context, std::move(request));
    if (!source.ok()) return std::move(source).status();
    return std::unique_ptr<MessageSource>(
        std::make_unique<TypedMessageSource<std::string>>(*std::move(source)));
  };
}

absl::StatusOr<std::unique_ptr<Server>> Server::Builder::Start() {
  if (absl::Status status = impl_->Start(); !status.ok()) return status;
  return std::unique_ptr<Server>(new Server(std::move(impl_)));
}

}  // namespace phoihop::rpc
