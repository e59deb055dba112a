#include "common/ledger/writer.h"

#include <atomic>
#include <set>
#include <thread>

#include "common/ledger/ledger_fixture.h"
#include "common/mysql/error.h"
#include "common/status/errors.h"

namespace phoihop::ledger {
namespace {

class WriterTest : public LedgerFixture {};

TEST_F(WriterTest, CommandIsStoredWithItsRecord) {
  auto writer = NewWriter();
  const auto result = writer->Commit(CreateCommand("a", "r1"));
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->response, "created a");
  EXPECT_EQ(result->position, 1);
  EXPECT_FALSE(result->replayed);
  EXPECT_EQ(writer->head().position, 1);
  const std::vector<Record> records = AllRecords();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].actor, "members/m1");
  EXPECT_EQ(records[0].actor_body, "bodies/b1");
  EXPECT_EQ(records[0].method, "phoihop.test.CounterService/Write");
  EXPECT_EQ(records[0].resource, "counters/a");
  EXPECT_EQ(records[0].resource_type, "phoihop.test.Counter");
  EXPECT_EQ(records[0].revision, 1);
  EXPECT_EQ(records[0].effective, absl::CivilDay(2023, 10, 24));
  EXPECT_EQ(records[0].unit, "units/1");
  EXPECT_EQ(records[0].payload, "a=0");
  EXPECT_EQ(records[0].hash, writer->head().hash);
  EXPECT_FALSE(Verify().finding.has_value());
}

TEST_F(WriterTest, RepeatGetsTheStoredAnswer) {
  auto writer = NewWriter();
  const auto first = writer->Commit(CreateCommand("a", "r1"));
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(writer->Commit(CreateCommand("b", "r2")), IsOk());
  const auto second = writer->Commit(CreateCommand("a", "r1"));
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->response, first->response);
  EXPECT_EQ(second->position, first->position);
  EXPECT_TRUE(second->replayed);
  // Another process sees the same.
  auto other = NewWriter();
  const auto third = other->Commit(CreateCommand("a", "r1"));
  ASSERT_THAT(third, IsOk());
  EXPECT_EQ(third->response, first->response);
  EXPECT_TRUE(third->replayed);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 2);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM ledger_records"), 2);
}

TEST_F(WriterTest, RequestIdInCapitalsIsTheSameRequest) {
  auto writer = NewWriter();
  const auto first = writer->Commit(CreateCommand("a", "6f0f3e5a-57a4-4a0a-9d3c-0d2b6d6f000a"));
  ASSERT_THAT(first, IsOk());
  const auto again = writer->Commit(CreateCommand("a", "6F0F3E5A-57A4-4A0A-9D3C-0D2B6D6F000A"));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->response, first->response);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 1);
}

