#include "services/agreements/duties/converters.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/names/names.h"
#include "common/time/civil.h"
#include "services/agreements/plans/converters.h"

namespace phoihop::agreements::duties {
namespace {

// The places where the numbers on the wire meet those that are stored.
static_assert(static_cast<int>(DutyKind::kOther) == v1::InformationDuty::OTHER);
static_assert(static_cast<int>(DutyKind::kMonthlyOpinionDigest) ==
              v1::InformationDuty::MONTHLY_OPINION_DIGEST);
static_assert(static_cast<int>(DutyState::kEnded) == v1::InformationDuty::ENDED);
static_assert(static_cast<int>(OccurrenceState::kCancelled) == v1::DutyOccurrence::CANCELLED);
static_assert(static_cast<int>(DeliveryState::kWithdrawn) == v1::InformationDelivery::WITHDRAWN);
static_assert(static_cast<int>(RequestState::kWithdrawn) == v1::InformationRequest::WITHDRAWN);
static_assert(static_cast<int>(RequestState::kRefused) == v1::InformationRequest::REFUSED);

std::string BodyName(const std::string& id) { return absl::StrCat("bodies/", id); }

void SetTime(absl::Time time, google::protobuf::Timestamp& wire) {
  const timespec parts = absl::ToTimespec(time);
  wire.set_seconds(parts.tv_sec);
  wire.set_nanos(static_cast<int>(parts.tv_nsec));
}

std::string DayOrEmpty(const std::optional<absl::CivilDay>& day) {
  return day.has_value() ? FormatDay(*day) : "";
}

void SetDue(const DueDay& due, int64_t calendar_revision, v1::DueDate& wire) {
  wire.set_date(FormatDay(due.day));
  wire.set_period_start(FormatDay(due.period.first));
  wire.set_period_end(FormatDay(due.period.last));
  wire.set_calculation(due.calculation_vi);
  wire.set_calculation_en(due.calculation_en);
  wire.set_calendar_revision(calendar_revision);
}

// Times, revision and etag, which every resource has.
template <class Record, class Wire>
void SetVersion(const Record& record, Wire& wire) {
  SetTime(record.create_time, *wire.mutable_create_time());
  SetTime(record.update_time, *wire.mutable_update_time());
  wire.set_revision(record.revision);
  wire.set_etag(Etag(record.revision));
}

std::vector<std::string> ReadFiles(const google::protobuf::RepeatedPtrField<std::string>& wire,
                                   const std::string& field, Checker& check) {
  std::vector<std::string> digests;
  if (wire.size() > kMaxFiles) {
    check.Add(field, "TOO_MANY_ATTACHMENTS",
              {"At most 20 files are attached.", "Chỉ đính kèm tối đa 20 tệp."});
    return digests;
  }
  for (int i = 0; i < wire.size(); ++i) {
    digests.push_back(check.Name(absl::StrCat(field, "[", i, "]"), "attachments/*", wire[i]));
  }
  return digests;
}

filter::Field Plain(std::string name, filter::Type type, bool sorts = false) {
  return {.name = std::move(name), .type = type, .sorts = sorts};
}

filter::Field Body(std::string name) {
  return {.name = std::move(name), .type = filter::Type::kName, .pattern = "bodies/*"};
}

template <class Descriptor>
filter::Field Enum(std::string_view name, const Descriptor& descriptor) {
  return {.name = std::string(name),
          .type = filter::Type::kEnum,
          .values = filter::EnumValues(descriptor)};
}

filter::Field Agreements() {
  return {.name = "agreement", .type = filter::Type::kName, .pattern = "agreements/*"};
}

}  // namespace

DutyContent ReadDuty(const v1::InformationDuty& wire, Checker& check) {
  DutyContent content;
  content.from_body = check.Name("duty.from_body", "bodies/*", wire.from_body());
  // One beyond the limit is enough for the domain to see that there are too many.
  const int receivers = std::min(wire.to_bodies_size(), kMaxReceivers + 1);
  for (int i = 0; i < receivers; ++i) {
    content.to_bodies.push_back(
        check.Name(absl::StrCat("duty.to_bodies[", i, "]"), "bodies/*", wire.to_bodies(i)));
  }
  if (v1::InformationDuty::Kind_IsValid(wire.kind()) &&
      wire.kind() != v1::InformationDuty::KIND_UNSPECIFIED) {
    content.kind = static_cast<DutyKind>(wire.kind());
  } else {
    check.Add("duty.kind", "REQUIRED",
              {"Say what kind of information is to be delivered.",
               "Hãy cho biết loại thông tin phải cung cấp."});
  }
  content.title = check.Text("duty.title", wire.title(), 1, kMaxDutyTitle);
  content.description =
      check.Paragraphs("duty.description", wire.description(), 0, kMaxDescription);
  if (v1::Agreement::Area_IsValid(wire.area())) {
    content.area = wire.area();
  } else {
    check.Add("duty.area", "UNKNOWN_VALUE",
              {"The area is not known.", "Lĩnh vực phối hợp không được biết đến."});
  }
  content.rhythm = plans::ReadRhythm(wire.rhythm(), "duty.rhythm", check);
  return content;
}

DeliveryContent ReadDelivery(const v1::InformationDelivery& wire, Checker& check) {
  DeliveryContent content;
  content.document_number =
      check.Text("delivery.document_number", wire.document_number(), 0, kMaxDocumentNumber);
  content.title = check.Text("delivery.title", wire.title(), 0, kMaxDocumentTitle);
  content.note = check.Paragraphs("delivery.note", wire.note(), 0, kMaxNote);
  content.attachments = ReadFiles(wire.attachments(), "delivery.attachments", check);
  return content;
}

RequestContent ReadRequest(const v1::InformationRequest& wire, Checker& check) {
  RequestContent content;
  content.from_body = check.Name("information_request.from_body", "bodies/*", wire.from_body());
  content.to_body = check.Name("information_request.to_body", "bodies/*", wire.to_body());
  content.subject = check.Text("information_request.subject", wire.subject(), 1, kMaxSubject);
  content.description =
      check.Paragraphs("information_request.description", wire.description(), 0, kMaxDescription);
  content.legal_basis =
      check.Text("information_request.legal_basis", wire.legal_basis(), 0, kMaxLegalText);
  content.working_days = static_cast<int>(
      check.Count("information_request.working_days", wire.working_days(), 1, kMaxAnswerDays));
  return content;
}

RequestAnswer ReadAnswer(const v1::InformationRequest::Answer& wire, Checker& check) {
  RequestAnswer answer;
  answer.document_number =
      check.Text("answer.document_number", wire.document_number(), 0, kMaxDocumentNumber);
  answer.note = check.Paragraphs("answer.note", wire.note(), 0, kMaxNote);
  answer.attachments = ReadFiles(wire.attachments(), "answer.attachments", check);
  return answer;
}

v1::InformationDuty ToProto(const Duty& duty) {
  v1::InformationDuty wire;
  wire.set_name(DutyName(duty.id));
  wire.set_agreement(AgreementName(duty.agreement));
  wire.set_unit(UnitName(duty.unit));
  wire.set_from_body(BodyName(duty.content.from_body));
  for (const std::string& body : duty.content.to_bodies) wire.add_to_bodies(BodyName(body));
  wire.set_kind(static_cast<v1::InformationDuty::Kind>(duty.content.kind));
  wire.set_title(duty.content.title);
  wire.set_description(duty.content.description);
  wire.set_area(static_cast<v1::Agreement::Area>(duty.content.area));
  *wire.mutable_rhythm() = plans::ToProto(duty.content.rhythm);
  wire.set_start_date(FormatDay(duty.days.first));
  wire.set_end_date(FormatDay(duty.days.last));
  wire.set_state(static_cast<v1::InformationDuty::State>(duty.state));
  wire.set_last_date(DayOrEmpty(duty.last_day));
  wire.set_end_reason(duty.end_reason);
  SetVersion(duty, wire);
  return wire;
}

v1::InformationDuty ToProto(const KeptDuty& kept) {
  v1::InformationDuty wire = ToProto(kept.duty);
  v1::InformationDuty::Figures& figures = *wire.mutable_figures();
  figures.set_occurrence_count(kept.summary.occurrences);
  figures.set_delivered_count(kept.summary.delivered);
  figures.set_late_count(kept.summary.late);
  figures.set_next_occurrence(kept.summary.next_number);
  figures.set_next_due_date(DayOrEmpty(kept.summary.next_due));
  return wire;
}

v1::DutyOccurrence ToProto(const Occurrence& occurrence) {
  v1::DutyOccurrence wire;
  wire.set_name(OccurrenceName(occurrence.duty, occurrence.number));
  wire.set_number(occurrence.number);
  SetDue(occurrence.due, occurrence.calendar_revision, *wire.mutable_due());
  if (!occurrence.event.empty()) wire.set_event(EventName(occurrence.event));
  wire.set_state(static_cast<v1::DutyOccurrence::State>(occurrence.state));
  if (!occurrence.delivery.empty()) wire.set_delivery(DeliveryName(occurrence.delivery));
  wire.set_delivered_date(DayOrEmpty(occurrence.delivered_day));
  wire.set_late(occurrence.late);
  wire.set_withdrawal_count(occurrence.withdrawals);
  return wire;
}

v1::InformationDelivery ToProto(const Delivery& delivery) {
  v1::InformationDelivery wire;
  wire.set_name(DeliveryName(delivery.id));
  wire.set_duty(DutyName(delivery.duty));
  wire.set_occurrence(delivery.occurrence);
  wire.set_agreement(AgreementName(delivery.agreement));
  wire.set_unit(UnitName(delivery.unit));
  wire.set_from_body(BodyName(delivery.from_body));
  for (const std::string& body : delivery.to_bodies) wire.add_to_bodies(BodyName(body));
  wire.set_document_number(delivery.content.document_number);
  wire.set_title(delivery.content.title);
  wire.set_note(delivery.content.note);
  for (const std::string& digest : delivery.content.attachments) {
    wire.add_attachments(absl::StrCat("attachments/", digest));
  }
  wire.set_delivered_date(FormatDay(delivery.delivered_day));
  SetDue(delivery.due, delivery.calendar_revision, *wire.mutable_due());
  wire.set_late(delivery.late);
  wire.set_late_working_days(delivery.late_working_days);
  wire.set_state(static_cast<v1::InformationDelivery::State>(delivery.state));
  for (const Receipt& receipt : delivery.receipts) {
    v1::InformationDelivery::Receipt& to = *wire.add_receipts();
    to.set_body(BodyName(receipt.body));
    to.set_acknowledged_by(receipt.acknowledged_by);
    SetTime(receipt.acknowledge_time, *to.mutable_acknowledge_time());
  }
  if (!delivery.replaces.empty()) wire.set_replaces(DeliveryName(delivery.replaces));
  if (!delivery.replaced_by.empty()) wire.set_replaced_by(DeliveryName(delivery.replaced_by));
  wire.set_correct_reason(delivery.correct_reason);
  wire.set_withdraw_reason(delivery.withdraw_reason);
  wire.set_withdraw_date(DayOrEmpty(delivery.withdraw_day));
  wire.set_recorded_by(delivery.recorded_by);
  SetVersion(delivery, wire);
  return wire;
}

v1::InformationRequest ToProto(const Request& request) {
  v1::InformationRequest wire;
  wire.set_name(RequestName(request.id));
  wire.set_agreement(AgreementName(request.agreement));
  wire.set_unit(UnitName(request.unit));
  wire.set_from_body(BodyName(request.content.from_body));
  wire.set_to_body(BodyName(request.content.to_body));
  wire.set_subject(request.content.subject);
  wire.set_description(request.content.description);
  wire.set_legal_basis(request.content.legal_basis);
  wire.set_working_days(request.content.working_days);
  wire.set_request_date(FormatDay(request.request_day));
  SetDue(request.due, request.calendar_revision, *wire.mutable_due());
  wire.set_state(static_cast<v1::InformationRequest::State>(request.state));
  wire.set_settled_date(DayOrEmpty(request.settled_day));
  wire.set_late(request.late);
  wire.set_late_working_days(request.late_working_days);
  if (request.state == RequestState::kAnswered) {
    v1::InformationRequest::Answer& answer = *wire.mutable_answer();
    answer.set_document_number(request.answer.document_number);
    answer.set_note(request.answer.note);
    for (const std::string& digest : request.answer.attachments) {
      answer.add_attachments(absl::StrCat("attachments/", digest));
    }
  }
  if (request.state == RequestState::kRefused) {
    wire.mutable_refusal()->set_reason(request.refuse_reason);
    wire.mutable_refusal()->set_legal_ground(request.legal_ground);
  }
  wire.set_withdraw_reason(request.withdraw_reason);
  wire.set_recorded_by(request.recorded_by);
  wire.set_settled_by(request.settled_by);
  SetVersion(request, wire);
  return wire;
}

const filter::Fields& DutyFields() {
  static const auto* const fields = new filter::Fields{
      Agreements(),
      Body("from_body"),
      Body("to_body"),
      Body("body"),
      Enum("kind", *v1::InformationDuty::Kind_descriptor()),
      Plain("title", filter::Type::kText, true),
      Plain("description", filter::Type::kText),
      Enum("area", *v1::Agreement::Area_descriptor()),
      Enum("state", *v1::InformationDuty::State_descriptor()),
      Plain("start_date", filter::Type::kDay, true),
      Plain("end_date", filter::Type::kDay),
      Plain("create_time", filter::Type::kTime, true),
  };
  return *fields;
}

const filter::Fields& DeliveryFields() {
  static const auto* const fields = new filter::Fields{
      Agreements(),
      {.name = "duty", .type = filter::Type::kName, .pattern = "duties/*"},
      Body("from_body"),
      Body("to_body"),
      Body("body"),
      Enum("kind", *v1::InformationDuty::Kind_descriptor()),
      Plain("document_number", filter::Type::kString),
      Plain("title", filter::Type::kText),
      Plain("note", filter::Type::kText),
      Enum("state", *v1::InformationDelivery::State_descriptor()),
      Plain("late", filter::Type::kBool),
      Plain("delivered_date", filter::Type::kDay, true),
      Plain("due_date", filter::Type::kDay),
      Plain("create_time", filter::Type::kTime, true),
  };
  return *fields;
}

const filter::Fields& RequestFields() {
  static const auto* const fields = new filter::Fields{
      Agreements(),
      Body("from_body"),
      Body("to_body"),
      Body("body"),
      Plain("subject", filter::Type::kText),
      Plain("description", filter::Type::kText),
      Enum("state", *v1::InformationRequest::State_descriptor()),
      Plain("late", filter::Type::kBool),
      Plain("request_date", filter::Type::kDay, true),
      Plain("due_date", filter::Type::kDay),
      Plain("create_time", filter::Type::kTime, true),
  };
  return *fields;
}

}  // namespace phoihop::agreements::duties
