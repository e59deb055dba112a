#include "common/ledger/writer.h"

#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/cancel/cancellation.h"
#include "common/ledger/keeper.h"
#include "common/ledger/lane.h"
#include "common/ledger/recent_traces.h"
#include "common/ledger/request_memory.h"
#include "common/ledger/writer_metrics.h"
#include "common/mysql/error.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::ledger {
namespace {

// How long a caller whose deadline has passed still waits for work that has been started.
constexpr absl::Duration kGrace = absl::Milliseconds(100);

// A lane that has been at one batch for longer gets no other roots' commands.
constexpr absl::Duration kSlow = absl::Milliseconds(20);

// How long a lane lets a command wait for a row that somebody outside holds; the database
// counts in whole seconds. Then the command's root moves to the lane for held roots.
constexpr absl::Duration kHeldAfter = absl::Seconds(1);

// How long a root stays there after its last command, since its callers come back.
constexpr absl::Duration kHeldFor = absl::Seconds(10);

// MariaDB's own number of that error.
constexpr int kDiskFull = 1021;

absl::Status Draining() {
  return Unavailable("DRAINING", {"This process is about to end. Try again.",
                                  "Tiến trình này sắp dừng. Vui lòng thử lại."});
}

absl::Status StillRunning() {
  return Unavailable("OUTCOME_UNKNOWN",
                     {"It is not known yet whether this was stored. Repeat it with the same "
                      "request id to find out.",
                      "Chưa xác định được thay đổi đã được lưu hay chưa. Vui lòng gửi lại với "
                      "cùng mã yêu cầu."});
}

// A caller who waits for the answer.
class Waiting {
 public:
  void Answer(absl::StatusOr<Committed> result) {
    absl::MutexLock lock(&mutex_);
    result_ = std::move(result);
  }
  // Lets Wait return.
  void Leave() {
    absl::MutexLock lock(&mutex_);
    left_ = true;
  }
  // The answer, unless the deadline passes or the caller leaves.
  std::optional<absl::StatusOr<Committed>> Wait(absl::Time deadline) {
    absl::MutexLock lock(&mutex_);
    const auto over = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return left_ || result_.has_value();
    };
    mutex_.AwaitWithDeadline(absl::Condition(&over), deadline);
    return result_;
  }
  // The same when the caller has left.
  std::optional<absl::StatusOr<Committed>> WaitLonger(absl::Duration wait) {
    absl::MutexLock lock(&mutex_);
    const auto answered = [this]()
                              ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return result_.has_value(); };
    mutex_.AwaitWithTimeout(absl::Condition(&answered), wait);
    return result_;
  }

 private:
  absl::Mutex mutex_;
  bool left_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::StatusOr<Committed>> result_ ABSL_GUARDED_BY(mutex_);
};

absl::Status Check(const Command& command) {
  if (!command.run) return Internal("a command without work");
  if (command.method.size() > 255 || command.actor.name.size() > 255 ||
      command.actor.body.size() > 255 || command.actor.name == kInternalCaller) {
    return Internal("a command's method or actor is not valid");
  }
  if (command.request_id.size() > 64) {
    return InvalidField(
        "request_id", "TOO_LONG",
        {"The request id has more than 64 characters.", "Mã yêu cầu dài quá 64 ký tự."});
  }
  return absl::OkStatus();
}

}  // namespace

