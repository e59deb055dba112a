#include "services/gateway/http/server.h"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/telemetry/log.h"
#include "services/gateway/http/session.h"

namespace phoihop::gateway {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Beyond the limit this many more connections are told so; further ones are dropped.
constexpr int kTurnedAwayAtOnce = 64;
// After accept fails (no file descriptors left), before it is tried again.
constexpr std::chrono::milliseconds kAcceptPause(100);
// How long aborted connections get to notice.
constexpr absl::Duration kEndTime = absl::Seconds(5);
constexpr absl::Duration kPoll = absl::Milliseconds(5);

void LogException(const std::exception_ptr& error) {
  if (!error) return;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    LogError("connection ended by an exception", {{"error", e.what()}});
  } catch (...) {
    LogError("connection ended by an unknown exception");
  }
}

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<HttpServer::Impl> {
 public:
  Impl(HttpServerOptions options, HttpHandler* handler)
      : core_(std::make_shared<HttpCore>(std::move(options), handler)),
        work_(asio::make_work_guard(core_->io)),
        acceptor_(asio::make_strand(core_->io)) {}

  absl::Status Listen() {
    const HttpServerOptions& options = core_->options;
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    const tcp::endpoint endpoint(address, static_cast<uint16_t>(options.port));
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return absl::FailedPreconditionError(absl::StrCat("Cannot listen on ", options.address, ":",
                                                        options.port, ": ", error.message(), "."));
    }
    port_ = acceptor_.local_endpoint().port();
    return absl::OkStatus();
  }

  void Run() {
    accepting_ = 1;
    asio::co_spawn(acceptor_.get_executor(), Accept(shared_from_this()),
                   [self = shared_from_this()](const std::exception_ptr& error) {
                     LogException(error);
                     self->accepting_ = 0;
                   });
    for (int i = 0; i < core_->options.threads; ++i) {
      threads_.emplace_back([core = core_] { core->io.run(); });
    }
  }

  bool Drain(absl::Duration grace) {
    // Once: a function left in the queue at the end would keep its owner alive.
    if (!core_->draining.exchange(true)) {
      asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
        error_code ignored;
        self->acceptor_.close(ignored);
      });
    }
    ForEachSession([](HttpSession& session) { session.CloseIfIdle(); });
    return WaitFor(absl::Now() + grace, core_->connections);
  }

  void Stop() {
    Drain(absl::ZeroDuration());
    ForEachSession([](HttpSession& session) { session.Abort(); });
    // The handler owes an answer to each request; it was told to give up.
    WaitFor(absl::InfiniteFuture(), core_->at_work);
    // Coroutines that had not ended would keep all of this alive.
    WaitFor(absl::Now() + kEndTime, core_->connections);
    WaitFor(absl::Now() + kEndTime, accepting_);
    work_.reset();
    core_->io.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  bool accepts() const { return core_->options.accept; }
  int port() const { return port_; }
  int connections() const { return core_->connections; }

 private:
  static asio::awaitable<void> Accept(std::shared_ptr<Impl> self) {
    asio::steady_timer pause(self->acceptor_.get_executor());
    while (!self->core_->draining) {
      tcp::socket socket(asio::make_strand(self->core_->io));
      error_code error;
      co_await self->acceptor_.async_accept(socket,
                                            asio::redirect_error(asio::use_awaitable, error));
      if (self->core_->draining) co_return;
      if (error) {
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      self->Begin(std::move(socket));
    }
  }

  void Begin(tcp::socket socket) {
    const int open = core_->connections;
    const int limit = core_->options.max_connections;
    if (open >= limit + kTurnedAwayAtOnce) return;
    auto session = std::make_shared<HttpSession>(core_, std::move(socket));
    Remember(session);
    const auto executor = session->executor();
    if (open >= limit) {
      asio::co_spawn(executor, HttpSession::TurnAway(std::move(session)), LogException);
    } else {
      asio::co_spawn(executor, HttpSession::Run(std::move(session)), LogException);
    }
  }

  void Remember(const std::shared_ptr<HttpSession>& session) {
    absl::MutexLock lock(&mutex_);
    if (sessions_.size() > 2 * static_cast<size_t>(core_->connections) + 16) {
      std::erase_if(sessions_, [](const auto& known) { return known.expired(); });
    }
    sessions_.push_back(session);
  }

  template <class Function>
  void ForEachSession(Function function) {
    std::vector<std::weak_ptr<HttpSession>> sessions;
    {
      absl::MutexLock lock(&mutex_);
      sessions = sessions_;
    }
    for (const auto& known : sessions) {
      if (const auto session = known.lock()) function(*session);
    }
  }

  // Waits until the count is zero.
  static bool WaitFor(absl::Time deadline, const std::atomic<int>& count) {
    while (count > 0) {
      if (absl::Now() >= deadline) return false;
      absl::SleepFor(kPoll);
    }
    return true;
  }

  const std::shared_ptr<HttpCore> core_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  tcp::acceptor acceptor_;
  int port_ = 0;
  std::atomic<int> accepting_ = 0;
  std::vector<std::thread> threads_;
  absl::Mutex mutex_;
  std::vector<std::weak_ptr<HttpSession>> sessions_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options,
                                                              HttpHandler* handler) {
  auto impl = std::make_shared<Impl>(std::move(options), handler);
  if (absl::Status status = impl->Listen(); !status.ok()) return status;
  if (impl->accepts()) impl->Run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { impl_->Stop(); }

int HttpServer::port() const { return impl_->port(); }
void HttpServer::Accept() { impl_->Run(); }
int HttpServer::connections() const { return impl_->connections(); }
bool HttpServer::Drain(absl::Duration grace) { return impl_->Drain(grace); }

}  // namespace phoihop::gateway
