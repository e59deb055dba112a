#include "common/ledger/lane.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/mysql/error.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::ledger {
namespace {

// How often a batch is tried again without those that turned out to be repeats, before its
// commands are run one by one.
constexpr int kBatchAttempts = 3;

absl::Status DatabaseUnavailable() {
  return Unavailable("DATABASE_UNAVAILABLE",
                     {"Nothing was stored: the database cannot be used now. Try again shortly.",
                      "Chưa lưu được: cơ sở dữ liệu tạm thời không sẵn sàng. Vui lòng thử lại."});
}

absl::Status OutcomeUnknown() {
  return Unavailable(
      "OUTCOME_UNKNOWN",
      {"It is not known whether this was stored. Repeat it with the same request id to find out.",
       "Chưa xác định được thay đổi đã được lưu hay chưa. Vui lòng gửi lại với cùng mã yêu cầu."});
}

bool HasLeft(Work& work) {
  absl::MutexLock lock(&work.calling);
  return work.left || (work.command.cancelled && work.command.cancelled());
}

absl::Status AskBeforeReplay(Work& work, const std::string& response) {
  absl::MutexLock lock(&work.calling);
  if (work.left) return Cancelled();
  return work.command.before_replay ? work.command.before_replay(response) : absl::OkStatus();
}

}  // namespace

Lane::Lane(Options options)
    : options_(std::move(options)),
      batch_commands_(GetHistogram("phoihop_lane_batch_commands",
                                   "Commands that were stored in one transaction.", {},
                                   {1, 2, 4, 8, 16, 32, 64})),
      batch_seconds_(GetHistogram("phoihop_lane_batch_seconds",
                                  "Time from taking commands out of the queue until all of them "
                                  "are answered or moved.",
                                  {}, LatencyBuckets())) {
  thread_ = std::thread([this] { Loop(); });
}

Lane::~Lane() { Drain(); }

Lane::Pushed Lane::Push(WorkPtr work) {
  absl::MutexLock lock(&mutex_);
  if (draining_) return Pushed::kDraining;
  if (queue_.size() >= static_cast<size_t>(options_.max_queue)) return Pushed::kFull;
  queue_.push_back(std::move(work));
  return Pushed::kYes;
}

void Lane::Drain() {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

int Lane::waiting() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(queue_.size());
}

absl::Duration Lane::busy() const {
  const int64_t since = busy_since_;
  if (since == 0) return absl::ZeroDuration();
  return std::max(absl::ZeroDuration(), absl::Now() - absl::FromUnixMicros(since));
}

void Lane::Loop() {
  while (true) {
    busy_since_ = 0;
    std::vector<WorkPtr> taken = Take();
    if (taken.empty()) return;
    const absl::Time begin = absl::Now();
    busy_since_ = absl::ToUnixMicros(begin);
    std::vector<WorkPtr> works = Sort(std::move(taken));
    while (!works.empty()) {
      RunBatch(std::move(works));
      works = Sort(std::exchange(again_, {}));
    }
    batch_seconds_.Observe(absl::ToDoubleSeconds(absl::Now() - begin));
  }
}

std::vector<WorkPtr> Lane::Take() {
  std::vector<WorkPtr> taken;
  absl::MutexLock lock(&mutex_);
  const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return draining_ || !queue_.empty();
  };
  mutex_.Await(absl::Condition(&ready));
  while (!queue_.empty() && taken.size() < static_cast<size_t>(options_.max_batch)) {
    taken.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return taken;
}

std::vector<WorkPtr> Lane::Sort(std::vector<WorkPtr> taken) {
  std::vector<WorkPtr> works;
  std::map<RequestKey, WorkPtr> first;
  const absl::Time now = absl::Now();
  for (WorkPtr& work : taken) {
    // A repeat that comes back was taken up before.
    const bool given_up = work->state != Work::kStarted && !work->TakeUp();
    if (given_up || work->command.deadline <= now) {
      Answer(work, DeadlineExceeded());
    } else if (HasLeft(*work)) {
      Answer(work, Cancelled());
    } else if (options_.elsewhere && options_.elsewhere(work)) {
      continue;
    } else if (const auto [at, added] = first.emplace(work->key, work); added) {
      works.push_back(std::move(work));
    } else {
      at->second->repeats.push_back(std::move(work));
    }
  }
  return works;
}

absl::Status Lane::Connect() {
  if (db_ != nullptr && !db_->broken()) return absl::OkStatus();
  db_.reset();
  ASSIGN_OR_RETURN(db_, mysql::Connection::Open(options_.connection));
  return absl::OkStatus();
}

Attempt Lane::Try(const std::vector<WorkPtr>& works, absl::Status& cause, bool impatient) {
  cause = Connect();
  if (!cause.ok()) return Attempt::kTransient;
  Head head;
  std::optional<int64_t> usual_wait;
  if (impatient) usual_wait = absl::ToInt64Seconds(options_.connection.lock_wait_timeout);
  const Attempt attempt = TryBatch(*db_, works, options_.clock->Now(), head, cause, usual_wait);
  if (attempt == Attempt::kStored && !head.epoch.empty()) {
    ++options_.counters->transactions;
    batch_commands_.Observe(static_cast<double>(works.size()));
    if (options_.stored) options_.stored(works);
    options_.moved(head);
  } else if (attempt == Attempt::kUnknown) {
    ++options_.counters->unknown_commits;
    Log(absl::StrCat("the answer to a COMMIT was lost: ", cause.ToString()));
  }
  return attempt;
}

