// Ledgers verified from the tables, and the new epoch after a restore.
#include "services/ctl/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "common/config/flags.h"
#include "common/ledger/prepare.h"
#include "common/ledger/reader.h"
#include "common/ledger/record.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "services/ctl/commands.h"

namespace phoihop::ctl {
namespace {

using ::phoihop::testing::IsOk;

class StoredLedgerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::SetFlag(&FLAGS_mysql_socket, TestDatabase::Get().socket());
    absl::SetFlag(&FLAGS_mysql_user, TestDatabase::Get().Admin().user);
    auto admin = mysql::Connection::Open(TestDatabase::Get().Admin());
    ASSERT_THAT(admin, IsOk());
    db_ = *std::move(admin);
    ASSERT_THAT(db_->Execute("DROP DATABASE IF EXISTS phoihop_opinions"), IsOk());
    ledger::PrepareOptions options;
    options.database = "phoihop_opinions";
    ASSERT_THAT(ledger::PrepareDatabase(*db_, options), IsOk());
    settings_.data = ::testing::TempDir() + "stored ledger " + std::to_string(getpid());
    std::filesystem::create_directories(settings_.File("keys/private"));
    std::filesystem::create_directories(settings_.File("keys/trusted"));
    ASSERT_EQ(GenerateKeys(settings_, {"opinions"}), 0);
    settings_.trusted_keys_dir = settings_.File("keys/trusted");
    settings_.addresses["opinions"] = "";
  }

  // Adds a record behind the last one, as a service does.
  void Append(const std::string& resource) {
    ledger::Record record;
    record.position = ++position_;
    record.actor = "members/m";
    record.record_time = absl::FromUnixMicros(1698112799123456);
    record.effective = absl::CivilDay(2023, 10, 24);
    record.method = "Create";
    record.resource = resource;
    record.resource_type = "OpinionEntry";
    record.revision = 1;
    record.schema_version = 1;
    record.payload = "payload";
    record.payload_salt = std::string(16, 's');
    record.payload_digest = ledger::PayloadDigest(record.payload_salt, record.payload);
    record.hash = ledger::RecordHash(hash_, record);
    hash_ = record.hash;
    using mysql::Bytes;
    ASSERT_THAT(
        db_->Execute("INSERT INTO ledger_records VALUES (?, ?, '', ?, '2023-10-24', ?, ?, ?, 1, '',"
                     " 1, 0, ?, ?)",
                     {record.position, Bytes(record.actor), record.record_time,
                      Bytes(record.method), Bytes(record.resource), Bytes(record.resource_type),
                      Bytes(record.payload_digest), Bytes(record.hash)}),
        IsOk());
    ASSERT_THAT(db_->Execute("INSERT INTO ledger_payloads VALUES (?, ?, ?)",
                             {record.position, Bytes(record.payload), Bytes(record.payload_salt)}),
                IsOk());
    ASSERT_THAT(db_->Execute("UPDATE ledger_head SET position = ?, hash = ?",
                             {record.position, Bytes(record.hash)}),
                IsOk());
  }

  std::string Epoch() {
    const auto head = ledger::ReadHead(*db_);
    EXPECT_THAT(head, IsOk());
    return head->epoch;
  }

  const absl::FlagSaver saver_;
  Settings settings_;
  std::unique_ptr<mysql::Connection> db_;
  int64_t position_ = 0;
  std::string hash_;
};

TEST_F(StoredLedgerTest, WholeLedgerVerifiesAndAChangedOneDoesNot) {
  EXPECT_EQ(VerifyStoredLedgers(settings_, {"opinions"}), 0);
  Append("opinionEntries/a");
  Append("opinionEntries/b");
  Append("opinionEntries/c");
  EXPECT_EQ(VerifyStoredLedgers(settings_, {"opinions"}), 0);
  ASSERT_THAT(db_->Execute("UPDATE ledger_records SET actor = 'x' WHERE position = 2"), IsOk());
  EXPECT_EQ(VerifyStoredLedgers(settings_, {"opinions"}), 1);
}

TEST_F(StoredLedgerTest, UnknownServiceAndAbsentDatabaseAreErrors) {
  EXPECT_EQ(VerifyStoredLedgers(settings_, {"nobody"}), 2);
  settings_.addresses["missing"] = "";
  EXPECT_EQ(VerifyStoredLedgers(settings_, {"missing"}), 1);
}

TEST_F(StoredLedgerTest, NewEpochChangesNothingElse) {
  Append("opinionEntries/a");
  const std::string before = Epoch();
  EXPECT_EQ(StartNewEpochs(settings_, {"opinions"}), 0);
  EXPECT_NE(Epoch(), before);
  EXPECT_EQ(VerifyStoredLedgers(settings_, {"opinions"}), 0);
  EXPECT_EQ(StartNewEpochs(settings_, {"missing"}), 1);
}

TEST_F(StoredLedgerTest, NewEpochNeedsTheDatabaseNamed) {
  absl::SetFlag(&FLAGS_mysql_socket, "");
  EXPECT_EQ(StartNewEpochs(settings_, {}), 2);
}

}  // namespace
}  // namespace phoihop::ctl
