#include "services/gateway/http/session.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/gateway/transcoding/made_status.h"
#include "services/gateway/transcoding/refusals.h"

namespace phoihop::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr int kTooSlow = 408;
constexpr int kHeadersTooLarge = 431;
// A client that goes on sending gets this much time to read why it was refused.
constexpr std::chrono::seconds kLingerTime(2);
constexpr size_t kLingerBytes = 4 << 20;

auto Into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

HttpRequest Taken(http::request<http::string_body> message) {
  HttpRequest request;
  // A HEAD is a GET whose answer is sent without its body.
  request.verb =
      message.method() == http::verb::head ? "GET" : std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    request.headers.emplace_back(absl::AsciiStrToLower(std::string(field.name_string())),
                                 std::string(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

absl::Status TooSlow() {
  return MakeStatus(absl::StatusCode::kDeadlineExceeded, "CLIENT_TOO_SLOW",
                    {"The request did not arrive in time.", "Yêu cầu không được gửi đủ kịp thời."});
}

absl::Status BadHeaders(const char* reason) {
  return InvalidField("headers", reason,
                      {"The request line or a header is not valid HTTP, or too long.",
                       "Dòng yêu cầu hoặc tiêu đề không đúng HTTP, hoặc quá dài."});
}

// Why it is not certain where this request ends or whom it is for; null when it is. Two
// readers of one connection that disagree about this let a request hide in another's body,
// so this asks for more than the parser does (RFC 9112, 3.2, 6.1 and 6.3).
const char* FramingProblem(const http::request_header<>& header) {
  const size_t hosts = header.count(http::field::host);
  if (hosts > 1) return "HOST_GIVEN_TWICE";
  if (header.version() >= 11 && header[http::field::host].empty()) return "HOST_MISSING";
  const size_t encodings = header.count(http::field::transfer_encoding);
  const size_t lengths = header.count(http::field::content_length);
  if (encodings > 0) {
    if (encodings > 1 || header.version() < 11 ||
        !beast::iequals(header[http::field::transfer_encoding], "chunked")) {
      return "TRANSFER_ENCODING_UNSUPPORTED";
    }
    if (lengths > 0) return "LENGTH_AMBIGUOUS";
  }
  if (lengths > 1) return "LENGTH_AMBIGUOUS";
  const auto length = header[http::field::content_length];
  if (lengths == 1 && length.find_first_not_of("0123456789") != length.npos) {
    return "LENGTH_AMBIGUOUS";
  }
  return nullptr;
}

template <class Message>
void FillHead(const HttpResponse& response, bool keep_alive, Message& message) {
  message.version(11);
  message.result(static_cast<unsigned>(response.status));
  for (const auto& [name, value] : response.headers) message.insert(name, value);
  message.set(http::field::date,
              absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(), absl::UTCTimeZone()));
  message.keep_alive(keep_alive);
}

// Has the system end the connection when the client's host acknowledges nothing for this long:
// otherwise one that is gone without a word would be sent to for a quarter of an hour.
void GiveUpOnSilence(int socket) {
  const unsigned milliseconds = 30'000;
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof(milliseconds));
}

}  // namespace

HttpSession::HttpSession(std::shared_ptr<HttpCore> core, asio::ip::tcp::socket socket)
    : core_(std::move(core)),
      stream_(std::move(socket)),
      buffer_(core_->options.max_header + (16 << 10)),
      answered_(stream_.get_executor()) {
  ++core_->connections;
  error_code error;
  const auto endpoint = stream_.socket().remote_endpoint(error);
  if (!error) peer_ = endpoint.address().to_string();
}

HttpSession::~HttpSession() { --core_->connections; }

asio::awaitable<void> HttpSession::Run(std::shared_ptr<HttpSession> self) {
  co_await self->Serve();
}

// In the coroutines here an awaited call stands in a statement of its own and gets no
// temporaries: g++ 12 destroys those of a condition or an argument twice.
asio::awaitable<void> HttpSession::Serve() {
  error_code ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  bool go_on = true;
  while (go_on) {
    go_on = co_await AwaitRequest();
    if (!go_on) break;
    Parser parser;
    const bool whole = co_await Read(parser);
    if (!whole) co_return;
    const bool keep_alive = parser.get().keep_alive();
    const bool chunked = parser.get().version() >= 11;
    HttpRequest request = Taken(parser.release());
    request.peer = peer_;
    HttpResponse response = co_await Ask(std::move(request));
    if (closed_) break;
    go_on = keep_alive && !core_->draining;
    bool sent = false;
    if (response.stream == nullptr) {
      sent = co_await Send(std::move(response), go_on);
    } else {
      go_on = go_on && chunked;
      sent = co_await SendStream(std::move(response), go_on, chunked);
    }
    go_on = go_on && sent && !core_->draining;
  }
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
}