class Writer::Impl {
 public:
  Impl(Options options, Head head, std::string request_key,
       std::unique_ptr<mysql::Connection> connection)
      : options_(std::move(options)),
        request_key_(std::move(request_key)),
        keeper_(options_, std::move(head), std::move(connection)) {
    Lane::Options lane;
    lane.connection = options_.connection;
    lane.max_batch = options_.max_batch;
    lane.max_queue = options_.max_queue;
    lane.patience = options_.patience;
    lane.clock = options_.clock;
    lane.counters = &counters_;
    lane.answered = [this](const Work& work) { Leave(work.root); };
    lane.stored = [this](const std::vector<WorkPtr>& works) { NoteTraces(works); };
    lane.moved = [this](const Head& head) { keeper_.Moved(head); };
    lane.log = options_.log;
    lane.hold = [this](const std::string& root) { Hold(root); };
    // The lane for held roots has the whole patience, and lets nobody wait with another.
    Lane::Options held = lane;
    held.max_batch = 1;
    lane.connection.lock_wait_timeout = std::min(lane.connection.lock_wait_timeout, kHeldAfter);
    lane.elsewhere = [this](const WorkPtr& work) { return MoveIfHeld(work); };
    for (int i = 0; i < options_.lanes; ++i) lanes_.push_back(std::make_unique<Lane>(lane));
    lanes_.push_back(std::make_unique<Lane>(std::move(held)));
    exported_ = ExportWriter(options_.max_queue, [this] { return State(); });
  }

  WorkPtr MakeWork(Command command, std::function<void(absl::StatusOr<Committed>)> done) {
    auto work = std::make_shared<Work>();
    std::sort(command.roots.begin(), command.roots.end());
    if (command.request_id.empty()) {
      work->key = {std::string(kInternalCaller), NewInternalId(options_.clock->Now())};
    } else {
      // The letters of a UUID mean the same in either case, so a repeat may change them.
      work->key = {command.actor.name, absl::AsciiStrToLower(command.request_id)};
    }
    if (const TraceContext* const trace = CurrentTrace()) work->trace = *trace;
    work->body_hash = RequestHash(request_key_, command.method, command.body);
    // Without roots, no other command can be meant to come before or after.
    work->root = command.roots.empty() ? work->key.second : command.roots[0];
    work->command = std::move(command);
    work->done = std::move(done);
    return work;
  }

  void Submit(const WorkPtr& work) {
    if (keeper_.storage_full()) {
      work->done(mysql::MakeError(kDiskFull, "little room is left"));
      return;
    }
    absl::Status refused;
    {
      absl::MutexLock lock(&route_mutex_);
      auto at = routes_.find(work->root);
      if (at != routes_.end() && at->second.idle(absl::Now())) {
        routes_.erase(at);
        at = routes_.end();
      }
      if (at != routes_.end() && Returns(at->second) &&
          at->second.waiting.size() < static_cast<size_t>(options_.max_queue)) {
        at->second.waiting.push_back(work);
        return;
      }
      const size_t lane = at == routes_.end() ? ChooseLane() : at->second.lane;
      switch (lanes_[lane]->Push(work)) {
        case Lane::Pushed::kYes:
          if (at == routes_.end()) {
            routes_.emplace(work->root, Route{lane, 1});
          } else {
            ++at->second.commands;
          }
          return;
        case Lane::Pushed::kFull:
          ++counters_.overloaded;
          refused = Overloaded(absl::Milliseconds(500));
          break;
        case Lane::Pushed::kDraining:
          refused = Draining();
          break;
      }
    }
    work->done(refused);
  }

  void Drain() {
    absl::MutexLock lock(&drain_mutex_);
    for (const auto& lane : lanes_) lane->Drain();
    keeper_.Stop();
  }

  Stats stats() const {
    Stats stats;
    stats.committed = counters_.committed;
    stats.replayed = counters_.replayed;
    stats.failed = counters_.failed;
    stats.transactions = counters_.transactions;
    stats.reruns = counters_.reruns;
    stats.unknown_commits = counters_.unknown_commits;
    stats.overloaded = counters_.overloaded;
    for (const auto& lane : lanes_) stats.waiting += lane->waiting();
    return stats;
  }

  Keeper& keeper() { return keeper_; }
  const RecentTraces& traces() const { return traces_; }

 private:
  WriterState State() {
    WriterState state = {stats(), keeper_.head(), {}};
    for (size_t i = 0; i < lanes_.size(); ++i) {
      state.lanes.push_back(
          {i == held_lane() ? "held" : std::to_string(i), lanes_[i]->waiting(), lanes_[i]->busy()});
    }
    return state;
  }

  void NoteTraces(const std::vector<WorkPtr>& works) {
    for (const WorkPtr& work : works) {
      if (work->error.ok() && !work->records.empty()) traces_.Note(work->position, work->trace);
    }
  }

