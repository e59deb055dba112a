// Rows that somebody outside holds locked.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/cancel/cancellation.h"
#include "common/ledger/ledger_fixture.h"

namespace phoihop::ledger {
namespace {

class HeldRootsTest : public LedgerFixture {
 protected:
  // A transaction outside that has run a statement.
  std::unique_ptr<mysql::Connection> Hold(const std::string& sql) {
    auto other = mysql::Connection::Open(admin_options_);
    EXPECT_THAT(other, IsOk());
    EXPECT_THAT((*other)->Begin(), IsOk());
    EXPECT_THAT((*other)->Query(sql, {}, [](const mysql::Row&) { return absl::OkStatus(); }),
                IsOk());
    return *std::move(other);
  }
};

TEST_F(HeldRootsTest, ARowHeldFromOutsideDelaysOnlyTheCommandsOfItsRoot) {
  // With a single lane, so that the others have nowhere else to go.
  options_.lanes = 1;
  auto writer = NewWriter();
  for (const char* id : {"a", "b"}) ASSERT_THAT(writer->Commit(CreateCommand(id)), IsOk());
  auto other = mysql::Connection::Open(admin_options_);
  ASSERT_THAT(other, IsOk());
  ASSERT_THAT((*other)->Begin(), IsOk());
  ASSERT_THAT((*other)->Execute("UPDATE counters SET value = value WHERE id = 'a'"), IsOk());

  std::atomic<int> held_done = 0;
  const auto increment = [&](const char* id, const std::string& request) {
    Command command = NewCommand(id, request);
    command.run = [id](Transaction& tx) { return Increment(tx, id); };
    return writer->Commit(std::move(command));
  };
  std::vector<std::thread> held;
  for (int i = 0; i < 3; ++i) {
    held.emplace_back([&, i] {
      EXPECT_THAT(increment("a", absl::StrCat("held", i)), IsOk());
      ++held_done;
    });
  }
  absl::SleepFor(absl::Milliseconds(50));
  // The first may wait for as long as the lane does; then a held root costs nobody anything,
  // also when its callers come back.
  EXPECT_THAT(increment("b", "first"), IsOk());
  const absl::Time began = absl::Now();
  for (int i = 0; i < 20; ++i) {
    if (i == 10) {
      held.emplace_back([&] {
        EXPECT_THAT(increment("a", "again"), IsOk());
        ++held_done;
      });
    }
    EXPECT_THAT(increment("b", absl::StrCat("free", i)), IsOk());
  }
  EXPECT_LT(absl::Now() - began, absl::Milliseconds(900));
  EXPECT_EQ(held_done, 0);
  ASSERT_THAT((*other)->Rollback(), IsOk());
  for (std::thread& thread : held) thread.join();
  EXPECT_EQ(held_done, 4);
  EXPECT_EQ(Number("SELECT value FROM counters WHERE id = 'a'"), 4);
  EXPECT_EQ(Number("SELECT value FROM counters WHERE id = 'b'"), 21);
  EXPECT_FALSE(Verify().finding.has_value());
}

// Eight rows are held; a batch with commands of all of them and of another root waits for one.
TEST_F(HeldRootsTest, ManyHeldRootsDelayTheOthersAsOneDoes) {
  options_.lanes = 1;
  auto writer = NewWriter();
  constexpr int kHeld = 8;
  ASSERT_THAT(writer->Commit(CreateCommand("b")), IsOk());
  for (int i = 0; i < kHeld; ++i) {
    ASSERT_THAT(writer->Commit(CreateCommand(absl::StrCat("a", i))), IsOk());
  }
  const auto other = Hold("SELECT id FROM counters WHERE id LIKE 'a%' FOR UPDATE");
  std::vector<std::thread> held;
  std::atomic<int> held_done = 0;
  absl::Time done;
  std::thread free;
  absl::Time began;
  {
    Gate gate(*writer);
    for (int i = 0; i < kHeld; ++i) {
      held.emplace_back([&, i] {
        EXPECT_THAT(writer->Commit(IncrementCommand(absl::StrCat("a", i))), IsOk());
        ++held_done;
      });
    }
    while (writer->stats().waiting < kHeld) absl::SleepFor(absl::Milliseconds(5));
    free = std::thread([&] {
      EXPECT_THAT(writer->Commit(IncrementCommand("b")), IsOk());
      done = absl::Now();
    });
    while (writer->stats().waiting < kHeld + 1) absl::SleepFor(absl::Milliseconds(5));
    began = absl::Now();
  }
  free.join();
  EXPECT_LT(done - began, absl::Seconds(3));
  EXPECT_EQ(held_done, 0);
  ASSERT_THAT(other->Rollback(), IsOk());
  for (std::thread& thread : held) thread.join();
  EXPECT_EQ(Number("SELECT SUM(value) FROM counters"), kHeld + 1);
  EXPECT_FALSE(Verify().finding.has_value());
}

// Another process is at the head for longer than a lane waits: the batch is tried again as one.
TEST_F(HeldRootsTest, AHeadThatIsHeldLetsABatchStayTogether) {
  options_.lanes = 1;
  auto writer = NewWriter();
  constexpr int kMany = 12;
  for (int i = 0; i < kMany; ++i) {
    ASSERT_THAT(writer->Commit(CreateCommand(absl::StrCat("a", i))), IsOk());
  }
  absl::Notification in_batch, head_held;
  Command first = NewCommand("a0", "");
  first.run = [&](Transaction& tx) {
    if (!in_batch.HasBeenNotified()) in_batch.Notify();
    head_held.WaitForNotificationWithTimeout(absl::Seconds(20));
    return Increment(tx, "a0");
  };
  std::vector<std::thread> many;
  int64_t before = 0;
  {
    Gate gate(*writer);
    many.emplace_back([&] { EXPECT_THAT(writer->Commit(std::move(first)), IsOk()); });
    for (int i = 1; i < kMany; ++i) {
      many.emplace_back(
          [&, i] { EXPECT_THAT(writer->Commit(IncrementCommand(absl::StrCat("a", i))), IsOk()); });
    }
    while (writer->stats().waiting < kMany) absl::SleepFor(absl::Milliseconds(5));
    before = writer->stats().transactions;
  }
  in_batch.WaitForNotification();
  const auto other = Hold("SELECT position FROM ledger_head WHERE id = 1 FOR UPDATE");
  head_held.Notify();
  absl::SleepFor(absl::Milliseconds(1500));
  ASSERT_THAT(other->Rollback(), IsOk());
  for (std::thread& thread : many) thread.join();
  // The gate's and the batch's.
  EXPECT_EQ(writer->stats().transactions - before, 2);
  EXPECT_GE(writer->stats().reruns, 1);
  EXPECT_FALSE(Verify().finding.has_value());
}

// In the lane for held roots every command has a transaction of its own; back in a usual one, those
// that come at once share one, although the root never rests.
TEST_F(HeldRootsTest, ABusyRootReturnsToAUsualLane) {
  options_.lanes = 1;
  auto writer = NewWriter();
  for (const char* id : {"a", "b"}) ASSERT_THAT(writer->Commit(CreateCommand(id)), IsOk());
  auto other = Hold("SELECT id FROM counters WHERE id = 'a' FOR UPDATE");
  std::atomic<bool> stop = false;
  std::atomic<int> committed = 0;
  std::vector<std::thread> busy;
  for (int i = 0; i < 8; ++i) {
    busy.emplace_back([&] {
      while (!stop) {
        EXPECT_THAT(writer->Commit(IncrementCommand("a")), IsOk());
        ++committed;
      }
    });
  }
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_EQ(committed, 0);
  ASSERT_THAT(other->Rollback(), IsOk());
  const auto shares = [&] {
    const int64_t transactions = writer->stats().transactions;
    const int64_t commands = writer->stats().committed;
    absl::SleepFor(absl::Milliseconds(200));
    return writer->stats().committed - commands > 2 * (writer->stats().transactions - transactions);
  };
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_FALSE(shares());
  const absl::Time limit = absl::Now() + absl::Seconds(20);
  bool returned = false;
  while (!returned && absl::Now() < limit) returned = shares();
  EXPECT_TRUE(returned);
  stop = true;
  for (std::thread& thread : busy) thread.join();
  EXPECT_EQ(Number("SELECT value FROM counters WHERE id = 'a'"), committed);
  EXPECT_FALSE(Verify().finding.has_value());
}

// A caller who leaves gives up the wait for the row, and nobody waits behind it.
TEST_F(HeldRootsTest, CallersWhoLeaveLeaveNothingBehind) {
  options_.lanes = 1;
  auto writer = NewWriter();
  for (const char* id : {"a", "b"}) ASSERT_THAT(writer->Commit(CreateCommand(id)), IsOk());
  const auto other = Hold("SELECT id FROM counters WHERE id = 'a' FOR UPDATE");
  constexpr int kCallers = 8;
  auto cancellation = std::make_shared<Cancellation>();
  std::vector<std::thread> callers;
  std::atomic<int> cancelled = 0;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      const ScopedCancellation scope(cancellation);
      Command command = NewCommand("a", absl::StrCat("left", i));
      command.run = [](Transaction& tx) { return Increment(tx, "a"); };
      const auto result = writer->Commit(std::move(command));
      if (absl::IsCancelled(result.status())) ++cancelled;
    });
  }
  // Until they are in the lane for held roots, where each would wait for five seconds.
  absl::SleepFor(absl::Milliseconds(2500));
  const absl::Time left = absl::Now();
  cancellation->Cancel();
  for (std::thread& caller : callers) caller.join();
  EXPECT_LT(absl::Now() - left, absl::Seconds(2));
  EXPECT_EQ(cancelled, kCallers);
  // The lanes are free, for this root too once its row is.
  EXPECT_THAT(writer->Commit(IncrementCommand("b")), IsOk());
  ASSERT_THAT(other->Rollback(), IsOk());
  const absl::Time began = absl::Now();
  EXPECT_THAT(writer->Commit(IncrementCommand("a")), IsOk());
  EXPECT_LT(absl::Now() - began, absl::Seconds(2));
  EXPECT_EQ(Number("SELECT value FROM counters WHERE id = 'a'"), 1);
  EXPECT_EQ(writer->stats().waiting, 0);
  EXPECT_FALSE(Verify().finding.has_value());
}

}  // namespace
}  // namespace phoihop::ledger
