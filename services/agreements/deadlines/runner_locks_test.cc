// The worker among writers: whoever locks, locks in one order.
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "gmock/gmock.h"
#include "services/agreements/deadlines/testing_runner.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using ::phoihop::testing::IsOk;
using ::testing::ElementsAre;

// Writers lock their agreement and then their obligations, in an order of their own; the worker
// moves the same ones in batches that go across agreements.
TEST_F(RunnerTest, WriterThatHoldsAnAgreementIsWaitedForBeforeItsObligationsAreLocked) {
  {
    auto db = mysql::Connection::Open(options_);
    ASSERT_THAT(db, IsOk());
    for (const char* id : {"a1", "a2"}) {
      ASSERT_THAT(
          (*db)->Execute("INSERT INTO agreements (id, unit_id, title, document_number, term_start, "
                         "term_end, term_year, state, create_time, update_time, revision) VALUES "
                         "(?, 30, 'A', '', '2026-01-01', '2026-12-31', 2026, 3, '2026-01-01', "
                         "'2026-01-01', 1)",
                         {std::string(id)}),
          IsOk());
    }
  }
  std::vector<Obligation> many;
  for (int i = 0; i < 40; ++i) {
    many.push_back(After(absl::StrCat("k", i), kToday, 3 + i % 3));
    many.back().agreement = i % 2 == 0 ? "a1" : "a2";
  }
  Put(many);
  const std::unique_ptr<ledger::Writer> other = NewWriter();
  std::atomic<int> reruns = 0;
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (const std::string agreement : {"a1", "a2"}) {
    threads.emplace_back([&, agreement] {
      for (int turn = 0; !done; ++turn) {
        int runs = 0;
        ledger::Command command;
        command.roots = {absl::StrCat("agreements/", agreement)};
        command.method = "test/Write";
        command.actor.name = "members/test";
        command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
          ++runs;
          RETURN_IF_ERROR(tx.db().Query("SELECT id FROM agreements WHERE id = ? FOR UPDATE",
                                        {agreement},
                                        [](const mysql::Row&) { return absl::OkStatus(); }));
          // From the last to the first.
          for (int i = 39; i >= 0; --i) {
            if (many[i].agreement != agreement) continue;
            RETURN_IF_ERROR(book_->Lock(tx, absl::StrCat("k", i)).status());
          }
          return std::string();
        };
        ASSERT_THAT(other->Commit(std::move(command)).status(), IsOk());
        reruns += runs - 1;
      }
    });
  }
  Runner runner(RunnerOptions(writer_.get()));
  for (int revision = 5; revision < 25; ++revision) {
    snapshots_.Set(WithHoliday(CivilDay(2026, 3, revision % 2 == 0 ? 5 : 6), revision));
    ASSERT_THAT(runner.RunOnce(), IsOk());
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(reruns, 0);
  EXPECT_THAT(Rows("SELECT DISTINCT calendar_revision FROM obligations"), ElementsAre("24"));
}

}  // namespace
}  // namespace phoihop::agreements