  // Where the commands of a root go while one of them is on its way.
  struct Route {
    size_t lane = 0;
    int commands = 0;
    // In the lane for held roots, until then at least.
    absl::Time held_until = absl::InfinitePast();
    // Those that came when that time was over while others still were in that lane: they go to a
    // usual lane once those have left, so that a busy root does not stay there for good and its
    // commands keep their order.
    std::deque<WorkPtr> waiting = {};

    bool idle(absl::Time now) const { return commands == 0 && held_until <= now; }
  };

  size_t held_lane() const { return lanes_.size() - 1; }

  // Whether the root is about to leave the lane for held roots.
  bool Returns(const Route& route) const {
    return route.lane == held_lane() && route.held_until <= absl::Now();
  }

  // From now on the root's commands go to the lane for held roots.
  void Hold(const std::string& root) {
    const absl::Time now = absl::Now();
    absl::MutexLock lock(&route_mutex_);
    // Rare enough to clean up on the way.
    absl::erase_if(routes_, [now](const auto& route) { return route.second.idle(now); });
    Route& route = routes_[root];
    route.lane = held_lane();
    route.held_until = now + kHeldFor;
    any_held_ = true;
  }

  // Takes a work that stands in another lane to the lane for held roots when its root is there.
  bool MoveIfHeld(const WorkPtr& work) {
    if (!any_held_) return false;
    {
      absl::MutexLock lock(&route_mutex_);
      const auto at = routes_.find(work->root);
      if (at == routes_.end() || at->second.lane != held_lane()) return false;
      if (lanes_[held_lane()]->Push(work) == Lane::Pushed::kYes) return true;
    }
    // No room: it waits where it is, as it would have without that lane.
    return false;
  }

  // The first lane that has room in its next batch and is not held up: commands that share a
  // transaction share its costs, so a second lane begins when the first is full, or slow.
  size_t ChooseLane() const {
    size_t shortest = 0;
    int least = std::numeric_limits<int>::max();
    for (size_t i = 0; i < held_lane(); ++i) {
      const bool slow = lanes_[i]->BusyFor(kSlow);
      const int waiting = lanes_[i]->waiting();
      if (!slow && waiting < options_.max_batch) return i;
      // All are full or slow: the shortest queue, of those that move if there is one.
      const int weight = waiting + (slow ? options_.max_queue : 0);
      if (weight < least) {
        least = weight;
        shortest = i;
      }
    }
    return shortest;
  }

  void Leave(const std::string& root) {
    std::deque<WorkPtr> refused;
    {
      absl::MutexLock lock(&route_mutex_);
      const auto at = routes_.find(root);
      if (at == routes_.end()) return;
      --at->second.commands;
      if (at->second.commands == 0 && !at->second.waiting.empty()) Return(at->second, refused);
      if (at->second.idle(absl::Now())) routes_.erase(at);
    }
    // The process ends, or the lane is full, which its callers may try again.
    for (const WorkPtr& work : refused) work->done(Draining());
  }

  // Sends those that wait to a usual lane; `refused` are those that it does not take.
  void Return(Route& route, std::deque<WorkPtr>& refused)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(route_mutex_) {
    route.lane = ChooseLane();
    route.held_until = absl::InfinitePast();
    for (WorkPtr& work : std::exchange(route.waiting, {})) {
      if (lanes_[route.lane]->Push(work) == Lane::Pushed::kYes) {
        ++route.commands;
      } else {
        refused.push_back(std::move(work));
      }
    }
  }

  const Options options_;
  const std::string request_key_;
  Counters counters_;
  Keeper keeper_;
  RecentTraces traces_;
  absl::Mutex route_mutex_;
  absl::flat_hash_map<std::string, Route> routes_ ABSL_GUARDED_BY(route_mutex_);
  // Whether any root was ever held: spares the others a look.
  std::atomic<bool> any_held_ = false;
  // The last one is for held roots.
  std::vector<std::unique_ptr<Lane>> lanes_;
  absl::Mutex drain_mutex_;
  // Reads what is above.
  std::shared_ptr<void> exported_;
};