TEST_F(WriterTest, RequestIdWithAnotherBodyOrMethodIsRefused) {
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a", "r1")), IsOk());
  EXPECT_THAT(writer->Commit(CreateCommand("b", "r1")),
              StatusIs(absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  Command command = CreateCommand("a", "r1");
  command.method = "phoihop.test.CounterService/Other";
  EXPECT_THAT(writer->Commit(std::move(command)),
              StatusIs(absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 1);
}

TEST_F(WriterTest, RequestIdsOfDifferentCallersAreApart) {
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a", "r1")), IsOk());
  Command other = CreateCommand("b", "r1");
  other.actor.name = "members/m2";
  EXPECT_THAT(writer->Commit(std::move(other)), IsOk());
  Command anonymous = CreateCommand("c", "r1");
  anonymous.actor = {"anonymous/key1", ""};
  EXPECT_THAT(writer->Commit(anonymous), IsOk());
  anonymous.actor.name = "anonymous/key2";
  anonymous.run = [](Transaction& tx) { return Create(tx, "d"); };
  EXPECT_THAT(writer->Commit(anonymous), IsOk());
  const auto records = AllRecords();
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[2].actor, "anonymous");
  EXPECT_EQ(records[3].actor, "anonymous");
}

TEST_F(WriterTest, ReplayIsAuthorisedAgain) {
  auto writer = NewWriter();
  Command command = CreateCommand("a", "r1");
  int asked = 0;
  command.before_replay = [&](const std::string& response) {
    EXPECT_EQ(response, "created a");
    ++asked;
    return absl::PermissionDeniedError("revoked");
  };
  EXPECT_THAT(writer->Commit(command), IsOk());
  EXPECT_EQ(asked, 0);
  EXPECT_THAT(writer->Commit(command), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(asked, 1);
}

TEST_F(WriterTest, ErrorsAreNotRemembered) {
  auto writer = NewWriter();
  EXPECT_THAT(writer->Commit(IncrementCommand("a", "r1")), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM request_memory"), 0);
  ASSERT_THAT(writer->Commit(CreateCommand("a", "r0")), IsOk());
  const auto again = writer->Commit(IncrementCommand("a", "r1"));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->response, "a=1");
}

TEST_F(WriterTest, FiftyEqualRequestsAtOnceGiveOneRowAndFiftyEqualAnswers) {
  auto writer = NewWriter();
  auto other = NewWriter();
  std::vector<absl::StatusOr<Committed>> results(50, absl::UnknownError("none"));
  std::vector<std::thread> threads;
  absl::Notification start;
  for (int i = 0; i < 50; ++i) {
    threads.emplace_back([&, i] {
      // As a handler that creates: each call makes an id of its own before the lane.
      Command command = NewCommand(absl::StrCat("id", i), "r1");
      command.body = "the same body";
      command.run = [i](Transaction& tx) { return Create(tx, absl::StrCat("id", i)); };
      start.WaitForNotification();
      results[i] = (i % 2 == 0 ? writer : other)->Commit(std::move(command));
    });
  }
  start.Notify();
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> responses;
  std::set<int64_t> positions;
  int fresh = 0;
  for (const auto& result : results) {
    ASSERT_THAT(result, IsOk());
    responses.insert(result->response);
    positions.insert(result->position);
    fresh += !result->replayed;
  }
  EXPECT_EQ(responses.size(), 1u);
  EXPECT_EQ(positions.size(), 1u);
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM ledger_records"), 1);
  writer = NewWriter();
  Command command = NewCommand("x", "r1");
  command.body = "the same body";
  command.run = [](Transaction&) -> absl::StatusOr<std::string> { return std::string("other"); };
  const auto after = writer->Commit(std::move(command));
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->response, *responses.begin());
}

TEST_F(WriterTest, WaitingCommandsShareATransaction) {
  options_.lanes = 1;
  auto writer = NewWriter();
  std::vector<Command> commands;
  for (int i = 0; i < 40; ++i) commands.push_back(CreateCommand(absl::StrCat("c", i)));
  const int64_t before = writer->stats().transactions;
  const auto results = RunTogether(*writer, std::move(commands));
  for (int i = 0; i < 40; ++i) {
    ASSERT_THAT(results[i], IsOk());
    EXPECT_EQ(results[i]->position, i + 1);
    EXPECT_EQ(results[i]->response, absl::StrCat("created c", i));
  }
  EXPECT_EQ(writer->stats().transactions - before, 2);  // the gate's and one more
  EXPECT_FALSE(Verify().finding.has_value());
}

TEST_F(WriterTest, SlowCommandHoldsUpOnlyItsRoot) {
  options_.lanes = 2;
  auto writer = NewWriter();
  std::atomic<bool> second = false;
  absl::Notification answered;
  {
    Gate gate(*writer);
    absl::SleepFor(absl::Milliseconds(60));
    EXPECT_THAT(writer->Commit(CreateCommand("a")), IsOk());
    Command same_root = NewCommand("gate", "");
    same_root.run = [&](Transaction&) -> absl::StatusOr<std::string> {
      second = true;
      return std::string();
    };
    writer->CommitAsync(std::move(same_root), [&](const absl::StatusOr<Committed>& result) {
      EXPECT_THAT(result, IsOk());
      answered.Notify();
    });
    EXPECT_THAT(writer->Commit(CreateCommand("b")), IsOk());
    EXPECT_FALSE(second);
  }
  EXPECT_TRUE(answered.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_TRUE(second);
}

TEST_F(WriterTest, FewCommandsShareALaneAndManyUseSeveral) {
  options_.lanes = 3;
  options_.max_batch = 4;
  auto writer = NewWriter();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        good += writer->Commit(CreateCommand(absl::StrCat(t, "-", i))).ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 320);
  EXPECT_FALSE(Verify().finding.has_value());
}

TEST_F(WriterTest, DomainErrorEndsOnlyItsCommand) {
  options_.lanes = 1;
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  const int64_t before = writer->stats().transactions;
  const auto results =
      RunTogether(*writer, {IncrementCommand("a", "r1"), IncrementCommand("nothing", "r2"),
                            IncrementCommand("a", "r3")});
  ASSERT_THAT(results[0], IsOk());
  EXPECT_THAT(results[1], StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(results[2], IsOk());
  EXPECT_EQ(results[2]->response, "a=2");
  EXPECT_EQ(results[2]->position, 3);
  EXPECT_EQ(writer->stats().transactions - before, 2);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM request_memory WHERE request_id = 'r2'"), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM request_memory WHERE request_id IN ('r1', 'r3')"), 2);
}

TEST_F(WriterTest, DomainErrorAfterAWriteLeavesNothingOfIt) {
  options_.lanes = 1;
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  Command dirty = NewCommand("a", "r2");
  dirty.run = [](Transaction& tx) -> absl::StatusOr<std::string> {
    EXPECT_THAT(Increment(tx, "a"), IsOk());
    return absl::FailedPreconditionError("too late");
  };
  const auto results = RunTogether(
      *writer, {IncrementCommand("a", "r1"), std::move(dirty), IncrementCommand("a", "r3")});
  ASSERT_THAT(results[0], IsOk());
  EXPECT_THAT(results[1], StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_THAT(results[2], IsOk());
  EXPECT_EQ(Number("SELECT value FROM counters WHERE id = 'a'"), 2);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM ledger_records"), 3);
}

TEST_F(WriterTest, SqlErrorEndsOnlyItsCommand) {
  options_.lanes = 1;
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  Command wrong = NewCommand("b", "r3");
  wrong.run = [](Transaction& tx) -> absl::StatusOr<std::string> {
    return tx.db().Execute("INSERT INTO no_such_table VALUES (1)").status();
  };
  const auto results = RunTogether(*writer, {IncrementCommand("a", "r1"), CreateCommand("a", "r2"),
                                             std::move(wrong), CreateCommand("c", "r4")});
  EXPECT_THAT(results[0], IsOk());
  EXPECT_THAT(results[1], StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(results[2], StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(results[3], IsOk());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 2);
  EXPECT_EQ(Number("SELECT value FROM counters WHERE id = 'a'"), 1);
  EXPECT_FALSE(Verify().finding.has_value());
}

TEST_F(WriterTest, ExceptionOfACommandIsInternalAndLeavesTheLaneAlive) {
  auto writer = NewWriter();
  Command command = NewCommand("a", "r1");
  command.run = [](Transaction&) -> absl::StatusOr<std::string> {
    throw std::runtime_error("out of nowhere");
  };
  EXPECT_THAT(writer->Commit(std::move(command)), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(writer->Commit(CreateCommand("a", "r2")), IsOk());
}

TEST_F(WriterTest, RepeatsInTheSameBatchGetTheSameAnswer) {
  options_.lanes = 1;
  auto writer = NewWriter();
  Command other_body = CreateCommand("b", "r1");
  const auto results = RunTogether(*writer, {CreateCommand("a", "r1"), CreateCommand("a", "r1"),
                                             std::move(other_body), CreateCommand("a", "r1")});
  ASSERT_THAT(results[0], IsOk());
  ASSERT_THAT(results[1], IsOk());
  EXPECT_THAT(results[2], StatusIs(absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  ASSERT_THAT(results[3], IsOk());
  EXPECT_EQ(results[1]->response, "created a");
  EXPECT_EQ(results[3]->position, 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 1);
}

TEST_F(WriterTest, RepeatsOfAFailedCommandInTheSameBatchRunForThemselves) {
  options_.lanes = 1;
  auto writer = NewWriter();
  const auto results = RunTogether(*writer, {IncrementCommand("a", "r1"), CreateCommand("a", "r2"),
                                             IncrementCommand("a", "r1")});
  EXPECT_THAT(results[0], StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(results[1], IsOk());
  ASSERT_THAT(results[2], IsOk());
  EXPECT_EQ(results[2]->response, "a=1");
}

TEST_F(WriterTest, BatchWithAnEarlierRequestStoresTheOthersTogether) {
  options_.lanes = 1;
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a", "r1")), IsOk());
  const int64_t before = writer->stats().transactions;
  const auto results = RunTogether(
      *writer, {CreateCommand("b", "r2"), CreateCommand("a", "r1"), CreateCommand("c", "r3")});
  ASSERT_THAT(results[0], IsOk());
  ASSERT_THAT(results[1], IsOk());
  EXPECT_TRUE(results[1]->replayed);
  ASSERT_THAT(results[2], IsOk());
  EXPECT_EQ(writer->stats().transactions - before, 2);
}

TEST_F(WriterTest, OneCommandMayNoteManyChanges) {
  auto writer = NewWriter();
  Command command = NewCommand("a", "r1");
  command.run = [](Transaction& tx) -> absl::StatusOr<std::string> {
    for (int i = 0; i < 333; ++i) {
      auto created = Create(tx, absl::StrCat("n", i));
      if (!created.ok()) return created;
    }
    return std::string("many");
  };
  const auto result = writer->Commit(std::move(command));
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->position, 333);
  EXPECT_EQ(AllRecords().size(), 333u);
  EXPECT_FALSE(Verify().finding.has_value());
}

TEST_F(WriterTest, CommandThatNotesNothingIsStoredAndRemembered) {
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  Command command = NewCommand("a", "r1");
  command.run = [](Transaction& tx) -> absl::StatusOr<std::string> {
    auto rows = tx.db().Execute("UPDATE counters SET value = 70 WHERE id = 'a'");
    if (!rows.ok()) return rows.status();
    return std::string("quiet");
  };
  const auto result = writer->Commit(command);
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->position, 1);
  EXPECT_TRUE(writer->Commit(command)->replayed);
  EXPECT_EQ(Number("SELECT value FROM counters WHERE id = 'a'"), 70);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM ledger_records"), 1);
}

TEST_F(WriterTest, LargePayloadsAreStoredWhole) {
  auto writer = NewWriter();
  Command command = NewCommand("a", "r1");
  const std::string large(3 << 20, 'x');
  command.run = [&](Transaction& tx) -> absl::StatusOr<std::string> {
    for (int i = 0; i < 6; ++i) {
      Change change = ChangeOf("a", i + 1, 0);
      change.payload = large + std::to_string(i);
      tx.Note(std::move(change));
    }
    return std::string();
  };
  ASSERT_THAT(writer->Commit(std::move(command)), IsOk());
  // Pages are bounded by bytes too.
  const auto page = ReadRecords(*pool_, Soon(), 0, 100, 7 << 20);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->records.size(), 2u);
  EXPECT_EQ(page->position, 2);
  EXPECT_EQ(AllRecords().size(), 6u);
  EXPECT_FALSE(Verify().finding.has_value());
  Command too_large = NewCommand("b", "r2");
  too_large.run = [&](Transaction& tx) -> absl::StatusOr<std::string> {
    Change change = ChangeOf("b", 1, 0);
    change.payload.assign(5 << 20, 'x');
    tx.Note(std::move(change));
    return std::string();
  };
  EXPECT_THAT(writer->Commit(std::move(too_large)), StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM ledger_records"), 6);
}

TEST_F(WriterTest, FullQueueRefusesWithARetryHint) {
  options_.lanes = 1;
  options_.max_queue = 2;
  auto writer = NewWriter();
  absl::StatusOr<Committed> refused = absl::UnknownError("none");
  std::atomic<int> good = 0;
  {
    Gate gate(*writer);
    for (int i = 0; i < 2; ++i) {
      writer->CommitAsync(CreateCommand(absl::StrCat("c", i)),
                          [&](const absl::StatusOr<Committed>& result) { good += result.ok(); });
    }
    EXPECT_EQ(writer->stats().waiting, 2);
    writer->CommitAsync(CreateCommand("c2"),
                        [&](absl::StatusOr<Committed> result) { refused = std::move(result); });
    ASSERT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_TRUE(RetryDelay(refused.status()).has_value());
  }
  writer->Drain();
  EXPECT_EQ(good, 2);
  EXPECT_EQ(writer->stats().overloaded, 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 2);
}

TEST_F(WriterTest, WorkThatDidNotStartByItsDeadlineIsNotDone) {
  options_.lanes = 1;
  auto writer = NewWriter();
  {
    Gate gate(*writer);
    Command late = CreateCommand("late");
    late.deadline = absl::Now() + absl::Milliseconds(50);
    EXPECT_THAT(writer->Commit(std::move(late)), StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 1);
  Command past = CreateCommand("past");
  past.deadline = absl::Now() - absl::Seconds(1);
  EXPECT_THAT(writer->Commit(std::move(past)), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(WriterTest, WorkOfACallerWhoHasLeftIsNotDone) {
  auto writer = NewWriter();
  Command left = CreateCommand("left");
  left.cancelled = [] { return true; };
  EXPECT_THAT(writer->Commit(std::move(left)), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 0);
}

TEST_F(WriterTest, DrainFinishesWhatWaitsAndRefusesWhatComes) {
  options_.lanes = 1;
  auto writer = NewWriter();
  std::atomic<int> good = 0;
  std::thread drain;
  {
    Gate gate(*writer);
    for (int i = 0; i < 5; ++i) {
      writer->CommitAsync(CreateCommand(absl::StrCat("c", i)),
                          [&](const absl::StatusOr<Committed>& result) { good += result.ok(); });
    }
    drain = std::thread([&] { writer->Drain(); });
    absl::StatusOr<Committed> refused = absl::UnknownError("none");
    const absl::Time limit = absl::Now() + absl::Seconds(10);
    while (absl::Now() < limit && (refused.ok() || ErrorReason(refused.status()) != "DRAINING")) {
      Command command = IncrementCommand("none");
      command.deadline = absl::Now() + absl::Milliseconds(5);
      refused = writer->Commit(std::move(command));
    }
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable, "DRAINING"));
  }
  drain.join();
  EXPECT_EQ(good, 5);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 5);
}

TEST_F(WriterTest, TwoProcessesOnOneDatabaseLoseNothing) {
  auto one = NewWriter();
  auto two = NewWriter();
  for (const char* id : {"a", "b", "c"}) ASSERT_THAT(one->Commit(CreateCommand(id)), IsOk());
  std::vector<std::thread> threads;
  std::atomic<int> acknowledged = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 30; ++i) {
        Writer& writer = t % 2 == 0 ? *one : *two;
        acknowledged +=
            writer.Commit(IncrementCommand(std::string(1, 'a' + i % 3), absl::StrCat(t, "-", i)))
                .ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(acknowledged, 240);
  EXPECT_EQ(Number("SELECT SUM(value) FROM counters"), 240);
  const auto report = Verify();
  EXPECT_FALSE(report.finding.has_value()) << report.finding->text;
  EXPECT_EQ(report.records, 243);
}

TEST_F(WriterTest, ChangesOfAnotherProcessAreNoticed) {
  auto one = NewWriter();
  auto two = NewWriter();
  EXPECT_FALSE(two->WaitForChange(0, absl::Now() + absl::Milliseconds(30)));
  std::atomic<int> told = 0;
  auto handle = two->OnChange([&] { ++told; });
  std::thread thread([&] {
    absl::SleepFor(absl::Milliseconds(30));
    EXPECT_THAT(one->Commit(CreateCommand("a")), IsOk());
  });
  EXPECT_TRUE(two->WaitForChange(0, Soon()));
  thread.join();
  const absl::Time limit = Soon();
  while (told == 0 && absl::Now() < limit) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(told, 1);
  handle.reset();
  ASSERT_THAT(two->Commit(CreateCommand("b")), IsOk());
  EXPECT_EQ(told, 1);
}

TEST_F(WriterTest, DatabaseWithoutALedgerIsRefused) {
  options_.connection = TestDatabase::Get().NewSchema();
  EXPECT_FALSE(Writer::Start(options_).ok());
}

TEST_F(WriterTest, ServiceUserCannotChangeTheLedger) {
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  auto user = mysql::Connection::Open(options_.connection);
  ASSERT_THAT(user, IsOk());
  for (const char* sql :
       {"UPDATE ledger_records SET revision = 9", "DELETE FROM ledger_records",
        "DELETE FROM ledger_payloads", "UPDATE ledger_payloads SET payload = ''",
        "DELETE FROM ledger_checkpoints", "UPDATE ledger_checkpoints SET hash = ''",
        "DELETE FROM ledger_head", "UPDATE ledger_head SET epoch = 'x'",
        "UPDATE schema_migrations SET finished = 0", "DELETE FROM schema_lock"}) {
    const absl::Status status = (*user)->Execute(sql).status();
    const int number = mysql::ErrorNumber(status);
    EXPECT_TRUE(number == 1142 || number == 1143) << sql << ": " << status;
  }
  for (const char* sql : {"DROP TABLE ledger_records", "TRUNCATE ledger_records",
                          "ALTER TABLE counters ADD COLUMN x INT"}) {
    EXPECT_FALSE((*user)->Execute(sql).ok()) << sql;
  }
}

TEST_F(WriterTest, NewEpochIsAnotherOne) {
  const auto before = ReadHead(*pool_, Soon());
  ASSERT_THAT(before, IsOk());
  EXPECT_EQ(before->epoch.size(), 32u);
  ASSERT_THAT(MigrateLedger(*admin_), IsOk());
  EXPECT_EQ(ReadHead(*pool_, Soon())->epoch, before->epoch);
  ASSERT_THAT(StartNewEpoch(*admin_), IsOk());
  EXPECT_NE(ReadHead(*pool_, Soon())->epoch, before->epoch);
}

TEST_F(WriterTest, FilterStillMovesThePosition) {
  auto writer = NewWriter();
  for (int i = 0; i < 5; ++i) ASSERT_THAT(writer->Commit(CreateCommand(absl::StrCat(i))), IsOk());
  const std::vector<std::string> none = {"phoihop.test.Other"};
  auto page = ReadRecords(*pool_, Soon(), 0, 10, 1 << 20, none);
  ASSERT_THAT(page, IsOk());
  EXPECT_TRUE(page->records.empty());
  EXPECT_EQ(page->position, 5);
  const std::vector<std::string> some = {"phoihop.test.Other", "phoihop.test.Counter"};
  page = ReadRecords(*pool_, Soon(), 1, 2, 1 << 20, some);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->records.size(), 2u);
  EXPECT_EQ(page->position, 3);
  EXPECT_EQ(page->head.position, 5);
}

}  // namespace
}  // namespace phoihop::ledger
