#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "common/ledger/commit_proxy.h"
#include "common/ledger/ledger_fixture.h"
#include "common/mysql/error.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"

namespace phoihop::ledger {
namespace {

class WriterFaultsTest : public LedgerFixture {
 protected:
  void Kill(int64_t id) {
    auto admin = mysql::Connection::Open(TestDatabase::Get().Admin());
    ASSERT_THAT(admin, IsOk());
    ASSERT_THAT((*admin)->Execute(absl::StrCat("KILL ", id)), IsOk());
  }
  void ReconnectAdmin() {
    auto admin = mysql::Connection::Open(admin_options_);
    ASSERT_THAT(admin, IsOk());
    admin_ = *std::move(admin);
  }
};

TEST_F(WriterFaultsTest, DeadlockWithSomebodyElseIsRunAgain) {
  auto writer = NewWriter();
  for (const char* id : {"a", "b"}) ASSERT_THAT(writer->Commit(CreateCommand(id)), IsOk());
  ASSERT_THAT(admin_->Execute("CREATE TABLE ballast (id INT PRIMARY KEY)"), IsOk());
  auto other = mysql::Connection::Open(admin_options_);
  ASSERT_THAT(other, IsOk());
  // The database ends the smaller of the two transactions: make this one large.
  ASSERT_THAT((*other)->Begin(), IsOk());
  ASSERT_THAT((*other)->Execute("INSERT INTO ballast SELECT seq FROM seq_1_to_500"), IsOk());
  ASSERT_THAT((*other)->Execute("UPDATE counters SET value = value + 100 WHERE id = 'b'"), IsOk());
  std::atomic<int> runs = 0;
  absl::Notification has_a;
  Command command = NewCommand("a", "r1");
  command.roots = {"counters/a", "counters/b"};
  command.run = [&](Transaction& tx) -> absl::StatusOr<std::string> {
    ++runs;
    auto a = Increment(tx, "a");
    if (!a.ok()) return a;
    if (!has_a.HasBeenNotified()) has_a.Notify();
    return Increment(tx, "b");
  };
  std::thread thread([&] {
    has_a.WaitForNotification();
    absl::SleepFor(absl::Milliseconds(100));  // let it wait for b
    EXPECT_THAT((*other)->Execute("UPDATE counters SET value = value + 100 WHERE id = 'a'"),
                IsOk());
    EXPECT_THAT((*other)->Commit(), IsOk());
  });
  const auto result = writer->Commit(std::move(command));
  thread.join();
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(result->response, "b=101");
  EXPECT_EQ(Number("SELECT SUM(value) FROM counters"), 202);
}

TEST_F(WriterFaultsTest, ConnectionKilledInsideACommandIsRunAgain) {
  auto writer = NewWriter();
  int runs = 0;
  Command command = NewCommand("a", "r1");
  command.run = [&](Transaction& tx) {
    auto created = Create(tx, "a");
    if (++runs == 1) Kill(tx.db().id());
    return created;
  };
  const auto result = writer->Commit(std::move(command));
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->response, "created a");
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 1);
  EXPECT_FALSE(Verify().finding.has_value());
}

class LostCommitTest : public WriterFaultsTest,
                       public ::testing::WithParamInterface<std::tuple<CommitProxy::Cut, bool>> {};