absl::StatusOr<std::unique_ptr<Writer>> Writer::Start(Options options) {
  if (sodium_init() < 0) return absl::InternalError("libsodium does not start");
  if (options.clock == nullptr) options.clock = SystemClock();
  options.lanes = std::clamp(options.lanes, 1, 64);
  options.max_batch = std::clamp(options.max_batch, 1, 64);
  options.max_queue = std::max(options.max_queue, 1);
  options.poll_interval = std::max(options.poll_interval, absl::Milliseconds(1));
  // A command is short: what hangs longer than a caller's patience is given up.
  auto& limits = options.connection;
  limits.read_timeout = std::min(limits.read_timeout, options.patience / 2);
  limits.connect_timeout = std::min(limits.connect_timeout, options.patience / 3);
  limits.statement_timeout = std::min(limits.statement_timeout, options.patience / 3);
  limits.lock_wait_timeout = std::min(limits.lock_wait_timeout, options.patience / 3);
  // Otherwise the other replicas would wait for its locks as long as it is frozen.
  limits.idle_transaction_timeout = kIdleTransaction;
  ASSIGN_OR_RETURN(auto connection, mysql::Connection::Open(options.connection));
  Head head;
  std::string request_key;
  RETURN_IF_ERROR(
      connection->Query("SELECT epoch, position, hash, request_key FROM ledger_head WHERE id = 1",
                        {}, [&](const mysql::Row& row) {
                          head = {row.Bytes(0), row.Int(1), row.Bytes(2)};
                          request_key = row.Bytes(3);
                          return absl::OkStatus();
                        }));
  if (head.epoch.empty()) {
    return absl::FailedPreconditionError("the database has no ledger: run with --migrate_only");
  }
  return std::unique_ptr<Writer>(new Writer(std::make_unique<Impl>(
      std::move(options), std::move(head), std::move(request_key), std::move(connection))));
}

Writer::Writer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Writer::~Writer() { Drain(); }

void Writer::CommitAsync(Command command, std::function<void(absl::StatusOr<Committed>)> done) {
  if (const absl::Status status = Check(command); !status.ok()) {
    done(status);
    return;
  }
  impl_->Submit(impl_->MakeWork(std::move(command), std::move(done)));
}

absl::StatusOr<Committed> Writer::Commit(Command command) {
  RETURN_IF_ERROR(Check(command));
  // Shared, since a caller who has left, or whose deadline passes, leaves before the answer.
  auto waiting = std::make_shared<Waiting>();
  const absl::Time deadline = command.deadline;
  const WorkPtr work = impl_->MakeWork(
      std::move(command),
      [waiting](absl::StatusOr<Committed> result) { waiting->Answer(std::move(result)); });
  work->cancellation = CurrentCancellation();
  const CancelWatch left(work->cancellation, [w = waiting.get()] { w->Leave(); });
  impl_->Submit(work);
  if (auto result = waiting->Wait(deadline)) return *std::move(result);
  if (work->Abandon()) return CallerHasLeft() ? Cancelled() : DeadlineExceeded();
  if (auto result = waiting->WaitLonger(kGrace)) return *std::move(result);
  // The lane goes on, but does not call the command's functions any more.
  work->Leave();
  if (auto result = waiting->WaitLonger(absl::ZeroDuration())) return *std::move(result);
  return StillRunning();
}

Head Writer::head() const { return impl_->keeper().head(); }

bool Writer::WaitForChange(int64_t position, absl::Time deadline) {
  return impl_->keeper().WaitForChange(position, deadline);
}

std::shared_ptr<void> Writer::OnChange(std::function<void()> listener) {
  return impl_->keeper().OnChange(std::move(listener));
}

std::optional<TraceContext> Writer::TraceAt(int64_t position) const {
  return impl_->traces().Find(position);
}

Writer::Stats Writer::stats() const { return impl_->stats(); }

void Writer::Drain() { impl_->Drain(); }

}  // namespace phoihop::ledger
