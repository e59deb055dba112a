#include "common/mysql/pool.h"

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "common/cancel/cancellation.h"
#include "common/mysql/slow_log.h"
#include "common/status/errors.h"
#include "common/telemetry/metrics.h"

namespace phoihop::mysql {

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    Release();
    pool_ = std::exchange(other.pool_, nullptr);
    connection_ = std::move(other.connection_);
  }
  return *this;
}

void Lease::Release() {
  if (pool_ == nullptr) return;
  if (connection_->in_transaction() && !connection_->broken())
    connection_->Rollback().IgnoreError();
  std::exchange(pool_, nullptr)->Return(std::move(connection_));
}

absl::StatusOr<std::unique_ptr<Pool>> Pool::Create(Options options) {
  options.size = std::max(1, options.size);
  auto pool = std::unique_ptr<Pool>(new Pool(std::move(options)));
  const auto lease = pool->Acquire(absl::Now() + pool->options_.connection.connect_timeout);
  if (!lease.ok()) return lease.status();
  return pool;
}

// Exported as phoihop_mysql_pool_*.
struct Pool::Metrics {
  explicit Metrics(const Pool* pool)
      : labels({{"pool", pool->options_.name}}),
        wait(GetHistogram("phoihop_mysql_pool_wait_seconds",
                          "Time until a connection was lent, or refused.", labels,
                          LatencyBuckets())),
        in_use(GetGauge("phoihop_mysql_pool_in_use", "Connections lent.", labels)),
        idle(GetGauge("phoihop_mysql_pool_idle", "Open connections that nobody uses.", labels)) {
    GetGauge("phoihop_mysql_pool_size", "The most connections open at once.", labels)
        .Set(pool->options_.size);
    update = BeforeScrape([this, pool] {
      absl::MutexLock lock(&pool->mutex_);
      const double free = static_cast<double>(pool->idle_.size());
      in_use.Set(static_cast<double>(pool->open_) - free);
      idle.Set(free);
    });
  }

  const MetricLabels labels;
  Histogram wait;
  Gauge in_use;
  Gauge idle;
  std::shared_ptr<void> update;
};

Pool::Pool(Options options)
    : options_(std::move(options)), metrics_(std::make_unique<Metrics>(this)) {
  ExportErrorKinds();
}

Pool::~Pool() = default;

absl::StatusOr<Lease> Pool::Acquire(absl::Time deadline) {
  const absl::Time asked = absl::Now();
  const auto measured = absl::MakeCleanup(
      [this, asked] { metrics_->wait.Observe(absl::ToDoubleSeconds(absl::Now() - asked)); });
  // Not the thread's own variable, which says something else for a while below.
  const Cancellation* const cancellation = CurrentCancellation().get();
  // Makes the condition below be looked at again.
  const CancelWatch left(CurrentCancellation(), [this] { absl::MutexLock lock(&mutex_); });
  const auto has_left = [&] { return cancellation != nullptr && cancellation->cancelled(); };
  while (true) {
    std::unique_ptr<Connection> connection;
    bool check = false;
    {
      absl::MutexLock lock(&mutex_);
      const auto can_go_on = [this, &has_left]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return has_left() || !idle_.empty() || open_ < options_.size;
      };
      if (!mutex_.AwaitWithDeadline(absl::Condition(&can_go_on), deadline)) {
        return DeadlineExceeded();
      }
      if (has_left()) return Cancelled();
      const absl::Time now = absl::Now();
      // The one used last is the most likely to be alive; those that lie at the front longest.
      while (!idle_.empty() && idle_.front().since + options_.idle_close < now &&
             idle_.front().since != absl::InfinitePast()) {
        idle_.erase(idle_.begin());
        --open_;
      }
      if (!idle_.empty()) {
        check = idle_.back().since + options_.idle_check < now;
        connection = std::move(idle_.back().connection);
        idle_.pop_back();
      } else {
        ++open_;
      }
    }
    if (connection != nullptr) {
      // A caller who leaves now leaves a good connection behind.
      const ScopedCancellation whole(nullptr);
      if (!check ||
          connection->Query("SELECT 1", {}, [](const Row&) { return absl::OkStatus(); }).ok()) {
        return Lease(this, std::move(connection));
      }
      connection->MarkBroken();
      Return(std::move(connection));
      continue;
    }
    auto opened = Connection::Open(options_.connection);
    if (opened.ok()) return Lease(this, *std::move(opened));
    absl::MutexLock lock(&mutex_);
    --open_;
    return opened.status();
  }
}

void Pool::Return(std::unique_ptr<Connection> connection) {
  const bool broken = connection->broken();
  if (broken) connection.reset();  // closes outside of the lock
  absl::MutexLock lock(&mutex_);
  if (!broken) {
    idle_.push_back({std::move(connection), absl::Now()});
    return;
  }
  --open_;
  // What broke one may have broken all: try each before it is lent again.
  for (Idle& idle : idle_) idle.since = absl::InfinitePast();
}

int Pool::open() const {
  absl::MutexLock lock(&mutex_);
  return open_;
}

}  // namespace phoihop::mysql