// The answer to COMMIT is lost, after the server stored it or before it saw it, for commands
// with and without a request id: each is stored once, and its caller learns it.
TEST_P(LostCommitTest, OutcomeIsFoundOutAndEachCommandIsStoredOnce) {
  const auto [cut, with_ids] = GetParam();
  CommitProxy proxy(TestDatabase::Get().socket());
  options_.lanes = 1;
  options_.connection.socket = proxy.socket();
  {
    auto writer = NewWriter();
    ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
    std::vector<Command> commands;
    for (int i = 0; i < 10; ++i) {
      commands.push_back(IncrementCommand("a", with_ids ? absl::StrCat("r", i) : ""));
    }
    commands.push_back(IncrementCommand("nothing", with_ids ? "rx" : ""));
    std::vector<absl::StatusOr<Committed>> results(commands.size(), absl::UnknownError("none"));
    std::vector<absl::Notification> answered(commands.size());
    {
      Gate gate(*writer);
      for (size_t i = 0; i < commands.size(); ++i) {
        writer->CommitAsync(commands[i], [&, i](absl::StatusOr<Committed> result) {
          results[i] = std::move(result);
          answered[i].Notify();
        });
      }
      // The gate's own COMMIT, the batch's, and one of those that find out are lost.
      proxy.CutNext(cut, 3);
    }
    for (auto& one : answered) {
      ASSERT_TRUE(one.WaitForNotificationWithTimeout(absl::Seconds(30)));
    }
    EXPECT_THAT(results.back(), StatusIs(absl::StatusCode::kNotFound));
    results.pop_back();
    std::set<std::string> responses;
    std::set<int64_t> positions;
    for (const auto& result : results) {
      ASSERT_THAT(result, IsOk());
      EXPECT_FALSE(result->replayed);
      responses.insert(result->response);
      positions.insert(result->position);
    }
    EXPECT_EQ(responses.size(), 10u);
    EXPECT_EQ(positions.size(), 10u);
    EXPECT_GE(writer->stats().unknown_commits, 2);
  }
  EXPECT_GE(proxy.cuts(), 2);
  EXPECT_EQ(Number("SELECT value FROM counters WHERE id = 'a'"), 10);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM ledger_records"), 11);
  EXPECT_FALSE(Verify().finding.has_value());
}

INSTANTIATE_TEST_SUITE_P(Cuts, LostCommitTest,
                         ::testing::Combine(::testing::Values(CommitProxy::kBeforeServer,
                                                              CommitProxy::kBeforeAnswer),
                                            ::testing::Bool()));

TEST_F(WriterFaultsTest, OutcomeThatCannotBeFoundOutIsCalledUnknown) {
  CommitProxy proxy(TestDatabase::Get().socket());
  options_.lanes = 1;
  options_.patience = absl::Milliseconds(1500);
  options_.connection.socket = proxy.socket();
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  proxy.CutNext(CommitProxy::kBeforeServer, 1 << 20);
  EXPECT_THAT(writer->Commit(IncrementCommand("a", "r1")),
              StatusIs(absl::StatusCode::kUnavailable, "OUTCOME_UNKNOWN"));
  proxy.CutNext(CommitProxy::kNone, 0);
  const auto result = writer->Commit(IncrementCommand("a", "r1"));
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->response, "a=1");
}

TEST_F(WriterFaultsTest, DatabaseThatIsAwayIsUnavailableAndNothingIsStored) {
  options_.patience = absl::Milliseconds(500);
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  TestDatabase::Get().Kill();
  EXPECT_THAT(writer->Commit(IncrementCommand("a", "r1")),
              StatusIs(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE"));
  TestDatabase::Get().Start();
  ReconnectAdmin();
  EXPECT_EQ(Number("SELECT value FROM counters WHERE id = 'a'"), 0);
  const auto result = writer->Commit(IncrementCommand("a", "r1"));
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->response, "a=1");
}

TEST_F(WriterFaultsTest, FrozenDatabaseDoesNotHoldCallersBeyondTheirDeadline) {
  options_.patience = absl::Seconds(2);
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  TestDatabase::Get().Freeze();
  const absl::Time start = absl::Now();
  Command command = IncrementCommand("a", "r1");
  command.deadline = start + absl::Milliseconds(300);
  const auto result = writer->Commit(command);
  const absl::Duration took = absl::Now() - start;
  TestDatabase::Get().Thaw();
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable) << result.status();
  EXPECT_LT(took, absl::Milliseconds(1500));
  command.deadline = Soon();
  const auto again = writer->Commit(command);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->response, "a=1");
}

