#include "common/ledger/verify.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "common/ledger/ledger_fixture.h"

namespace phoihop::ledger {
namespace {

using Kind = Finding::Kind;

class VerifyTest : public LedgerFixture {
 protected:
  // Twelve records with a signed checkpoint at position 8 and one at 12.
  void SetUp() override {
    LedgerFixture::SetUp();
    signer_ = NewEd25519Signer("k1", std::string(32, 's')).value();
    options_.signer = signer_.get();
    options_.checkpoint_interval = absl::Hours(1);
    options_.lanes = 1;
    for (int round = 0; round < 2; ++round) {
      auto writer = NewWriter();
      for (int i = 0; i < (round == 0 ? 8 : 4); ++i) {
        ASSERT_THAT(writer->Commit(CreateCommand(absl::StrCat(round, "-", i))), IsOk());
      }
      writer->Drain();
    }
    auto checkpoints = ReadCheckpoints(*pool_, Soon(), 0);
    ASSERT_THAT(checkpoints, IsOk());
    checkpoints_ = *std::move(checkpoints);
    ASSERT_EQ(checkpoints_.size(), 2u);
    ASSERT_EQ(checkpoints_[0].position, 8);
    ASSERT_EQ(checkpoints_[1].position, 12);
  }

  VerifyReport Check() {
    const auto head = ReadHead(*pool_, Soon());
    EXPECT_THAT(head, IsOk());
    return VerifyLedger(AllRecords(), *head, "test", checkpoints_,
                        [](std::string_view key_id) -> std::optional<std::string> {
                          if (key_id != "k1") return std::nullopt;
                          return Ed25519PublicKey(std::string(32, 's')).value();
                        });
  }

  // What somebody with all rights in the database, but without the signing key, can do to
  // hide a change: make the chain anew from a position on.
  void Rechain() {
    std::string hash;
    int64_t position = 0;
    for (Record record : AllRecords()) {
      record.position = ++position;
      const std::string made = RecordHash(hash, record);
      ASSERT_THAT(admin_->Execute("UPDATE ledger_records SET hash = ? WHERE position = ?",
                                  {mysql::Bytes(made), record.position}),
                  IsOk());
      hash = made;
    }
    ASSERT_THAT(admin_->Execute("UPDATE ledger_head SET position = ?, hash = ?",
                                {position, mysql::Bytes(hash)}),
                IsOk());
  }

  void ExpectFinding(Kind kind, int64_t position) {
    const VerifyReport report = Check();
    ASSERT_TRUE(report.finding.has_value());
    EXPECT_EQ(FindingName(report.finding->kind), FindingName(kind)) << report.finding->text;
    EXPECT_EQ(report.finding->position, position) << report.finding->text;
  }

