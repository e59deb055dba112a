// Rows that the commands of a transaction write with one statement.
#include "common/ledger/gather.h"

#include <thread>

#include "common/ledger/ledger_fixture.h"

namespace phoihop::ledger {
namespace {

constexpr SharedStatement kAdd = {.head = "INSERT INTO counters (id, value, revision)",
                                  .columns = 3,
                                  .tail = " ON DUPLICATE KEY UPDATE value = value + VALUES(value)"};
constexpr SharedStatement kInsert = {.head = "INSERT INTO counters (revision, id, value)",
                                     .columns = 3};

class GatherTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    options_.lanes = 1;
  }

  static Command Gathering(const std::string& id, SharedStatement statement,
                           const absl::Status& end = absl::OkStatus()) {
    Command command = NewCommand(id, "");
    command.run = [=](Transaction& tx) -> absl::StatusOr<std::string> {
      if (statement.head == kAdd.head) {
        tx.Gather(statement, id, {mysql::Bytes(id), int64_t{1}, int64_t{1}});
      } else {
        tx.Gather(statement, id, {int64_t{1}, mysql::Bytes(id), int64_t{100}});
      }
      if (!end.ok()) return end;
      tx.Note(ChangeOf(id, 1, 1));
      return id;
    };
    return command;
  }
};

TEST_F(GatherTest, RowsOfAllCommandsAreWritten) {
  auto writer = NewWriter();
  std::vector<Command> commands;
  for (int i = 0; i < 40; ++i) commands.push_back(Gathering(absl::StrCat("c", i % 4), kAdd));
  commands.push_back(Gathering("d", kInsert));
  const int64_t before = writer->stats().transactions;
  for (const auto& result : RunTogether(*writer, std::move(commands))) {
    EXPECT_THAT(result, IsOk());
  }
  EXPECT_EQ(writer->stats().transactions - before, 2);  // the gate's and one more
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters WHERE id LIKE 'c%' AND value = 10"), 4);
  EXPECT_EQ(Number("SELECT value FROM counters WHERE id = 'd'"), 100);
}

TEST_F(GatherTest, CommandThatEndsInAnErrorWritesNoRow) {
  auto writer = NewWriter();
  const auto results = RunTogether(
      *writer,
      {Gathering("a", kAdd), Gathering("b", kAdd, absl::NotFoundError("")), Gathering("c", kAdd)});
  EXPECT_THAT(results[0], IsOk());
  EXPECT_THAT(results[1], StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(results[2], IsOk());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters WHERE id IN ('a', 'c')"), 2);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 2);
}

TEST_F(GatherTest, RowThatTheDatabaseRefusesEndsOnlyItsCommand) {
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("taken")), IsOk());
  const auto results = RunTogether(
      *writer, {Gathering("a", kInsert), Gathering("taken", kInsert), Gathering("b", kInsert)});
  EXPECT_THAT(results[0], IsOk());
  EXPECT_THAT(results[1], StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(results[2], IsOk());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters"), 3);
  EXPECT_EQ(Number("SELECT value FROM counters WHERE id = 'taken'"), 0);
  EXPECT_FALSE(Verify().finding.has_value());
}

TEST_F(GatherTest, RowOfTheWrongSizeIsRefused) {
  auto lease = pool_->Acquire(Soon());
  ASSERT_THAT(lease, IsOk());
  EXPECT_THAT(RunGathered(**lease, {{kAdd, "", {int64_t{1}}}}),
              StatusIs(absl::StatusCode::kInternal));
}

// Two writers that change the same counters in opposite order would deadlock if each
// wrote its rows as they came.
TEST_F(GatherTest, WritersOfTheSameRowsDoNotDeadlock) {
  auto one = NewWriter();
  auto two = NewWriter();
  std::vector<std::thread> threads;
  for (Writer* writer : {one.get(), two.get()}) {
    threads.emplace_back([&, writer] {
      for (int i = 0; i < 50; ++i) {
        Command command = NewCommand("x", "");
        command.run = [&, writer](Transaction& tx) -> absl::StatusOr<std::string> {
          for (int k = 0; k < 20; ++k) {
            const int key = writer == one.get() ? k : 19 - k;
            const std::string id = absl::StrCat("k", 10 + key);
            tx.Gather(kAdd, id, {mysql::Bytes(id), int64_t{1}, int64_t{1}});
          }
          return std::string();
        };
        EXPECT_THAT(writer->Commit(std::move(command)), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(one->stats().reruns + two->stats().reruns, 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM counters WHERE value = 100"), 20);
}

}  // namespace
}  // namespace phoihop::ledger
