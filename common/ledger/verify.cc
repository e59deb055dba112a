#include "common/ledger/verify.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ledger/signer.h"

namespace phoihop::ledger {

using Kind = Finding::Kind;

std::string_view FindingName(Kind kind) {
  switch (kind) {
    case Kind::kChangedRecord:
      return "CHANGED_RECORD";
    case Kind::kChangedPayload:
      return "CHANGED_PAYLOAD";
    case Kind::kMissingPayload:
      return "MISSING_PAYLOAD";
    case Kind::kRemovedRecord:
      return "REMOVED_RECORD";
    case Kind::kCutOff:
      return "CUT_OFF";
    case Kind::kRewritten:
      return "REWRITTEN";
    case Kind::kHeadMismatch:
      return "HEAD_MISMATCH";
    case Kind::kBadCheckpoint:
      return "BAD_CHECKPOINT";
    case Kind::kUnknownKey:
      return "UNKNOWN_KEY";
  }
  return "";
}

Verifier::Verifier(std::string service, std::vector<Checkpoint> checkpoints, KeyFinder keys)
    : service_(std::move(service)), checkpoints_(std::move(checkpoints)), keys_(std::move(keys)) {
  std::erase_if(checkpoints_,
                [this](const Checkpoint& checkpoint) { return checkpoint.service != service_; });
  std::stable_sort(
      checkpoints_.begin(), checkpoints_.end(),
      [](const Checkpoint& a, const Checkpoint& b) { return a.position < b.position; });
  seen_.resize(checkpoints_.size());
}

void Verifier::Find(Kind kind, int64_t position, std::string text) {
  if (report_.finding.has_value()) return;
  report_.finding = Finding{kind, position, std::move(text)};
}

bool Verifier::Add(absl::Span<const Record> records) {
  for (const Record& record : records) {
    if (report_.finding.has_value()) return false;
    const int64_t expected = position_ + 1;
    if (record.position != expected) {
      Find(Kind::kRemovedRecord, std::min(expected, record.position),
           absl::StrCat("position ", expected, " is missing or out of order; ", record.position,
                        " follows ", position_));
      return false;
    }
    if (RecordHash(hash_, record) != record.hash) {
      Find(Kind::kChangedRecord, record.position,
           absl::StrCat("record ", record.position, " (", record.resource,
                        ") is not what its hash was made of"));
      return false;
    }
    if (!record.payload_present) {
      Find(Kind::kMissingPayload, record.position,
           absl::StrCat("the payload of record ", record.position, " (", record.resource,
                        ") is gone without a redaction"));
      return false;
    }
    if (record.redacted) {
      ++report_.redacted;
    } else if (PayloadDigest(record.payload_salt, record.payload) != record.payload_digest) {
      Find(Kind::kChangedPayload, record.position,
           absl::StrCat("the payload of record ", record.position, " (", record.resource,
                        ") is not the one that was recorded"));
      return false;
    }
    ++report_.records;
    position_ = record.position;
    hash_ = record.hash;
    for (; next_ < checkpoints_.size() && checkpoints_[next_].position <= position_; ++next_) {
      seen_[next_] = hash_;
    }
  }
  return !report_.finding.has_value();
}

VerifyReport Verifier::Finish(const Head& head) {
  // Even when the records chain well, they may be others than those that were signed.
  for (size_t i = 0; i < checkpoints_.size() && !report_.finding.has_value(); ++i) {
    const Checkpoint& checkpoint = checkpoints_[i];
    const auto key = keys_(checkpoint.key_id);
    if (!key.has_value()) {
      Find(Kind::kUnknownKey, checkpoint.position,
           absl::StrCat("the checkpoint at ", checkpoint.position, " is signed with the key '",
                        checkpoint.key_id, "', which is not known"));
    } else if (!VerifyEd25519(*key, CheckpointBytes(checkpoint), checkpoint.signature)) {
      Find(Kind::kBadCheckpoint, checkpoint.position,
           absl::StrCat("the signature of the checkpoint at ", checkpoint.position, " is wrong"));
    } else if (checkpoint.epoch != head.epoch) {
      ++report_.other_epochs;
    } else if (checkpoint.position > position_) {
      Find(Kind::kCutOff, position_ + 1,
           absl::StrCat("a checkpoint was signed at ", checkpoint.position,
                        ", but the records end at ", position_));
    } else if (seen_[i] != checkpoint.hash) {
      Find(Kind::kRewritten, checkpoint.position,
           absl::StrCat("the record at ", checkpoint.position,
                        " is not the one that was signed: this or an earlier one was replaced"));
    } else {
      ++report_.checkpoints;
    }
  }
  if (head.position > position_) {
    Find(Kind::kCutOff, position_ + 1,
         absl::StrCat("the head says ", head.position, ", but the records end at ", position_));
  } else if (head.position == position_ && head.hash != hash_) {
    Find(Kind::kHeadMismatch, position_,
         absl::StrCat("the head's hash is not that of record ", position_));
  } else if (head.position < position_) {
    Find(
        Kind::kHeadMismatch, head.position + 1,
        absl::StrCat("the head says ", head.position, ", but there are records up to ", position_));
  }
  return report_;
}

VerifyReport VerifyLedger(absl::Span<const Record> records, const Head& head, std::string service,
                          std::vector<Checkpoint> checkpoints, Verifier::KeyFinder keys) {
  Verifier verifier(std::move(service), std::move(checkpoints), std::move(keys));
  verifier.Add(records);
  return verifier.Finish(head);
}

}  // namespace phoihop::ledger
