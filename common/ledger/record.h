#ifndef PHOIHOP_COMMON_LEDGER_RECORD_H_
#define PHOIHOP_COMMON_LEDGER_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace phoihop::ledger {

// A ledger record: the fields of phoihop.ledger.v1.Record. README.md defines the bytes that
// the hashes cover.
struct Record {
  int64_t position = 0;
  std::string actor;
  std::string actor_body;
  // Whole microseconds.
  absl::Time record_time;
  absl::CivilDay effective;
  std::string method;
  std::string resource;
  std::string resource_type;
  int64_t revision = 0;
  std::string unit;
  int schema_version = 1;
  bool deleted = false;
  std::string payload_digest;
  std::string hash;

  // From a table of its own. Both are empty when the payload was redacted.
  std::string payload;
  std::string payload_salt;
  bool redacted = false;
  // False when the row of the payload is missing altogether, which no redaction does.
  bool payload_present = true;
};

// The newest position of a ledger.
struct Head {
  std::string epoch;
  int64_t position = 0;
  // Empty when there is no record.
  std::string hash;
};

// A signed statement that the ledger had this hash at this position.
struct Checkpoint {
  std::string service;
  std::string epoch;
  int64_t position = 0;
  std::string hash;
  // Whole microseconds.
  absl::Time sign_time;
  std::string key_id;
  std::string signature;
};

// SHA-256 (32 bytes) over salt and payload.
std::string PayloadDigest(std::string_view salt, std::string_view payload);

// SHA-256 (32 bytes) over the previous record's hash (empty for the first record) and all
// fields from position to payload_digest.
std::string RecordHash(std::string_view previous_hash, const Record& record);

// The bytes that a checkpoint's signature covers.
std::string CheckpointBytes(const Checkpoint& checkpoint);

// A checkpoint as one line of a checkpoint file, without its line feed, and back.
std::string FormatCheckpoint(const Checkpoint& checkpoint);
absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view line);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_RECORD_H_
