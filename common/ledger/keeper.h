#ifndef PHOIHOP_COMMON_LEDGER_KEEPER_H_
#define PHOIHOP_COMMON_LEDGER_KEEPER_H_

#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/ledger/record.h"
#include "common/ledger/writer.h"

namespace phoihop::ledger {

// Knows the newest head, tells those who wait for it, signs checkpoints and forgets old
// requests: all that goes on beside the lanes, on one thread with one connection. Private to
// common/ledger.
class Keeper {
 public:
  Keeper(const Writer::Options& options, Head head, std::unique_ptr<mysql::Connection> db);
  // Stops.
  ~Keeper();

  // A lane has moved the head.
  void Moved(const Head& head);
  Head head() const;
  bool WaitForChange(int64_t position, absl::Time deadline);
  std::shared_ptr<void> OnChange(std::function<void()> listener);

  // Whether the disk of a database on this host has so little room left that nothing more should
  // be written: MariaDB ends itself when it cannot even roll back, and starts again only when
  // there is room. Of a database elsewhere nothing is known.
  bool storage_full() const { return storage_full_; }

  // Signs a last checkpoint and ends the thread.
  void Stop();

 private:
  struct Listener {
    // Held while the function is called.
    absl::Mutex mutex;
    std::function<void()> call ABSL_GUARDED_BY(mutex);
  };

  void Loop();
  // Whether signing and forgetting are this process's work now.
  bool Leads() const;
  bool Connect();
  void Poll();
  void LookAtStorage();
  void Purge();
  void Sign();
  absl::Status SignHead();
  absl::Status WriteLines();
  void Tell();
  void Log(const std::string& text) const;

  const Writer::Options& options_;
  std::unique_ptr<mysql::Connection> db_;
  // Epoch and position of the newest checkpoint made here.
  Head signed_;
  // Lines that could not be appended to the checkpoint file yet, oldest first.
  std::deque<std::string> unwritten_;
  // Where a database on this host keeps its files; empty until it is known.
  std::string datadir_;
  std::atomic<bool> storage_full_ = false;

  mutable absl::Mutex mutex_;
  Head head_ ABSL_GUARDED_BY(mutex_);
  int waiters_ ABSL_GUARDED_BY(mutex_) = 0;
  std::list<std::weak_ptr<Listener>> listeners_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Appends a line to a file and waits until it is on disk.
absl::Status AppendLine(const std::string& path, const std::string& line);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_KEEPER_H_