asio::awaitable<void> HttpSession::TurnAway(std::shared_ptr<HttpSession> self) {
  absl::Status why = MakeStatus(absl::StatusCode::kUnavailable, "TOO_MANY_CONNECTIONS",
                                {"There are too many connections now; try again shortly.",
                                 "Hiện có quá nhiều kết nối; vui lòng thử lại sau giây lát."},
                                absl::Seconds(1));
  co_await self->RefuseAndClose(503, std::move(why));
}

void HttpSession::CloseIfIdle() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (!self->idle_) return;
    self->closed_ = true;
    self->stream_.close();
  });
}

void HttpSession::Abort() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->stream_.close();
    self->ClientLeft();
  });
}

asio::awaitable<bool> HttpSession::AwaitRequest() {
  if (core_->draining) co_return false;
  if (buffer_.size() > 0) co_return true;
  idle_ = true;
  stream_.expires_after(absl::ToChronoMilliseconds(core_->options.idle_timeout));
  error_code error;
  const size_t size = co_await stream_.async_read_some(buffer_.prepare(4096), Into(error));
  buffer_.commit(size);
  idle_ = false;
  co_return !error && size > 0;
}

asio::awaitable<bool> HttpSession::Read(Parser& parser) {
  head_ = false;
  parser.header_limit(static_cast<uint32_t>(core_->options.max_header));
  parser.body_limit(core_->options.max_body);
  stream_.expires_after(absl::ToChronoMilliseconds(core_->options.header_timeout));
  error_code error;
  co_await http::async_read_header(stream_, buffer_, parser, Into(error));
  head_ = !error && parser.get().method() == http::verb::head;
  const char* const problem = error ? nullptr : FramingProblem(parser.get());
  if (problem != nullptr) {
    // What follows is of no certain request, so nothing more of the connection is read.
    absl::Status why = BadHeaders(problem);
    co_await RefuseAndClose(400, std::move(why));
    co_return false;
  }
  if (!error) {
    stream_.expires_after(absl::ToChronoMilliseconds(core_->options.body_timeout));
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(stream_, asio::buffer(kContinue, sizeof(kContinue) - 1),
                                 Into(error));
    }
  }
  if (!error) co_await http::async_read(stream_, buffer_, parser, Into(error));
  if (!error) co_return true;
  co_await RefuseUnreadable(error);
  co_return false;
}

asio::awaitable<void> HttpSession::RefuseUnreadable(error_code error) {
  if (error == beast::error::timeout) {
    // The timeout has closed the socket: whoever sends this slowly reads no answer.
    core_->handler->Refuse(kTooSlow, TooSlow());
    co_return;
  }
  int http_status = 400;
  absl::Status why;
  if (error == http::error::body_limit || error == http::error::buffer_overflow) {
    why = BodyTooLarge(core_->options.max_body);
  } else if (error == http::error::header_limit) {
    http_status = kHeadersTooLarge;
    why = BadHeaders("HEADERS_TOO_LARGE");
  } else if (error.category() == make_error_code(http::error::bad_method).category() &&
             error != http::error::end_of_stream && error != http::error::partial_message) {
    why = BadHeaders("MALFORMED_HTTP");
  } else {
    // The client has left.
    co_return;
  }
  co_await RefuseAndClose(http_status, std::move(why));
}

asio::awaitable<HttpResponse> HttpSession::Ask(HttpRequest request) {
  stream_.expires_never();
  answer_.reset();
  waiting_ = true;
  ++core_->at_work;
  answered_.expires_at(asio::steady_timer::time_point::max());
  cancel_ = core_->handler->Handle(
      std::move(request), [self = shared_from_this()](HttpResponse response) {
        asio::post(self->stream_.get_executor(), [self, response = std::move(response)]() mutable {
          --self->core_->at_work;
          self->answer_ = std::move(response);
          self->answered_.cancel();
        });
      });
  WatchClient();
  while (!answer_.has_value()) {
    error_code cancelled;
    co_await answered_.async_wait(Into(cancelled));
  }
  waiting_ = false;
  cancel_ = nullptr;
  // Ends the watch.
  error_code ignored;
  if (stream_.socket().is_open()) stream_.socket().cancel(ignored);
  co_return *std::move(answer_);
}