TEST_F(WriterFaultsTest, ServerKilledUnderLoadStoresEachAcknowledgedWriteOnce) {
  auto writer = NewWriter();
  auto other = NewWriter();
  for (int i = 0; i < 4; ++i) {
    ASSERT_THAT(writer->Commit(CreateCommand(absl::StrCat("c", i))), IsOk());
  }
  constexpr int kThreads = 8, kWrites = 60;
  std::vector<std::thread> threads;
  std::atomic<int> acknowledged = 0, retried = 0;
  std::mutex mutex;
  std::multiset<int64_t> positions;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kWrites; ++i) {
        const absl::Time limit = Soon();
        while (absl::Now() < limit) {
          const auto result = (t % 2 == 0 ? writer : other)
                                  ->Commit(IncrementCommand(absl::StrCat("c", i % 4),
                                                            absl::StrCat("r", t, "-", i)));
          if (result.ok()) {
            ++acknowledged;
            std::lock_guard lock(mutex);
            positions.insert(result->position);
            break;
          }
          ASSERT_THAT(result, StatusIs(absl::StatusCode::kUnavailable));
          ++retried;
        }
        absl::SleepFor(absl::Milliseconds(5));
      }
    });
  }
  for (int i = 0; i < 2; ++i) {
    absl::SleepFor(absl::Milliseconds(150));
    TestDatabase::Get().Kill();
    TestDatabase::Get().Start();
  }
  for (std::thread& thread : threads) thread.join();
  ReconnectAdmin();
  EXPECT_EQ(acknowledged, kThreads * kWrites);
  EXPECT_EQ(Number("SELECT SUM(value) FROM counters"), kThreads * kWrites);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM ledger_records"), kThreads * kWrites + 4);
  EXPECT_EQ(std::set<int64_t>(positions.begin(), positions.end()).size(), positions.size());
  EXPECT_GE(writer->stats().reruns + other->stats().reruns, 1);
  EXPECT_FALSE(Verify().finding.has_value());
}

TEST_F(WriterFaultsTest, ReaderSeesEveryPositionWhileATransactionIsHeldOpen) {
  auto slow = NewWriter();
  auto quick = NewWriter();
  ASSERT_THAT(quick->Commit(CreateCommand("b")), IsOk());
  absl::Notification entered, release;
  Command held = NewCommand("a", "held");
  held.run = [&](Transaction& tx) {
    auto created = Create(tx, "a");
    if (!entered.HasBeenNotified()) entered.Notify();
    release.WaitForNotificationWithTimeout(absl::Seconds(20));
    return created;
  };
  absl::StatusOr<Committed> held_result = absl::UnknownError("none");
  std::thread holder([&] { held_result = slow->Commit(std::move(held)); });
  entered.WaitForNotification();

  std::atomic<bool> done = false;
  std::vector<int64_t> seen;
  std::thread reader([&] {
    while (true) {
      const bool last = done;
      const int64_t after = seen.empty() ? 0 : seen.back();
      const auto page = ReadRecords(*pool_, Soon(), after, 50, 1 << 20);
      ASSERT_THAT(page, IsOk());
      for (const Record& record : page->records) seen.push_back(record.position);
      if (last && page->records.empty()) return;
    }
  });
  constexpr int kOthers = 300;
  std::vector<std::thread> writers;
  std::atomic<int> good = 0;
  for (int t = 0; t < 3; ++t) {
    writers.emplace_back([&] {
      for (int i = 0; i < kOthers / 3; ++i) good += quick->Commit(IncrementCommand("b")).ok();
    });
  }
  for (std::thread& thread : writers) thread.join();
  EXPECT_EQ(good, kOthers);  // nobody waited for the one that is held
  release.Notify();
  holder.join();
  done = true;
  reader.join();
  ASSERT_THAT(held_result, IsOk());
  EXPECT_EQ(held_result->position, kOthers + 2);
  ASSERT_EQ(seen.size(), static_cast<size_t>(kOthers + 2));
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<int64_t>(i) + 1);
}

}  // namespace
}  // namespace phoihop::ledger
