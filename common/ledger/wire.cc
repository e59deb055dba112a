#include "common/ledger/wire.h"

#include <utility>

#include "common/time/civil.h"

namespace phoihop::ledger {
namespace {

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  // Rounded down, so that nanos are never negative.
  const int64_t seconds = micros >= 0 ? micros / 1000000 : -((-micros + 999999) / 1000000);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(micros - seconds * 1000000) * 1000);
  return timestamp;
}

}  // namespace

v1::Head ToProto(const Head& head) {
  v1::Head proto;
  proto.set_epoch(head.epoch);
  proto.set_position(head.position);
  proto.set_hash(head.hash);
  return proto;
}

v1::Record ToProto(Record record) {
  v1::Record proto;
  proto.set_position(record.position);
  proto.set_actor(std::move(record.actor));
  proto.set_actor_body(std::move(record.actor_body));
  *proto.mutable_record_time() = ToTimestamp(record.record_time);
  proto.set_effective_date(FormatDay(record.effective));
  proto.set_method(std::move(record.method));
  proto.set_resource(std::move(record.resource));
  proto.set_resource_type(std::move(record.resource_type));
  proto.set_revision(record.revision);
  proto.set_unit(std::move(record.unit));
  proto.set_schema_version(record.schema_version);
  proto.set_deleted(record.deleted);
  proto.set_payload_digest(std::move(record.payload_digest));
  proto.set_hash(std::move(record.hash));
  proto.set_payload(std::move(record.payload));
  proto.set_payload_salt(std::move(record.payload_salt));
  proto.set_redacted(record.redacted);
  return proto;
}

v1::Checkpoint ToProto(const Checkpoint& checkpoint) {
  v1::Checkpoint proto;
  proto.set_service(checkpoint.service);
  proto.set_epoch(checkpoint.epoch);
  proto.set_position(checkpoint.position);
  proto.set_hash(checkpoint.hash);
  *proto.mutable_sign_time() = ToTimestamp(checkpoint.sign_time);
  proto.set_key_id(checkpoint.key_id);
  proto.set_signature(checkpoint.signature);
  return proto;
}

}  // namespace phoihop::ledger
