#include "common/ledger/record.h"

#include <functional>
#include <vector>

#include "absl/strings/escaping.h"
#include "common/ledger/signer.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace phoihop::ledger {
namespace {

using ::phoihop::testing::IsOk;

Record Sample() {
  Record record;
  record.position = 7;
  record.actor = "members/m1";
  record.actor_body = "bodies/b1";
  record.record_time = absl::FromUnixMicros(1698112799123456);
  record.effective = absl::CivilDay(2023, 10, 24);
  record.method = "phoihop.test.S/M";
  record.resource = "things/1";
  record.resource_type = "phoihop.test.Thing";
  record.revision = 3;
  record.unit = "units/12";
  record.payload = "payload";
  record.payload_salt = "0123456789abcdef";
  record.payload_digest = PayloadDigest(record.payload_salt, record.payload);
  return record;
}

// The bytes are a promise: a ledger written today is verified years later. This value was
// computed apart from this code, from the description in README.md.
TEST(RecordTest, HashIsTheOneThatTheReadmeDescribes) {
  EXPECT_EQ(absl::BytesToHexString(RecordHash("", Sample())),
            "a0067835f9af3c39a738dc74b86ba3cfa2aad3829fe6b9371a0e9358e1eeff95");
}

TEST(RecordTest, EveryFieldIsCovered) {
  const std::string base = RecordHash("previous", Sample());
  const std::vector<std::function<void(Record&)>> changes = {
      [](Record& r) { ++r.position; },
      [](Record& r) { r.actor = "members/m2"; },
      [](Record& r) { r.actor_body = ""; },
      [](Record& r) { r.record_time += absl::Microseconds(1); },
      [](Record& r) { ++r.effective; },
      [](Record& r) { r.method += "x"; },
      [](Record& r) { r.resource = "things/2"; },
      [](Record& r) { r.resource_type += "x"; },
      [](Record& r) { ++r.revision; },
      [](Record& r) { r.unit = ""; },
      [](Record& r) { ++r.schema_version; },
      [](Record& r) { r.deleted = true; },
      [](Record& r) { r.payload_digest[0] ^= 1; },
      // The same bytes over a field's border are another record.
      [](Record& r) {
        r.actor += "b";
        r.actor_body = "odies/b1";
      },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    Record record = Sample();
    changes[i](record);
    EXPECT_NE(RecordHash("previous", record), base) << i;
  }
  EXPECT_NE(RecordHash("another", Sample()), base);
  EXPECT_NE(PayloadDigest("salt", "a"), PayloadDigest("other", "a"));
}

Checkpoint SampleCheckpoint() {
  Checkpoint checkpoint;
  checkpoint.service = "test";
  checkpoint.epoch = "e1";
  checkpoint.position = 7;
  checkpoint.hash = RecordHash("", Sample());
  checkpoint.sign_time = absl::FromUnixMicros(1698112799123456);
  checkpoint.key_id = "k1";
  return checkpoint;
}

TEST(CheckpointTest, SignatureIsVerifiedOverEveryField) {
  const std::string seed(32, 's');
  auto signer = NewEd25519Signer("k1", seed);
  ASSERT_THAT(signer, IsOk());
  const std::string key = Ed25519PublicKey(seed).value();
  const Checkpoint good = SampleCheckpoint();
  const std::string signature = (*signer)->Sign(CheckpointBytes(good)).value();
  EXPECT_TRUE(VerifyEd25519(key, CheckpointBytes(good), signature));
  const std::vector<std::function<void(Checkpoint&)>> changes = {
      [](Checkpoint& c) { c.service = "other"; },
      [](Checkpoint& c) { c.epoch = "e2"; },
      [](Checkpoint& c) { ++c.position; },
      [](Checkpoint& c) { c.hash[3] ^= 1; },
      [](Checkpoint& c) { c.key_id = "k2"; },
      [](Checkpoint& c) { c.sign_time += absl::Microseconds(1); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    Checkpoint bad = good;
    changes[i](bad);
    EXPECT_FALSE(VerifyEd25519(key, CheckpointBytes(bad), signature)) << i;
  }
  EXPECT_FALSE(VerifyEd25519(Ed25519PublicKey(std::string(32, 't')).value(), CheckpointBytes(good),
                             signature));
  EXPECT_FALSE(VerifyEd25519("short", CheckpointBytes(good), signature));
  EXPECT_FALSE(VerifyEd25519(key, CheckpointBytes(good), "short"));
}

TEST(CheckpointTest, SeedOfAnotherLengthIsRefused) {
  EXPECT_FALSE(NewEd25519Signer("k", "short").ok());
  EXPECT_FALSE(NewEd25519Signer("", std::string(32, 's')).ok());
}

TEST(CheckpointTest, LineOfAFileReadsBack) {
  Checkpoint checkpoint = SampleCheckpoint();
  checkpoint.signature = std::string(64, '\x9f');
  const std::string line = FormatCheckpoint(checkpoint);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto read = ParseCheckpoint(line);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(CheckpointBytes(*read), CheckpointBytes(checkpoint));
  EXPECT_EQ(read->signature, checkpoint.signature);
  EXPECT_FALSE(ParseCheckpoint(line.substr(0, line.size() - 1)).ok());
  EXPECT_FALSE(ParseCheckpoint("").ok());
}

}  // namespace
}  // namespace phoihop::ledger
