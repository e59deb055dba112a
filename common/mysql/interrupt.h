// Ends statements whose callers have left. Private to common/mysql.
#ifndef PHOIHOP_COMMON_MYSQL_INTERRUPT_H_
#define PHOIHOP_COMMON_MYSQL_INTERRUPT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/cancel/cancellation.h"
#include "common/mysql/connection.h"

namespace phoihop::mysql {

// The server's error of a statement that was told to end.
inline constexpr int kQueryInterrupted = 1317;

// What tells one server from another, for `KILL`: behind a proxy two sessions
// may be on different ones, where the same id is somebody else's. One column of
// a query.
inline constexpr char kServerIdentity[] =
    "CONCAT_WS('|', @@hostname, @@port, @@datadir, @@server_id)";

// A session as others see it who may end its statement. Thread safe.
class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(ConnectionOptions options) : options_(std::move(options)) {}

  // Where it is, once known; before the first statement that may be
  // interrupted.
  void Locate(int64_t id, std::string server);

  // Around each statement, by the thread that sends it. EndStatement waits for
  // an order that is on its way and says whether one was sent: it may still be
  // before the session then, since the statement may have been over just
  // before.
  void BeginStatement();
  bool EndStatement();

  // Asks for the end of the statement that runs, if one does, without waiting.
  void Interrupt();

  // For the thread that sends the orders. False when the statement is over;
  // otherwise it is not until Sent.
  bool StartSending(int64_t statement);
  void Sent(bool done);

  const ConnectionOptions& options() const { return options_; }
  // Neither changes once a statement can be interrupted.
  int64_t id() const { return id_; }
  const std::string& server() const { return server_; }

 private:
  const ConnectionOptions options_;
  int64_t id_ = 0;
  std::string server_;

  absl::Mutex mutex_;
  int64_t statement_ ABSL_GUARDED_BY(mutex_) = 0;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;
  bool sent_ ABSL_GUARDED_BY(mutex_) = false;
};

// The time of one statement: it is ended when this thread's caller leaves.
// Costs nothing where nobody can leave.
class StatementGuard {
 public:
  explicit StatementGuard(const std::shared_ptr<Session>& session);
  ~StatementGuard() { End(); }
  StatementGuard(const StatementGuard&) = delete;
  StatementGuard& operator=(const StatementGuard&) = delete;

  // The statement has been answered. True when an order to end it was sent;
  // also later.
  bool End();

 private:
  std::shared_ptr<Session> session_;
  std::optional<CancelWatch> watch_;
  bool sent_ = false;
};

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_INTERRUPT_H_
