// An HTTP/1.1 server for the gateway: connections, limits, timeouts and draining,
// and nothing about what is asked.
#ifndef PHOIHOP_SERVICES_GATEWAY_HTTP_SERVER_H_
#define PHOIHOP_SERVICES_GATEWAY_HTTP_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/http/message.h"

namespace phoihop::gateway {

// Answers requests. Thread safe.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // Called on an io thread, so it must not block. `done` is called exactly once, on any
  // thread, perhaps before this returns. The returned function, which may be empty, is
  // called when the client has left before the answer; `done` is called all the same.
  virtual std::function<void()> Handle(HttpRequest request,
                                       std::function<void(HttpResponse)> done) = 0;

  // The answer to a request that cannot even be handed over: headers that are no HTTP, a
  // body that is too large, a client that is too slow. The status says why.
  virtual HttpResponse Refuse(int http_status, const absl::Status& why) = 0;
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  // 0 takes any free port.
  int port = 0;
  int threads = 2;
  // Connections open at once; one more is answered with 503 and closed.
  int max_connections = 512;
  // In bytes. A request line counts as a header.
  size_t max_header = 16 << 10;
  size_t max_body = 1 << 20;
  // How long a client may take to send a whole header or a whole body, to take an answer or a
  // piece of one, and to think before its next request.
  absl::Duration header_timeout = absl::Seconds(10);
  absl::Duration body_timeout = absl::Seconds(20);
  absl::Duration write_timeout = absl::Seconds(20);
  absl::Duration idle_timeout = absl::Seconds(60);
  // Otherwise connections wait until Accept() is called, for a handler that is not ready yet.
  bool accept = true;
};

class HttpServer {
 public:
  // Listens and serves. FAILED_PRECONDITION with a clear text when the port is taken.
  // `handler` must outlive the server.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpServerOptions options,
                                                           HttpHandler* handler);

  // Cancels what is left, and waits for the handler to be done with it.
  ~HttpServer();

  int port() const;

  // Begins to serve, when the options did not say so. Call it once.
  void Accept();

  // Connections open now.
  int connections() const;

  // Takes no further connections, closes idle ones, and waits up to `grace` until the
  // requests at work are answered; their connections close afterwards. True when all were.
  bool Drain(absl::Duration grace);

 private:
  class Impl;
  explicit HttpServer(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_HTTP_SERVER_H_
