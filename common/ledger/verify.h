#ifndef PHOIHOP_COMMON_LEDGER_VERIFY_H_
#define PHOIHOP_COMMON_LEDGER_VERIFY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "common/ledger/record.h"

namespace phoihop::ledger {

// The first thing that is wrong with a ledger.
struct Finding {
  enum class Kind {
    kChangedRecord,   // a field differs from what the chain hash covers
    kChangedPayload,  // payload or salt differ from the record's digest
    kMissingPayload,  // the payload is gone without a redaction
    kRemovedRecord,   // a position is missing, or comes twice
    kCutOff,          // the head or a checkpoint lies beyond the last record
    kRewritten,       // a checkpoint signed another hash for this position
    kHeadMismatch,    // the head is not the last record
    kBadCheckpoint,   // a checkpoint's signature is wrong
    kUnknownKey,      // a checkpoint was signed with a key that is not known
  };
  Kind kind;
  // The first bad position.
  int64_t position;
  // One line for people, in English.
  std::string text;
};

// Name of a kind, for example "CHANGED_RECORD".
std::string_view FindingName(Finding::Kind kind);

// What a verification saw.
struct VerifyReport {
  // Nothing when the ledger is whole.
  std::optional<Finding> finding;
  int64_t records = 0;
  int64_t redacted = 0;
  int64_t checkpoints = 0;
  // Checkpoints of an earlier epoch, before a restore; these are not compared.
  int64_t other_epochs = 0;
};

// Verifies a ledger page by page, without I/O. `checkpoints` should include those that are
// kept outside of the database: only they show a ledger that was cut and refilled.
class Verifier {
 public:
  // Returns the 32-byte public key of a key id, or nothing.
  using KeyFinder = std::function<std::optional<std::string>(std::string_view key_id)>;

  // Checkpoints of other services are left out.
  Verifier(std::string service, std::vector<Checkpoint> checkpoints, KeyFinder keys);

  // The next records, in order from position 1. False once something is wrong: further
  // records are not looked at.
  bool Add(absl::Span<const Record> records);

  // Compares with the head and returns the report. Of a ledger in use, read the checkpoints
  // first, then the records, and take the head from the snapshot of the last page.
  VerifyReport Finish(const Head& head);

 private:
  void Find(Finding::Kind kind, int64_t position, std::string text);

  const std::string service_;
  std::vector<Checkpoint> checkpoints_;
  const KeyFinder keys_;
  VerifyReport report_;
  int64_t position_ = 0;
  std::string hash_;
  // Hashes at the positions of checkpoints, in the checkpoints' order.
  std::vector<std::string> seen_;
  size_t next_ = 0;
};

// All at once.
VerifyReport VerifyLedger(absl::Span<const Record> records, const Head& head, std::string service,
                          std::vector<Checkpoint> checkpoints, Verifier::KeyFinder keys);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_VERIFY_H_
