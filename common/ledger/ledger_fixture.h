#ifndef PHOIHOP_COMMON_LEDGER_LEDGER_FIXTURE_H_
#define PHOIHOP_COMMON_LEDGER_LEDGER_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/ledger/prepare.h"
#include "common/ledger/reader.h"
#include "common/ledger/verify.h"
#include "common/ledger/writer.h"
#include "common/mysql/migrate.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::ledger {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;

// A service in a nutshell: a table of counters in a database of its own, written by its
// least-privileged user.
class LedgerFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    admin_options_ = TestDatabase::Get().NewSchema();
    auto admin = mysql::Connection::Open(admin_options_);
    ASSERT_THAT(admin, IsOk());
    admin_ = *std::move(admin);
    static constexpr mysql::Migration kTables[] = {
        {"counters", 1, "counters",
         "CREATE TABLE counters (id VARBINARY(64) PRIMARY KEY, value BIGINT NOT NULL,"
         " revision BIGINT NOT NULL)"}};
    PrepareOptions prepare;
    prepare.database = admin_options_.database;
    prepare.user = admin_options_.database;  // a user for each test
    prepare.password = "secret";
    prepare.migrations = kTables;
    ASSERT_THAT(PrepareDatabase(*admin_, prepare), IsOk());
    options_.connection = admin_options_;
    options_.connection.user = prepare.user;
    options_.connection.password = prepare.password;
    options_.service = "test";
    options_.lanes = 4;
    options_.poll_interval = absl::Milliseconds(20);
    mysql::Pool::Options pool;
    pool.connection = options_.connection;
    auto created = mysql::Pool::Create(pool);
    ASSERT_THAT(created, IsOk());
    pool_ = *std::move(created);
  }

  std::unique_ptr<Writer> NewWriter() {
    auto writer = Writer::Start(options_);
    EXPECT_THAT(writer, IsOk());
    return *std::move(writer);
  }

  static absl::Time Soon() { return absl::Now() + absl::Seconds(30); }

  static Change ChangeOf(const std::string& id, int64_t revision, int64_t value) {
    Change change;
    change.resource = "counters/" + id;
    change.resource_type = "phoihop.test.Counter";
    change.revision = revision;
    change.effective = absl::CivilDay(2023, 10, 24);
    change.unit = "units/1";
    change.payload = absl::StrCat(id, "=", value);
    return change;
  }

  // Creates a counter; ALREADY_EXISTS from the database when it is there.
  static absl::StatusOr<std::string> Create(Transaction& tx, const std::string& id) {
    auto rows = tx.db().Execute("INSERT INTO counters (id, value, revision) VALUES (?, ?, ?)",
                                {mysql::Bytes(id), int64_t{0}, int64_t{1}});
    if (!rows.ok()) return rows.status();
    tx.Note(ChangeOf(id, 1, 0));
    return absl::StrCat("created ", id);
  }

  // Adds one to a counter; NOT_FOUND when it is not there.
  static absl::StatusOr<std::string> Increment(Transaction& tx, const std::string& id) {
    int64_t value = 0, revision = 0;
    const absl::Status read =
        tx.db().Query("SELECT value, revision FROM counters WHERE id = ? FOR UPDATE",
                      {mysql::Bytes(id)}, [&](const mysql::Row& row) {
                        value = row.Int(0) + 1;
                        revision = row.Int(1) + 1;
                        return absl::OkStatus();
                      });
    if (!read.ok()) return read;
    if (revision == 0) return absl::NotFoundError("no such counter");
    auto rows = tx.db().Execute("UPDATE counters SET value = ?, revision = ? WHERE id = ?",
                                {value, revision, mysql::Bytes(id)});
    if (!rows.ok()) return rows.status();
    tx.Note(ChangeOf(id, revision, value));
    return absl::StrCat(id, "=", value);
  }

  static Command NewCommand(const std::string& id, const std::string& request_id) {
    Command command;
    command.roots = {"counters/" + id};
    command.method = "phoihop.test.CounterService/Write";
    command.actor = {"members/m1", "bodies/b1"};
    command.request_id = request_id;
    command.body = id;
    return command;
  }
  static Command CreateCommand(const std::string& id, const std::string& request_id = "") {
    Command command = NewCommand(id, request_id);
    command.run = [id](Transaction& tx) { return Create(tx, id); };
    return command;
  }
  static Command IncrementCommand(const std::string& id, const std::string& request_id = "") {
    Command command = NewCommand(id, request_id);
    command.run = [id](Transaction& tx) { return Increment(tx, id); };
    return command;
  }

  // Keeps a writer's only lane busy, so that what is submitted meanwhile becomes one batch.
  class Gate {
   public:
    explicit Gate(Writer& writer) {
      Command command = NewCommand("gate", "");
      command.run = [this](Transaction&) -> absl::StatusOr<std::string> {
        if (!entered_.HasBeenNotified()) entered_.Notify();
        open_.WaitForNotificationWithTimeout(absl::Seconds(30));
        return std::string();
      };
      writer.CommitAsync(std::move(command), [this](absl::StatusOr<Committed>) { left_.Notify(); });
      entered_.WaitForNotification();
    }
    void Open() {
      if (!open_.HasBeenNotified()) open_.Notify();
    }
    ~Gate() {
      Open();
      left_.WaitForNotification();
    }

   private:
    absl::Notification entered_, open_, left_;
  };

  // Submits commands while the gate is closed, and returns their answers.
  std::vector<absl::StatusOr<Committed>> RunTogether(Writer& writer,
                                                     std::vector<Command> commands) {
    std::vector<absl::StatusOr<Committed>> results(commands.size(), absl::UnknownError("none"));
    std::vector<absl::Notification> answered(commands.size());
    {
      Gate gate(writer);
      for (size_t i = 0; i < commands.size(); ++i) {
        writer.CommitAsync(std::move(commands[i]), [&, i](absl::StatusOr<Committed> result) {
          results[i] = std::move(result);
          answered[i].Notify();
        });
      }
    }
    for (absl::Notification& one : answered) {
      EXPECT_TRUE(one.WaitForNotificationWithTimeout(absl::Seconds(30)));
    }
    return results;
  }

  int64_t Number(const std::string& sql) {
    int64_t number = -1;
    EXPECT_THAT(admin_->Query(sql, {},
                              [&](const mysql::Row& row) {
                                number = row.Int(0);
                                return absl::OkStatus();
                              }),
                IsOk());
    return number;
  }

  void Tamper(const std::string& sql) {
    const auto rows = admin_->Execute(sql);
    ASSERT_THAT(rows, IsOk()) << sql;
    ASSERT_GT(*rows, 0) << sql;
  }

  std::vector<Record> AllRecords() {
    std::vector<Record> all;
    while (true) {
      auto page = ReadRecords(*pool_, Soon(), all.empty() ? 0 : all.back().position, 1000, 1 << 20);
      EXPECT_THAT(page, IsOk());
      if (!page.ok() || page->records.empty()) return all;
      for (Record& record : page->records) all.push_back(std::move(record));
    }
  }

  VerifyReport Verify(std::vector<Checkpoint> checkpoints = {}) {
    const auto head = ReadHead(*pool_, Soon());
    EXPECT_THAT(head, IsOk());
    return VerifyLedger(AllRecords(), *head, "test", std::move(checkpoints),
                        [](std::string_view) { return std::nullopt; });
  }

  mysql::ConnectionOptions admin_options_;
  std::unique_ptr<mysql::Connection> admin_;
  std::unique_ptr<mysql::Pool> pool_;
  Writer::Options options_;
};

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_LEDGER_FIXTURE_H_
