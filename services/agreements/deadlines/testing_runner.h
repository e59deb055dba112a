// The worker on a real database, with a clock and a working-day calendar that tests change.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_TESTING_RUNNER_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_TESTING_RUNNER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "common/access/snapshot.h"
#include "common/access/testing_tree.h"
#include "common/ledger/writer.h"
#include "common/mysql/pool.h"
#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/due.pb.h"
#include "services/agreements/deadlines/mysql_obligation_book.h"
#include "services/agreements/deadlines/runner.h"
#include "services/agreements/deadlines/testing_calendar.h"

namespace phoihop::agreements {

// Wednesday.
inline constexpr absl::CivilDay kToday(2026, 3, 4);

// A directory whose calendar a test changes.
class ChangingSnapshot : public access::SnapshotSource {
 public:
  absl::StatusOr<access::Snapshot> Get() const override {
    absl::MutexLock lock(&mutex_);
    return snapshot_;
  }
  void Set(WorkCalendar calendar);

 private:
  mutable absl::Mutex mutex_;
  access::Snapshot snapshot_ ABSL_GUARDED_BY(mutex_);
};

// The tables of 2024 to 2027 with one more day off.
WorkCalendar WithHoliday(absl::CivilDay day, int64_t revision);

class RunnerTest : public ::testing::Test {
 protected:
  void SetUp() override;

  std::unique_ptr<ledger::Writer> NewWriter();
  Runner::Options RunnerOptions(ledger::Writer* writer);
  // A round of a new worker.
  Runner::Round Run();

  absl::Status Write(const std::function<absl::Status(ledger::Transaction&)>& body);
  void Put(const std::vector<Obligation>& obligations);
  void Close(const std::string& key, absl::CivilDay day);
  // So many working days after `basis`.
  static Obligation After(const std::string& key, absl::CivilDay basis, int days,
                          int64_t unit = 30);
  Obligation Find(const std::string& key);
  // The first column.
  std::vector<std::string> Rows(const std::string& sql);
  // "OVERDUE court 30" and so on, in order of giving.
  std::vector<std::string> Notices();
  // "key number" of the steps that were taken.
  std::vector<std::string> Steps();
  // The obligations of the ledger's records.
  std::vector<v1::Obligation> Recorded();

  mysql::ConnectionOptions options_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<RunnerStore> store_;
  FakeClock clock_;
  ChangingSnapshot snapshots_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<ObligationBook> book_ = NewMysqlObligationBook();
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_TESTING_RUNNER_H_