  std::unique_ptr<Signer> signer_;
  std::vector<Checkpoint> checkpoints_;
};

TEST_F(VerifyTest, WholeLedgerPasses) {
  const VerifyReport report = Check();
  EXPECT_FALSE(report.finding.has_value()) << report.finding->text;
  EXPECT_EQ(report.records, 12);
  EXPECT_EQ(report.checkpoints, 2);
}

struct Case {
  const char* name;
  std::vector<std::string> sql;
  Kind kind;
  int64_t position;
};

class TamperTest : public VerifyTest, public ::testing::WithParamInterface<Case> {};

TEST_P(TamperTest, FirstBadRecordIsNamed) {
  for (const std::string& sql : GetParam().sql) Tamper(sql);
  ExpectFinding(GetParam().kind, GetParam().position);
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const char* set :
       {"actor = 'members/m2'", "actor_body = ''",
        "record_time = record_time + INTERVAL 1 MICROSECOND",
        "effective_date = effective_date + INTERVAL 1 DAY", "method = 'x'", "resource = 'x'",
        "resource_type = 'x'", "revision = revision + 1", "unit = 'units/2'", "schema_version = 2",
        "deleted = 1", "payload_digest = REPEAT('x', 32)", "hash = REPEAT('x', 32)"}) {
    cases.push_back({"",
                     {absl::StrCat("UPDATE ledger_records SET ", set, " WHERE position = 5")},
                     Kind::kChangedRecord,
                     5});
  }
  cases.push_back({"",
                   {"UPDATE ledger_payloads SET payload = 'other' WHERE position = 5"},
                   Kind::kChangedPayload,
                   5});
  cases.push_back({"",
                   {"UPDATE ledger_payloads SET salt = 'other' WHERE position = 5"},
                   Kind::kChangedPayload,
                   5});
  cases.push_back(
      {"", {"DELETE FROM ledger_payloads WHERE position = 5"}, Kind::kMissingPayload, 5});
  cases.push_back({"", {"DELETE FROM ledger_records WHERE position = 5"}, Kind::kRemovedRecord, 5});
  cases.push_back(
      {"", {"DELETE FROM ledger_records WHERE position <= 2"}, Kind::kRemovedRecord, 1});
  // Removed, and the gap closed.
  cases.push_back({"",
                   {"DELETE FROM ledger_records WHERE position = 5",
                    "UPDATE ledger_records SET position = position - 1 WHERE position > 5"
                    " ORDER BY position"},
                   Kind::kChangedRecord,
                   5});
  // Two records exchanged.
  cases.push_back({"",
                   {"UPDATE ledger_records SET position = 100 WHERE position = 5",
                    "UPDATE ledger_records SET position = 5 WHERE position = 6",
                    "UPDATE ledger_records SET position = 6 WHERE position = 100"},
                   Kind::kChangedRecord,
                   5});
  // Cut off: a checkpoint and the head lie beyond.
  cases.push_back({"", {"DELETE FROM ledger_records WHERE position > 9"}, Kind::kCutOff, 10});
  // Cut off with the head set back.
  cases.push_back({"",
                   {"DELETE FROM ledger_records WHERE position > 10",
                    "UPDATE ledger_head h, ledger_records r SET h.position = 10, h.hash = r.hash"
                    " WHERE r.position = 10"},
                   Kind::kCutOff,
                   11});
  cases.push_back({"", {"UPDATE ledger_head SET hash = REPEAT('x', 32)"}, Kind::kHeadMismatch, 12});
  cases.push_back({"", {"UPDATE ledger_head SET position = 11"}, Kind::kHeadMismatch, 12});
  cases.push_back({"", {"UPDATE ledger_head SET position = 13"}, Kind::kCutOff, 13});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Tampering, TamperTest, ::testing::ValuesIn(Cases()));

TEST_F(VerifyTest, CutOffWithoutCheckpointsIsFoundByTheHead) {
  checkpoints_.clear();
  Tamper("DELETE FROM ledger_records WHERE position > 9");
  ExpectFinding(Kind::kCutOff, 10);
}

TEST_F(VerifyTest, CutOffAndRefilledLedgerIsFoundByACheckpoint) {
  Tamper("DELETE FROM ledger_records WHERE position > 6");
  Tamper("DELETE FROM ledger_payloads WHERE position > 6");
  Rechain();
  auto writer = NewWriter();
  for (int i = 0; i < 10; ++i) {
    ASSERT_THAT(writer->Commit(CreateCommand(absl::StrCat("new", i))), IsOk());
  }
  ExpectFinding(Kind::kRewritten, 8);
}

TEST_F(VerifyTest, RechainedChangeIsFoundByTheFirstCheckpointBehindIt) {
  Tamper("UPDATE ledger_records SET actor = 'members/m2' WHERE position = 10");
  Rechain();
  ExpectFinding(Kind::kRewritten, 12);
}

TEST_F(VerifyTest, ForgedCheckpointIsFound) {
  checkpoints_[1].hash[0] ^= 1;
  ExpectFinding(Kind::kBadCheckpoint, 12);
}

TEST_F(VerifyTest, CheckpointOfAnUnknownKeyIsNamed) {
  checkpoints_[0].key_id = "k9";
  ExpectFinding(Kind::kUnknownKey, 8);
}

TEST_F(VerifyTest, CheckpointsOfAnEarlierEpochAreCountedNotCompared) {
  ASSERT_THAT(StartNewEpoch(*admin_), IsOk());
  const VerifyReport report = Check();
  EXPECT_FALSE(report.finding.has_value());
  EXPECT_EQ(report.other_epochs, 2);
  EXPECT_EQ(report.checkpoints, 0);
}

TEST_F(VerifyTest, RedactedPayloadIsCountedAndPasses) {
  Tamper("UPDATE ledger_payloads SET payload = NULL, salt = NULL WHERE position = 5");
  const VerifyReport report = Check();
  EXPECT_FALSE(report.finding.has_value());
  EXPECT_EQ(report.redacted, 1);
}

class SigningTest : public LedgerFixture {};

TEST_F(SigningTest, HeadIsSignedWhenItMovedAndAppendedToTheFile) {
  char folder[] = "/tmp/phoihop-checkpoint-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  auto signer = NewEd25519Signer("k1", std::string(32, 's')).value();
  options_.signer = signer.get();
  options_.checkpoint_interval = absl::Milliseconds(30);
  options_.checkpoint_file = absl::StrCat(folder, "/checkpoints");
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  const absl::Time limit = Soon();
  while (Number("SELECT COUNT(*) FROM ledger_checkpoints") == 0 && absl::Now() < limit) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  absl::SleepFor(absl::Milliseconds(120));  // nothing moved: nothing is signed
  EXPECT_EQ(Number("SELECT COUNT(*) FROM ledger_checkpoints"), 1);
  ASSERT_THAT(writer->Commit(CreateCommand("b")), IsOk());
  writer->Drain();
  std::ifstream file(options_.checkpoint_file);
  std::vector<Checkpoint> lines;
  for (std::string line; std::getline(file, line);) {
    const auto checkpoint = ParseCheckpoint(line);
    ASSERT_THAT(checkpoint, IsOk()) << line;
    lines.push_back(*checkpoint);
  }
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].position, 1);
  EXPECT_EQ(lines[1].position, 2);
  EXPECT_EQ(lines[1].service, "test");
  EXPECT_EQ(lines[1].hash, writer->head().hash);
  EXPECT_TRUE(VerifyEd25519(Ed25519PublicKey(std::string(32, 's')).value(),
                            CheckpointBytes(lines[1]), lines[1].signature));
  unlink(options_.checkpoint_file.c_str());
  rmdir(folder);
}

TEST_F(SigningTest, LineThatTheFileRefusedIsWrittenLater) {
  char folder[] = "/tmp/phoihop-checkpoint-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string absent = absl::StrCat(folder, "/absent");
  auto signer = NewEd25519Signer("k1", std::string(32, 's')).value();
  std::atomic<int> complaints = 0;
  options_.signer = signer.get();
  options_.checkpoint_interval = absl::Milliseconds(30);
  options_.checkpoint_file = absent + "/checkpoints";
  options_.log = [&](std::string_view) { ++complaints; };
  auto writer = NewWriter();
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  const absl::Time limit = Soon();
  while (complaints == 0 && absl::Now() < limit) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM ledger_checkpoints"), 1);
  ASSERT_EQ(mkdir(absent.c_str(), 0700), 0);
  writer->Drain();
  std::ifstream file(options_.checkpoint_file);
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  const auto checkpoint = ParseCheckpoint(line);
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_EQ(checkpoint->position, 1);
  EXPECT_FALSE(std::getline(file, line));
  unlink(options_.checkpoint_file.c_str());
  rmdir(absent.c_str());
  rmdir(folder);
}

}  // namespace
}  // namespace phoihop::ledger