void Lane::RunBatch(std::vector<WorkPtr> works) {
  // One wait for a lock is enough for all: from then on whose rows are locked goes elsewhere at
  // once, whether somebody holds them for long or not.
  bool impatient = false;
  for (int i = 0; i < kBatchAttempts && works.size() > 1; ++i) {
    absl::Status cause;
    const Attempt attempt = Try(works, cause, impatient);
    if (attempt == Attempt::kStored) {
      for (const WorkPtr& work : works) AnswerStored(work);
      return;
    }
    ++options_.counters->reruns;
    if (MoveHeld(works)) {
      // Each time there is one work less, so this ends.
      impatient = true;
      --i;
      continue;
    }
    // Rows that all share, of what was gathered or the head, were locked for too long: to run the
    // commands one by one would only wait for them more often.
    if (attempt == Attempt::kTransient && mysql::ErrorNumber(cause) == mysql::kLockWaitTimeout) {
      continue;
    }
    if (attempt != Attempt::kRemembered) break;
    auto left = AnswerRemembered(works);
    if (!left.ok()) break;
    works = *std::move(left);
  }
  for (const WorkPtr& work : works) RunAlone(work, impatient);
}

bool Lane::MoveHeld(std::vector<WorkPtr>& works) {
  if (!options_.hold) return false;
  const auto held =
      std::find_if(works.begin(), works.end(), [](const WorkPtr& work) { return work->held; });
  if (held == works.end()) return false;
  options_.hold((*held)->root);
  if (!options_.elsewhere) return false;
  // None moves when there is no room for it.
  return std::erase_if(works, [this](const WorkPtr& work) { return options_.elsewhere(work); }) > 0;
}

void Lane::RunAlone(const WorkPtr& work, bool impatient) {
  mysql::RetryPolicy policy;
  policy.max_attempts = 1000;
  policy.deadline = std::min(work->command.deadline, absl::Now() + options_.patience);
  mysql::Backoff backoff(std::move(policy));
  absl::Status cause;
  do {
    // After a lost answer, look first: it is cheaper than a transaction that finds out.
    if (work->maybe_stored) {
      const auto left = Connect().ok() ? AnswerRemembered({work}) : std::vector<WorkPtr>{work};
      if (left.ok() && left->empty()) return;
    }
    switch (Try({work}, cause, std::exchange(impatient, false))) {
      case Attempt::kStored:
        AnswerStored(work);
        return;
      case Attempt::kRefused:
        AnswerStored(work);
        return;
      case Attempt::kRemembered: {
        const auto left = AnswerRemembered({work});
        if (left.ok() && left->empty()) return;
        break;
      }
      case Attempt::kApart:
      case Attempt::kTransient:
      case Attempt::kUnknown:
        break;
    }
    ++options_.counters->reruns;
    if (std::vector<WorkPtr> works = {work}; MoveHeld(works)) return;
  } while (backoff.Next());
  Log(absl::StrCat("gave up ", work->command.method, " after ", backoff.attempts(),
                   " attempts: ", cause.ToString()));
  work->error = work->maybe_stored ? OutcomeUnknown() : DatabaseUnavailable();
  AnswerStored(work);
}

absl::StatusOr<std::vector<WorkPtr>> Lane::AnswerRemembered(const std::vector<WorkPtr>& works) {
  std::vector<const RequestKey*> keys;
  for (const WorkPtr& work : works) keys.push_back(&work->key);
  RETURN_IF_ERROR(Connect());
  ASSIGN_OR_RETURN(const auto found, FindRequests(*db_, keys));
  std::vector<WorkPtr> left;
  for (const WorkPtr& work : works) {
    const auto at = found.find(work->key);
    if (at == found.end()) {
      left.push_back(work);
    } else {
      AnswerFrom(work, at->second);
    }
  }
  return left;
}

void Lane::AnswerFrom(const WorkPtr& work, const Remembered& remembered) {
  const bool own = std::exchange(work->maybe_stored, false);
  for (const WorkPtr& repeat : std::exchange(work->repeats, {})) AnswerFrom(repeat, remembered);
  if (remembered.body_hash != work->body_hash) {
    Answer(work, RequestIdReused());
    return;
  }
  // A lost COMMIT that turns out to have been stored is no repeat.
  if (!own) {
    if (const absl::Status status = AskBeforeReplay(*work, remembered.response); !status.ok()) {
      Answer(work, status);
      return;
    }
  }
  Answer(work, Committed{remembered.response, remembered.position, !own});
}

void Lane::AnswerStored(const WorkPtr& work) {
  std::vector<WorkPtr> repeats = std::exchange(work->repeats, {});
  if (!work->error.ok()) {
    const bool passing = work->error.code() == absl::StatusCode::kUnavailable;
    for (const WorkPtr& repeat : repeats) {
      // An error is not remembered: each repeat runs for itself, as it would have alone.
      if (passing) {
        Answer(repeat, work->error);
      } else {
        again_.push_back(repeat);
      }
    }
    Answer(work, work->error);
    return;
  }
  const Remembered remembered = {work->body_hash, work->position, work->response};
  for (const WorkPtr& repeat : repeats) AnswerFrom(repeat, remembered);
  Answer(work, Committed{std::move(work->response), work->position, false});
}

void Lane::Answer(const WorkPtr& work, absl::StatusOr<Committed> result) {
  if (!result.ok()) {
    ++options_.counters->failed;
  } else if (result->replayed) {
    ++options_.counters->replayed;
  } else {
    ++options_.counters->committed;
  }
  // Not called twice, and what it captured is freed now.
  const auto done = std::exchange(work->done, nullptr);
  if (!done) return;
  options_.answered(*work);
  done(std::move(result));
}

void Lane::Log(const std::string& text) {
  if (options_.log) options_.log(text);
}

}  // namespace phoihop::ledger
