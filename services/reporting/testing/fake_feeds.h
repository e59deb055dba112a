// Feeds in this process: what services would have committed, sent in all the ways in which a
// network and a restart may send it.
#ifndef PHOIHOP_SERVICES_REPORTING_TESTING_FAKE_FEEDS_H_
#define PHOIHOP_SERVICES_REPORTING_TESTING_FAKE_FEEDS_H_

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "services/reporting/projection/feeds.h"
#include "services/reporting/testing/random_records.h"

namespace phoihop::reporting {

// Thread safe. Batches have random sizes, and some records come again.
class FakeFeeds : public Feeds {
 public:
  FakeFeeds() {
    for (const std::string_view service : kServices) ledgers_[std::string(service)];
  }

  // Commits a record and returns its position.
  int64_t Append(std::string_view service, FeedRow row) {
    absl::MutexLock lock(&mutex_);
    Ledger& ledger = ledgers_.at(std::string(service));
    ledger.rows.push_back(std::move(row));
    return static_cast<int64_t>(ledger.rows.size());
  }

  // Restores a service from a backup that had the first `kept` records.
  void Restore(std::string_view service, size_t kept) {
    absl::MutexLock lock(&mutex_);
    Ledger& ledger = ledgers_.at(std::string(service));
    ledger.rows.resize(kept);
    ledger.epoch += "'";
  }

  // The service does not answer, and its feed is silent, until it is set back.
  void SetDown(std::string_view service, bool down) {
    absl::MutexLock lock(&mutex_);
    ledgers_.at(std::string(service)).down = down;
  }

  // Every message arrives this much later.
  void SetDelay(absl::Duration delay) {
    absl::MutexLock lock(&mutex_);
    delay_ = delay;
  }

  std::unique_ptr<FeedSubscription> Follow(const SourcePosition& from,
                                           FeedHandlers handlers) override {
    return std::make_unique<Subscription>(*this, from, std::move(handlers));
  }

  absl::StatusOr<SourcePosition> Head(std::string_view service, absl::Time deadline) override {
    absl::MutexLock lock(&mutex_);
    const Ledger& ledger = ledgers_.at(std::string(service));
    if (ledger.down) return absl::UnavailableError("down");
    return SourcePosition{std::string(service), ledger.epoch,
                          static_cast<int64_t>(ledger.rows.size())};
  }

 private:
  struct Ledger {
    std::string epoch = "e1";
    std::vector<FeedRow> rows;
    bool down = false;
  };

  class Subscription : public FeedSubscription {
   public:
    Subscription(FakeFeeds& feeds, SourcePosition at, FeedHandlers handlers)
        : feeds_(feeds), at_(std::move(at)), handlers_(std::move(handlers)) {
      thread_ = std::thread([this] { Run(); });
    }
    ~Subscription() override {
      stopping_ = true;
      thread_.join();
    }
    State state() const override { return {head_, connected_}; }

   private:
    void Run() {
      std::mt19937 random(std::hash<std::string>()(at_.service));
      while (!stopping_) {
        FeedBatch batch;
        bool down = false;
        std::string epoch;
        absl::Duration delay;
        {
          absl::MutexLock lock(&feeds_.mutex_);
          const Ledger& ledger = feeds_.ledgers_.at(at_.service);
          delay = feeds_.delay_;
          down = ledger.down;
          epoch = ledger.epoch;
          head_ = static_cast<int64_t>(ledger.rows.size());
          if (at_.epoch.empty() || at_.epoch == epoch) {
            // Sometimes a few records come once more.
            batch.epoch = epoch;
            batch.after = std::max<int64_t>(0, at_.position - (random() % 3 == 0 ? 2 : 0));
            batch.position = std::min<int64_t>(head_, batch.after + random() % 40);
            batch.position = std::max(batch.position, std::min<int64_t>(at_.position, head_));
            for (int64_t i = batch.after; i < batch.position; ++i) {
              batch.events.push_back({i + 1, ledger.rows[i]});
            }
          }
        }
        connected_ = !down;
        if (down) {
          absl::SleepFor(absl::Milliseconds(2));
          continue;
        }
        absl::SleepFor(delay);
        if (!at_.epoch.empty() && at_.epoch != epoch) {
          if (handlers_.on_epoch(epoch).ok()) {
            at_.epoch = epoch;
            at_.position = 0;
          } else {
            absl::SleepFor(absl::Milliseconds(2));
          }
          continue;
        }
        const bool nothing_new = batch.position == at_.position;
        const auto stored = handlers_.on_batch(batch);
        if (stored.ok()) {
          at_.epoch = batch.epoch;
          at_.position = *stored;
        }
        if (!stored.ok() || nothing_new) absl::SleepFor(absl::Milliseconds(2));
      }
    }

    FakeFeeds& feeds_;
    SourcePosition at_;
    const FeedHandlers handlers_;
    std::atomic<bool> stopping_ = false;
    std::atomic<int64_t> head_ = 0;
    std::atomic<bool> connected_ = false;
    std::thread thread_;
  };

  absl::Mutex mutex_;
  std::map<std::string, Ledger> ledgers_ ABSL_GUARDED_BY(mutex_);
  absl::Duration delay_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_TESTING_FAKE_FEEDS_H_
