#include "common/ledger/record.h"

#include <sodium.h>

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/status/views.h"

namespace phoihop::ledger {
namespace {

constexpr std::string_view kRecordPrefix = "phoihop ledger record 1\n";
constexpr std::string_view kCheckpointPrefix = "phoihop ledger checkpoint 1\n";
constexpr std::string_view kLinePrefix = "phoihop-checkpoint-1";

// Writes the canonical bytes: see README.md.
class Canonical {
 public:
  explicit Canonical(std::string_view prefix) : bytes_(prefix) {}

  Canonical& Add(int64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes_ += static_cast<char>(static_cast<uint64_t>(value) >> shift);
    }
    return *this;
  }
  Canonical& Add(std::string_view text) {
    Add(static_cast<int64_t>(text.size()));
    bytes_ += text;
    return *this;
  }
  Canonical& Add(absl::Time time) { return Add(int64_t{absl::ToUnixMicros(time)}); }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

std::string Sha256(std::string_view bytes) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return hash;
}

std::string Day(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

}  // namespace

std::string PayloadDigest(std::string_view salt, std::string_view payload) {
  std::string bytes(salt);
  bytes += payload;
  return Sha256(bytes);
}

std::string RecordHash(std::string_view previous_hash, const Record& record) {
  Canonical canonical(kRecordPrefix);
  canonical.Add(previous_hash)
      .Add(record.position)
      .Add(record.actor)
      .Add(record.actor_body)
      .Add(record.record_time)
      .Add(std::string_view(Day(record.effective)))
      .Add(record.method)
      .Add(record.resource)
      .Add(record.resource_type)
      .Add(record.revision)
      .Add(record.unit)
      .Add(int64_t{record.schema_version})
      .Add(int64_t{record.deleted})
      .Add(record.payload_digest);
  return Sha256(canonical.bytes());
}

std::string CheckpointBytes(const Checkpoint& checkpoint) {
  return Canonical(kCheckpointPrefix)
      .Add(checkpoint.service)
      .Add(checkpoint.epoch)
      .Add(checkpoint.position)
      .Add(checkpoint.hash)
      .Add(checkpoint.sign_time)
      .Add(checkpoint.key_id)
      .bytes();
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  return absl::StrCat(AbslView(kLinePrefix), "\t", checkpoint.service, "\t", checkpoint.epoch, "\t",
                      checkpoint.position, "\t", absl::BytesToHexString(checkpoint.hash), "\t",
                      absl::ToUnixMicros(checkpoint.sign_time), "\t", checkpoint.key_id, "\t",
                      absl::BytesToHexString(checkpoint.signature));
}

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view line) {
  const std::vector<std::string> parts = absl::StrSplit(AbslView(line), '\t');
  const auto is_hex = [](const std::string& text, size_t bytes) {
    return text.size() == 2 * bytes &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
  };
  Checkpoint checkpoint;
  int64_t micros = 0;
  if (parts.size() != 8 || parts[0] != kLinePrefix ||
      !absl::SimpleAtoi(parts[3], &checkpoint.position) || !is_hex(parts[4], 32) ||
      !absl::SimpleAtoi(parts[5], &micros) || !is_hex(parts[7], 64)) {
    return absl::InvalidArgumentError("not a line of a checkpoint file");
  }
  checkpoint.service = parts[1];
  checkpoint.epoch = parts[2];
  checkpoint.hash = absl::HexStringToBytes(parts[4]);
  checkpoint.sign_time = absl::FromUnixMicros(micros);
  checkpoint.key_id = parts[6];
  checkpoint.signature = absl::HexStringToBytes(parts[7]);
  return checkpoint;
}

}  // namespace phoihop::ledger
