#include "common/lease/holder.h"

#include <sodium.h>
#include <time.h>
#include <unistd.h>

#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/mysql/error.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/telemetry/metrics.h"

namespace phoihop::lease {
namespace {

using mysql::Bytes;

constexpr char kRead[] =
    "SELECT holder, token, UTC_TIMESTAMP(6),"
    " holder = '' OR expire_time < UTC_TIMESTAMP(6)"
    " OR expire_time > UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND FROM lease WHERE name = ?";
constexpr char kMake[] =
    "INSERT INTO lease (name, holder, token, expire_time) VALUES (?, '', 0, UTC_TIMESTAMP(6))";
constexpr char kRenew[] =
    "UPDATE lease SET expire_time = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND"
    " WHERE name = ? AND holder = ? AND token = ?";
// The token decides between those who try at once.
constexpr char kTake[] =
    "UPDATE lease SET holder = ?, token = token + 1,"
    " expire_time = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND WHERE name = ? AND token = ?"
    " AND (holder = '' OR expire_time < UTC_TIMESTAMP(6)"
    " OR expire_time > UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND)";
constexpr char kGiveBack[] =
    "UPDATE lease SET holder = '', expire_time = UTC_TIMESTAMP(6)"
    " WHERE name = ? AND holder = ? AND token = ?";

constexpr int kNoSuchTable = 1146;

// A term that ends later than any that is given was given by a database whose clock has been set
// back since, or by another node of the cluster: nobody need wait for it.
constexpr int kLongestTerms = 10;

// After a failure, such as the row being locked by a transaction that shows its fence.
constexpr absl::Duration kAgain = absl::Milliseconds(200);

absl::Duration SystemSteady() {
  timespec now{};
  // Goes on while the process is stopped and the machine sleeps.
  clock_gettime(CLOCK_BOOTTIME, &now);
  return absl::DurationFromTimespec(now);
}

// Unique, and telling to people.
std::string NewHolderId() {
  char host[64] = {};
  gethostname(host, sizeof(host) - 1);
  char random[8];
  randombytes_buf(random, sizeof(random));
  return absl::StrCat(host, ":", getpid(), ":",
                      absl::BytesToHexString(absl::string_view(random, sizeof(random))));
}

}  // namespace

class Holder::Impl {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)),
        id_(NewHolderId()),
        held_gauge_(GetGauge("phoihop_lease_held", "Whether this process holds the lease.",
                             {{"name", options_.name}})),
        clock_(this) {
    if (!options_.steady) options_.steady = SystemSteady;
    held_gauge_.Set(0);
  }

  ~Impl() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    if (thread_.joinable()) thread_.join();
    if (token_ == 0 || !Connect().ok()) return;
    if (db_->Execute(kGiveBack, {Bytes(options_.name), Bytes(id_), token_}).ok()) {
      Log("given back");
    }
  }

  absl::Status Start() {
    RETURN_IF_ERROR(Connect());
    // A row that somebody has locked is no reason not to start.
    const absl::Status status = Round();
    if (mysql::ErrorNumber(status) == kNoSuchTable) {
      return absl::FailedPreconditionError(
          "the database has no table `lease`: run with --migrate_only");
    }
    if (!status.ok() && !mysql::IsTransient(status)) return status;
    Tell();
    thread_ = std::thread([this] { Loop(); });
    return absl::OkStatus();
  }

  std::optional<Fence> fence() const {
    absl::MutexLock lock(&mutex_);
    if (!Held()) return std::nullopt;
    return Fence(options_.name, id_, held_token_);
  }

  bool AwaitHeld(absl::Time deadline) const {
    absl::MutexLock lock(&mutex_);
    const auto held = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return Held(); };
    return mutex_.AwaitWithDeadline(absl::Condition(&held), deadline);
  }

  const Clock& clock() const { return clock_; }

 private:
  class DatabaseClock : public Clock {
   public:
    explicit DatabaseClock(const Impl* impl) : impl_(impl) {}
    absl::Time Now() const override {
      absl::MutexLock lock(&impl_->mutex_);
      if (!impl_->heard_.has_value()) return absl::Now();
      return *impl_->heard_ + (impl_->options_.steady() - impl_->heard_at_);
    }

   private:
    const Impl* const impl_;
  };

  bool Held() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return held_token_ != 0 && options_.steady() < held_until_;
  }

  void Loop() {
    bool failed = false;
    while (true) {
      {
        absl::MutexLock lock(&mutex_);
        mutex_.AwaitWithTimeout(absl::Condition(&stopping_), failed        ? kAgain
                                                             : token_ != 0 ? options_.renew
                                                                           : options_.look);
        if (stopping_) return;
      }
      if (options_.before_round) options_.before_round();
      failed = !Connect().ok() || !Round().ok();
      Tell();
    }
  }

  absl::Status Connect() {
    if (db_ != nullptr && !db_->broken()) return absl::OkStatus();
    db_.reset();
    mysql::ConnectionOptions connection = options_.connection;
    connection.connect_timeout = absl::Seconds(2);
    connection.statement_timeout = absl::Seconds(2);
    connection.read_timeout = absl::Seconds(3);
    connection.lock_wait_timeout = absl::Seconds(1);
    ASSIGN_OR_RETURN(db_, mysql::Connection::Open(connection));
    return absl::OkStatus();
  }

  // One look, and one attempt to renew or take.
  absl::Status Round() {
    const int64_t term = absl::ToInt64Microseconds(options_.term);
    std::string holder;
    int64_t token = 0;
    bool found = false, free = true;
    absl::Time now;
    const auto read = [&] {
      return db_->Query(kRead, {term * kLongestTerms, Bytes(options_.name)},
                        [&](const mysql::Row& row) {
                          found = true;
                          holder = row.Bytes(0);
                          token = row.Int(1);
                          now = row.Time(2);
                          free = row.Int(3) != 0;
                          return absl::OkStatus();
                        });
    };
    const absl::Duration asked = options_.steady();
    RETURN_IF_ERROR(read());
    if (!found) {
      const absl::Status made = db_->Execute(kMake, {Bytes(options_.name)}).status();
      if (!made.ok() && mysql::ErrorNumber(made) != mysql::kDuplicateKey) return made;
      RETURN_IF_ERROR(read());
      if (!found) return Internal("a lease has no row");
    }
    {
      absl::MutexLock lock(&mutex_);
      heard_ = now;
      heard_at_ = options_.steady();
    }
    int64_t changed = 0;
    if (holder == id_) {
      // Also after an answer that was lost.
      ASSIGN_OR_RETURN(changed,
                       db_->Execute(kRenew, {term, Bytes(options_.name), Bytes(id_), token}));
    } else if (free) {
      ASSIGN_OR_RETURN(changed, db_->Execute(kTake, {Bytes(id_), term, Bytes(options_.name), token,
                                                     term * kLongestTerms}));
      ++token;
    }
    token_ = changed == 0 ? 0 : token;
    absl::MutexLock lock(&mutex_);
    held_token_ = token_;
    if (changed != 0) held_until_ = asked + options_.term;
    return absl::OkStatus();
  }

  void Tell() {
    const bool held = fence().has_value();
    held_gauge_.Set(held ? 1 : 0);
    if (std::exchange(told_, held) != held) Log(held ? "held" : "lost");
  }

  void Log(std::string_view what) const {
    if (options_.log) options_.log(absl::StrCat(options_.name, ": ", AbslView(what), " by ", id_));
  }

  Options options_;
  const std::string id_;
  Gauge held_gauge_;
  const DatabaseClock clock_;
  std::unique_ptr<mysql::Connection> db_;
  // As the database last said; used by one thread at a time.
  int64_t token_ = 0;
  bool told_ = false;

  mutable absl::Mutex mutex_;
  int64_t held_token_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration held_until_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Time> heard_ ABSL_GUARDED_BY(mutex_);
  absl::Duration heard_at_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<Holder>> Holder::Start(Options options) {
  if (sodium_init() < 0) return absl::InternalError("libsodium does not start");
  auto impl = std::make_unique<Impl>(std::move(options));
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Holder>(new Holder(std::move(impl)));
}

Holder::Holder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Holder::~Holder() = default;

std::optional<Fence> Holder::fence() const { return impl_->fence(); }

bool Holder::AwaitHeld(absl::Time deadline) const { return impl_->AwaitHeld(deadline); }

const Clock& Holder::clock() const { return impl_->clock(); }

}  // namespace phoihop::lease
