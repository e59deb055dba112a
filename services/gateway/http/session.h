// One connection of the HTTP server. Includes Asio: for http/server.cc and
// http/session.cc only.
#ifndef PHOIHOP_SERVICES_GATEWAY_HTTP_SESSION_H_
#define PHOIHOP_SERVICES_GATEWAY_HTTP_SESSION_H_

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "services/gateway/http/server.h"

namespace phoihop::gateway {

// What all connections of a server share. The last of them keeps it alive, since an
// answer may come after everything else has ended.
struct HttpCore {
  HttpCore(HttpServerOptions o, HttpHandler* h)
      : options(std::move(o)), handler(h), io(options.threads) {}

  const HttpServerOptions options;
  HttpHandler* const handler;
  boost::asio::io_context io;
  std::atomic<bool> draining = false;
  // Connections, and requests that the handler has not answered.
  std::atomic<int> connections = 0;
  std::atomic<int> at_work = 0;
};

// Runs on a strand of its own; every member but the constructor belongs to it.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(std::shared_ptr<HttpCore> core, boost::asio::ip::tcp::socket socket);
  ~HttpSession();

  // Serves requests until either side ends. The coroutine keeps the session, as all do
  // that it awaits.
  static boost::asio::awaitable<void> Run(std::shared_ptr<HttpSession> self);
  // Says that there are too many connections, and closes.
  static boost::asio::awaitable<void> TurnAway(std::shared_ptr<HttpSession> self);

  boost::asio::any_io_executor executor() { return stream_.get_executor(); }

  // Closes the connection if it waits for a request. Any thread.
  void CloseIfIdle();
  // Closes the connection whatever it does, and cancels its request. Any thread.
  void Abort();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  // True when there are bytes of a further request.
  boost::asio::awaitable<bool> AwaitRequest();
  // True when the parser has a whole request; otherwise it has been refused.
  boost::asio::awaitable<bool> Read(Parser& parser);
  boost::asio::awaitable<HttpResponse> Ask(HttpRequest request);
  boost::asio::awaitable<bool> Send(HttpResponse response, bool keep_alive);
  // The same for an answer that comes in pieces. `chunked`: the client knows where it ends without
  // the connection's end.
  boost::asio::awaitable<bool> SendStream(HttpResponse response, bool keep_alive, bool chunked);
  boost::asio::awaitable<std::optional<std::string>> NextPiece(BodyStream& body);
  boost::asio::awaitable<void> Serve();
  boost::asio::awaitable<void> RefuseAndClose(int http_status, absl::Status why);
  boost::asio::awaitable<void> RefuseUnreadable(boost::system::error_code error);
  // Lets a client that still sends read its answer, for a moment.
  boost::asio::awaitable<void> Linger();
  void WatchClient();
  void ClientLeft();

  const std::shared_ptr<HttpCore> core_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  // The other side's address.
  std::string peer_;
  bool idle_ = false;
  bool closed_ = false;
  // Whether the request is a HEAD, whose answer has no body.
  bool head_ = false;
  // The request at work.
  bool waiting_ = false;
  std::optional<HttpResponse> answer_;
  // The piece of a stream that has come; nothing in it at the end.
  std::optional<std::optional<std::string>> piece_;
  boost::asio::steady_timer answered_;
  std::function<void()> cancel_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_HTTP_SESSION_H_
