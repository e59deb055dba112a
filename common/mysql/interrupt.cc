#include "common/mysql/interrupt.h"

#include <algorithm>
#include <deque>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/mysql/error.h"
#include "common/telemetry/metrics.h"

namespace phoihop::mysql {
namespace {

// An order that comes before its statement does nothing: it is repeated while
// that runs.
constexpr absl::Duration kFirstRepeat = absl::Milliseconds(20);
constexpr absl::Duration kLongestRepeat = absl::Seconds(1);

// A database that does not answer within it ends no statements either.
constexpr absl::Duration kPatience = absl::Seconds(2);

// A connection for orders that nobody has needed for so long is closed.
constexpr absl::Duration kKept = absl::Seconds(10);

constexpr int kNoSuchThread = 1094;

// One thread with a connection for each account whose statements were to be
// ended lately.
class Interrupter {
 public:
  static Interrupter& Get() {
    // Never destroyed: its thread may wait until the process ends.
    static auto* const interrupter = new Interrupter;
    return *interrupter;
  }

  void Ask(std::shared_ptr<Session> session, int64_t statement) {
    absl::MutexLock lock(&mutex_);
    orders_.push_back({std::move(session), statement, absl::Now(), kFirstRepeat});
  }

 private:
  struct Order {
    std::shared_ptr<Session> session;
    int64_t statement = 0;
    absl::Time when;
    absl::Duration wait;
  };
  using Account = std::tuple<std::string, std::string, int, std::string>;
  struct Line {
    Account account;
    std::unique_ptr<Connection> connection;
    std::string server;
    absl::Time used;
  };

  Interrupter()
      : interrupted_(GetCounter("phoihop_mysql_interrupted_total",
                                "Orders to end a statement whose caller had left.")) {
    std::thread([this] { Loop(); }).detach();
  }

  void Loop() {
    while (true) {
      std::vector<Order> due = Take();
      for (Order& order : due) Carry(std::move(order));
      const absl::Time now = absl::Now();
      std::erase_if(lines_, [now](const Line& line) { return line.used + kKept < now; });
    }
  }

  std::vector<Order> Take() {
    std::vector<Order> due;
    absl::MutexLock lock(&mutex_);
    const auto any = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !orders_.empty(); };
    if (lines_.empty()) {
      mutex_.Await(absl::Condition(&any));
    } else {
      mutex_.AwaitWithTimeout(absl::Condition(&any), kKept);
    }
    absl::Time first = absl::InfiniteFuture();
    for (const Order& order : orders_) first = std::min(first, order.when);
    const auto earlier = [this, first]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return std::any_of(orders_.begin(), orders_.end(),
                         [first](const Order& order) { return order.when < first; });
    };
    if (!orders_.empty()) mutex_.AwaitWithDeadline(absl::Condition(&earlier), first);
    const absl::Time now = absl::Now();
    std::deque<Order> later;
    for (Order& order : orders_) {
      if (order.when <= now) {
        due.push_back(std::move(order));
      } else {
        later.push_back(std::move(order));
      }
    }
    orders_ = std::move(later);
    return due;
  }

  void Carry(Order order) {
    if (!order.session->StartSending(order.statement)) return;
    const bool sent = Send(*order.session);
    order.session->Sent(sent);
    if (sent) interrupted_.Increment();
    order.when = absl::Now() + order.wait;
    order.wait = std::min(order.wait * 2, kLongestRepeat);
    absl::MutexLock lock(&mutex_);
    orders_.push_back(std::move(order));
  }

  bool Send(const Session& session) {
    Line* const line = LineTo(session);
    if (line == nullptr || line->server != session.server()) return false;
    line->used = absl::Now();
    const absl::Status status =
        line->connection->Execute(absl::StrCat("KILL QUERY ", session.id())).status();
    return status.ok() || ErrorNumber(status) == kNoSuchThread;
  }

  // A connection of the same account, which may end its own statements; null
  // when there is none.
  Line* LineTo(const Session& session) {
    const ConnectionOptions& options = session.options();
    const Account account = {options.socket, options.host, options.port, options.user};
    std::erase_if(lines_, [](const Line& line) { return line.connection->broken(); });
    // After a failover the session may be on another server than our
    // connection.
    std::erase_if(lines_, [&](const Line& line) {
      return line.account == account && line.server != session.server();
    });
    for (Line& line : lines_) {
      if (line.account == account) return &line;
    }
    ConnectionOptions own = options;
    own.connect_timeout = kPatience;
    own.read_timeout = kPatience;
    own.statement_timeout = kPatience / 2;
    auto opened = Connection::Open(own);
    if (!opened.ok()) return nullptr;
    Line line = {account, *std::move(opened), "", absl::Now()};
    const absl::Status asked =
        line.connection->Query(absl::StrCat("SELECT ", kServerIdentity), {}, [&](const Row& row) {
          line.server = row.Text(0);
          return absl::OkStatus();
        });
    if (!asked.ok()) return nullptr;
    lines_.push_back(std::move(line));
    return &lines_.back();
  }

  Counter interrupted_;
  absl::Mutex mutex_;
  std::deque<Order> orders_ ABSL_GUARDED_BY(mutex_);
  // Of the thread alone.
  std::vector<Line> lines_;
};

}  // namespace

void Session::Locate(int64_t id, std::string server) {
  id_ = id;
  server_ = std::move(server);
}

void Session::BeginStatement() {
  absl::MutexLock lock(&mutex_);
  ++statement_;
  running_ = true;
  sent_ = false;
}

bool Session::EndStatement() {
  absl::MutexLock lock(&mutex_);
  running_ = false;
  const auto quiet = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !sending_; };
  mutex_.Await(absl::Condition(&quiet));
  return sent_;
}

void Session::Interrupt() {
  int64_t statement = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (!running_) return;
    statement = statement_;
  }
  Interrupter::Get().Ask(shared_from_this(), statement);
}

bool Session::StartSending(int64_t statement) {
  absl::MutexLock lock(&mutex_);
  if (!running_ || statement != statement_) return false;
  sending_ = true;
  return true;
}

void Session::Sent(bool done) {
  absl::MutexLock lock(&mutex_);
  sending_ = false;
  sent_ = sent_ || done;
}

StatementGuard::StatementGuard(const std::shared_ptr<Session>& session) {
  const std::shared_ptr<Cancellation>& current = CurrentCancellation();
  if (current == nullptr) return;
  session_ = session;
  session_->BeginStatement();
  watch_.emplace(current, [s = session_.get()] { s->Interrupt(); });
}

bool StatementGuard::End() {
  if (session_ == nullptr) return sent_;
  watch_.reset();
  sent_ = std::exchange(session_, nullptr)->EndStatement();
  return sent_;
}

}  // namespace phoihop::mysql
