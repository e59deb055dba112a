#include "services/ctl/ledger_convert.h"

#include "absl/time/time.h"
#include "common/time/civil.h"

namespace phoihop::ctl {
namespace {

absl::Time FromTimestamp(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace

ledger::Record FromProto(const phoihop::ledger::v1::Record& record) {
  ledger::Record result;
  result.position = record.position();
  result.actor = record.actor();
  result.actor_body = record.actor_body();
  result.record_time = FromTimestamp(record.record_time());
  result.effective = ParseDay(record.effective_date()).value_or(absl::CivilDay(0, 1, 1));
  result.method = record.method();
  result.resource = record.resource();
  result.resource_type = record.resource_type();
  result.revision = record.revision();
  result.unit = record.unit();
  result.schema_version = record.schema_version();
  result.deleted = record.deleted();
  result.payload_digest = record.payload_digest();
  result.hash = record.hash();
  result.payload = record.payload();
  result.payload_salt = record.payload_salt();
  result.redacted = record.redacted();
  // Every payload has a salt; without one it is gone, which only a redaction may do.
  result.payload_present = record.redacted() || !record.payload_salt().empty();
  return result;
}

ledger::Checkpoint FromProto(const phoihop::ledger::v1::Checkpoint& checkpoint) {
  ledger::Checkpoint result;
  result.service = checkpoint.service();
  result.epoch = checkpoint.epoch();
  result.position = checkpoint.position();
  result.hash = checkpoint.hash();
  result.sign_time = FromTimestamp(checkpoint.sign_time());
  result.key_id = checkpoint.key_id();
  result.signature = checkpoint.signature();
  return result;
}

}  // namespace phoihop::ctl