// Notices that the client closes its side while its request is at work. Asio may also tell of the
// bytes of the request itself, which another thread has read meanwhile; then it watches on. When
// the client sends a further request instead, there is nothing more to watch until that is read.
void HttpSession::WatchClient() {
  stream_.socket().async_wait(
      asio::ip::tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
        if (error || !self->waiting_) return;
        char byte;
        const ssize_t seen =
            ::recv(self->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
          self->WatchClient();
        } else if (seen <= 0) {
          self->ClientLeft();
        }
      });
}

void HttpSession::ClientLeft() {
  closed_ = true;
  if (waiting_ && cancel_) std::exchange(cancel_, nullptr)();
}

asio::awaitable<bool> HttpSession::Send(HttpResponse response, bool keep_alive) {
  http::response<http::string_body> message;
  FillHead(response, keep_alive, message);
  message.body() = std::move(response.body);
  message.prepare_payload();
  stream_.expires_after(absl::ToChronoMilliseconds(core_->options.write_timeout));
  error_code error;
  if (head_) {
    http::response_serializer<http::string_body> serializer(message);
    co_await http::async_write_header(stream_, serializer, Into(error));
  } else {
    co_await http::async_write(stream_, message, Into(error));
  }
  co_return !error;
}

asio::awaitable<std::optional<std::string>> HttpSession::NextPiece(BodyStream& body) {
  stream_.expires_never();
  piece_.reset();
  answered_.expires_at(asio::steady_timer::time_point::max());
  body.Next([self = shared_from_this()](std::optional<std::string> piece) {
    asio::post(self->stream_.get_executor(), [self, piece = std::move(piece)]() mutable {
      self->piece_ = std::move(piece);
      self->answered_.cancel();
    });
  });
  while (!piece_.has_value()) {
    error_code cancelled;
    co_await answered_.async_wait(Into(cancelled));
  }
  co_return *std::move(piece_);
}

asio::awaitable<bool> HttpSession::SendStream(HttpResponse response, bool keep_alive,
                                              bool chunked) {
  const std::shared_ptr<BodyStream> body = std::move(response.stream);
  cancel_ = [body] { body->Cancel(); };
  waiting_ = true;
  ++core_->at_work;
  GiveUpOnSilence(stream_.socket().native_handle());
  WatchClient();
  http::response<http::empty_body> message;
  FillHead(response, keep_alive, message);
  message.chunked(chunked);
  http::response_serializer<http::empty_body> serializer(message);
  stream_.expires_after(absl::ToChronoMilliseconds(core_->options.write_timeout));
  error_code error;
  co_await http::async_write_header(stream_, serializer, Into(error));
  if (error || head_) ClientLeft();
  for (;;) {
    // Also after the client has left, so that the stream's end is awaited.
    std::optional<std::string> piece = co_await NextPiece(*body);
    if (!piece.has_value()) break;
    if (error || closed_ || piece->empty()) continue;
    const std::string bytes =
        chunked ? absl::StrCat(absl::Hex(piece->size()), "\r\n", *piece, "\r\n") : *piece;
    stream_.expires_after(absl::ToChronoMilliseconds(core_->options.write_timeout));
    co_await asio::async_write(stream_, asio::buffer(bytes), Into(error));
    if (error) ClientLeft();
  }
  waiting_ = false;
  cancel_ = nullptr;
  --core_->at_work;
  error_code ignored;
  if (stream_.socket().is_open()) stream_.socket().cancel(ignored);
  if (error || closed_) co_return false;
  if (chunked) {
    static constexpr char kLast[] = "0\r\n\r\n";
    stream_.expires_after(absl::ToChronoMilliseconds(core_->options.write_timeout));
    co_await asio::async_write(stream_, asio::buffer(kLast, sizeof(kLast) - 1), Into(error));
  }
  co_return !error;
}

asio::awaitable<void> HttpSession::RefuseAndClose(int http_status, absl::Status why) {
  closed_ = true;
  HttpResponse response = core_->handler->Refuse(http_status, why);
  const bool sent = co_await Send(std::move(response), false);
  if (sent) co_await Linger();
}

asio::awaitable<void> HttpSession::Linger() {
  error_code error;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  stream_.expires_after(kLingerTime);
  size_t read = 0;
  buffer_.clear();
  while (!error && read < kLingerBytes) {
    const size_t size = co_await stream_.async_read_some(buffer_.prepare(16 << 10), Into(error));
    read += size;
  }
}

}  // namespace phoihop::gateway
