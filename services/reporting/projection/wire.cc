#include "services/reporting/projection/wire.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "phoihop/agreements/v1/resources.pb.h"
#include "phoihop/directory/v1/resources.pb.h"
#include "phoihop/opinions/v1/resources.pb.h"

namespace phoihop::reporting {
namespace {

template <class Message>
const std::string& TypeOf() {
  return Message::descriptor()->full_name();
}

absl::StatusOr<std::optional<absl::CivilDay>> OptionalDay(const std::string& text) {
  if (text.empty()) return std::optional<absl::CivilDay>();
  ASSIGN_OR_RETURN(const absl::CivilDay day, ParseDay(text));
  return std::optional<absl::CivilDay>(day);
}

absl::Status Read(const opinions::v1::Petition& message, PetitionRow& row) {
  ASSIGN_OR_RETURN(row.unit, ParseUnitName(message.unit(), "unit"));
  ASSIGN_OR_RETURN(row.received, ParseDay(message.received_date()));
  ASSIGN_OR_RETURN(row.resolved, OptionalDay(message.resolved_date()));
  if (message.kind() < opinions::v1::Petition::COMPLAINT ||
      opinions::v1::Petition::FEEDBACK < message.kind()) {
    return absl::InternalError("a petition of an unknown kind");
  }
  row.kind = message.kind();
  return absl::OkStatus();
}

absl::Status Read(const opinions::v1::OpinionEntry& message, OpinionRow& row) {
  ASSIGN_OR_RETURN(row.unit, ParseUnitName(message.unit(), "unit"));
  ASSIGN_OR_RETURN(row.heard, ParseDay(message.heard_date()));
  return absl::OkStatus();
}

absl::Status Read(const agreements::v1::Agreement& message, AgreementRow& row) {
  ASSIGN_OR_RETURN(row.unit, ParseUnitName(message.unit(), "unit"));
  ASSIGN_OR_RETURN(row.term_start, ParseDay(message.term_start()));
  ASSIGN_OR_RETURN(row.term_end, ParseDay(message.term_end()));
  row.title = message.title();
  if (!message.parent().empty()) {
    ASSIGN_OR_RETURN(row.parent, ParseName("agreements/*", message.parent(), "parent"));
  }
  // Only what came into force has this day, and keeps it however it ended: on the days before
  // its end it counts. Amendments have none.
  ASSIGN_OR_RETURN(row.in_force_date, OptionalDay(message.in_force_date()));
  ASSIGN_OR_RETURN(const std::optional<absl::CivilDay> end,
                   OptionalDay(message.in_force_end_date()));
  if (end.has_value()) row.term_end = *end;
  return absl::OkStatus();
}

template <class Message, class Row>
absl::StatusOr<std::optional<FeedEvent>> EventOf(const ledger::v1::Record& record,
                                                 std::string_view pattern) {
  Row row;
  ASSIGN_OR_RETURN(row.id, ParseName(pattern, record.resource(), "resource"));
  row.revision = record.revision();
  row.deleted = record.deleted();
  if (!row.deleted) {
    if (record.redacted()) return std::optional<FeedEvent>();
    Message message;
    if (!message.ParseFromString(record.payload())) {
      return absl::InternalError("the payload is not what its type says");
    }
    RETURN_IF_ERROR(Read(message, row));
  }
  return std::optional<FeedEvent>({record.position(), std::move(row)});
}

absl::StatusOr<std::optional<FeedEvent>> EventOf(const ledger::v1::Record& record) {
  const std::string& type = record.resource_type();
  if (type == TypeOf<opinions::v1::Petition>()) {
    return EventOf<opinions::v1::Petition, PetitionRow>(record, "petitions/*");
  }
  if (type == TypeOf<opinions::v1::OpinionEntry>()) {
    return EventOf<opinions::v1::OpinionEntry, OpinionRow>(record, "opinionEntries/*");
  }
  if (type == TypeOf<agreements::v1::Agreement>()) {
    return EventOf<agreements::v1::Agreement, AgreementRow>(record, "agreements/*");
  }
  return std::optional<FeedEvent>();
}

}  // namespace

std::vector<std::string> ResourceTypesOf(std::string_view service) {
  if (service == kAgreements) return {TypeOf<agreements::v1::Agreement>()};
  if (service == kOpinions) {
    return {TypeOf<opinions::v1::OpinionEntry>(), TypeOf<opinions::v1::Petition>()};
  }
  return {TypeOf<directory::v1::AdministrativeUnit>()};
}

absl::StatusOr<std::optional<FeedEvent>> ToEvent(const ledger::v1::Record& record) {
  absl::StatusOr<std::optional<FeedEvent>> event = EventOf(record);
  if (event.ok()) return event;
  return Internal(absl::StrCat("record ", record.position(), " of ", record.resource_type(),
                               " cannot be read: ", event.status().message()));
}

absl::StatusOr<FeedBatch> ToBatch(const ledger::v1::FollowResponse& message, int64_t after) {
  FeedBatch batch;
  batch.epoch = message.epoch();
  batch.after = after;
  batch.position = message.position();
  batch.head_position = message.head_position();
  for (const ledger::v1::Record& record : message.records()) {
    ASSIGN_OR_RETURN(std::optional<FeedEvent> event, ToEvent(record));
    if (event.has_value()) batch.events.push_back(*std::move(event));
  }
  return batch;
}

}  // namespace phoihop::reporting
