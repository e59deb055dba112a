#include "services/agreements/plans/converters.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/views.h"
#include "common/time/civil.h"
#include "services/agreements/plans/schedule.h"

namespace phoihop::agreements::plans {
namespace {

// The places where the numbers on the wire meet those that are stored.
static_assert(static_cast<int>(EventState::kCancelled) == v1::Event::CANCELLED);
static_assert(static_cast<int>(PlanState::kDeleted) == v1::AnnualPlan::DELETED);
static_assert(static_cast<int>(PlanState::kApproved) == v1::AnnualPlan::APPROVED);
static_assert(static_cast<int>(CommitmentState::kWithdrawn) == v1::Commitment::WITHDRAWN);
static_assert(static_cast<int>(CommitmentState::kFulfilled) == v1::Commitment::FULFILLED);
static_assert(static_cast<int>(OccurrenceState::kCancelled) == v1::CommitmentOccurrence::CANCELLED);
static_assert(static_cast<int>(OccurrenceState::kConfirmed) == v1::CommitmentOccurrence::CONFIRMED);
static_assert(static_cast<int>(ProgressKind::kRefusal) == v1::ProgressUpdate::REFUSAL);
static_assert(static_cast<int>(RhythmKind::kAfterEvent) == v1::Rhythm::AFTER_EVENT);
static_assert(static_cast<int>(RhythmKind::kQuarterly) == v1::Rhythm::QUARTERLY);

std::string BodyName(const std::string& id) { return absl::StrCat("bodies/", id); }

void SetTime(absl::Time time, google::protobuf::Timestamp& wire) {
  const timespec parts = absl::ToTimespec(time);
  wire.set_seconds(parts.tv_sec);
  wire.set_nanos(static_cast<int>(parts.tv_nsec));
}

std::string DayOrEmpty(const std::optional<absl::CivilDay>& day) {
  return day.has_value() ? FormatDay(*day) : "";
}

struct Field {
  std::string_view path;
  void (*read)(const v1::Commitment& wire, const std::string& field, Checker& check,
               CommitmentContent& content);
};

void ReadArea(const v1::Commitment& wire, const std::string& field, Checker& check,
              CommitmentContent& content) {
  if (!v1::Agreement::Area_IsValid(wire.area())) {
    check.Add(field, "UNKNOWN_VALUE",
              {"The area is not known.", "Lĩnh vực phối hợp không được biết đến."});
    return;
  }
  content.area = wire.area();
}

void ReadSupporting(const v1::Commitment& wire, const std::string& field, Checker& check,
                    CommitmentContent& content) {
  content.supporting.clear();
  // One beyond the limit is enough for the domain to see that there are too many.
  const int count = std::min(wire.supporting_size(), kMaxSupporting + 1);
  for (int i = 0; i < count; ++i) {
    content.supporting.push_back(
        check.Name(absl::StrCat(field, "[", i, "]"), "bodies/*", wire.supporting(i)));
  }
}

constexpr Field kFields[] = {
    {"parent",
     [](const v1::Commitment& wire, const std::string& field, Checker& check,
        CommitmentContent& content) {
       content.parent =
           wire.parent().empty() ? "" : check.Name(field, "commitments/*", wire.parent());
     }},
    {"title",
     [](const v1::Commitment& wire, const std::string& field, Checker& check,
        CommitmentContent& content) {
       content.title = check.Text(field, wire.title(), 1, kMaxCommitmentTitle);
     }},
    {"description",
     [](const v1::Commitment& wire, const std::string& field, Checker& check,
        CommitmentContent& content) {
       content.description = check.Paragraphs(field, wire.description(), 0, kMaxDescription);
     }},
    {"area", ReadArea},
    {"lead",
     [](const v1::Commitment& wire, const std::string& field, Checker& check,
        CommitmentContent& content) { content.lead = check.Name(field, "bodies/*", wire.lead()); }},
    {"supporting", ReadSupporting},
    {"rhythm",
     [](const v1::Commitment& wire, const std::string& field, Checker& check,
        CommitmentContent& content) { content.rhythm = ReadRhythm(wire.rhythm(), field, check); }},
    {"expected_product",
     [](const v1::Commitment& wire, const std::string& field, Checker& check,
        CommitmentContent& content) {
       content.expected_product = check.Text(field, wire.expected_product(), 0, kMaxProduct);
     }},
};

filter::Field TextField(std::string name, bool sorts = false) {
  return {.name = std::move(name), .type = filter::Type::kText, .sorts = sorts};
}

template <class Descriptor>
filter::Field EnumField(const std::string& name, const Descriptor& descriptor) {
  return {.name = name, .type = filter::Type::kEnum, .values = filter::EnumValues(descriptor)};
}

filter::Field NameField(std::string name, std::string pattern) {
  return {.name = std::move(name), .type = filter::Type::kName, .pattern = std::move(pattern)};
}

filter::Field PlainField(std::string name, filter::Type type, bool sorts = false) {
  return {.name = std::move(name), .type = type, .sorts = sorts};
}

}  // namespace

absl::Span<const std::string_view> WritableFields() {
  static const auto* const paths = [] {
    auto* result = new std::vector<std::string_view>;
    for (const Field& field : kFields) result->push_back(field.path);
    return result;
  }();
  return *paths;
}

void ReadContent(const v1::Commitment& wire, absl::Span<const std::string> paths,
                 const std::string& path, Checker& check, CommitmentContent& content) {
  for (const Field& field : kFields) {
    if (std::find(paths.begin(), paths.end(), field.path) != paths.end()) {
      field.read(wire, absl::StrCat(path, ".", AbslView(field.path)), check, content);
    }
  }
}

namespace {

// What says nothing about a rhythm of this kind is refused rather than dropped.
void CheckOnlyOwn(const v1::Rhythm& wire, const Rhythm& rhythm, const std::string& field,
                  Checker& check) {
  const bool dated = rhythm.kind == RhythmKind::kOnce || rhythm.kind == RhythmKind::kYearly;
  const auto only = [&](const char* name, bool given, bool own) {
    if (!given || own) return;
    check.Add(absl::StrCat(field, ".", name), "NOT_OF_THIS_KIND",
              {"A rhythm of this kind does not have this field.",
               "Loại chu kỳ này không có trường này."});
  };
  only("date", !wire.date().empty(), dated);
  only("weekday", wire.weekday() != 0, rhythm.kind == RhythmKind::kWeekly);
  only("working_day", wire.working_day() != 0,
       rhythm.kind == RhythmKind::kMonthly || rhythm.kind == RhythmKind::kQuarterly);
  only("event", !wire.event().empty(), CountsFromEvents(rhythm));
  only("working_days", wire.working_days() != 0, CountsFromEvents(rhythm));
}

}  // namespace

Rhythm ReadRhythm(const v1::Rhythm& wire, const std::string& field, Checker& check) {
  Rhythm rhythm;
  rhythm.kind = static_cast<RhythmKind>(wire.kind());
  switch (wire.kind()) {
    case v1::Rhythm::ONCE:
    case v1::Rhythm::YEARLY:
      rhythm.day = check.Day(absl::StrCat(field, ".date"), wire.date());
      break;
    case v1::Rhythm::WEEKLY:
      rhythm.weekday = wire.weekday();
      break;
    case v1::Rhythm::MONTHLY:
    case v1::Rhythm::QUARTERLY:
      rhythm.working_day = wire.working_day();
      break;
    case v1::Rhythm::BEFORE_EVENT:
    case v1::Rhythm::AFTER_EVENT:
      rhythm.event = wire.event();
      rhythm.working_days = wire.working_days();
      break;
    default:
      check.Add(absl::StrCat(field, ".kind"), "REQUIRED",
                {"Say when it falls due: once on a date, or in which rhythm.",
                 "Hãy cho biết thời hạn: một lần vào ngày cụ thể, hoặc theo chu kỳ nào."});
      return rhythm;
  }
  CheckOnlyOwn(wire, rhythm, field, check);
  return rhythm;
}

std::vector<Evidence> ReadEvidence(const google::protobuf::RepeatedPtrField<v1::Evidence>& wire,
                                   const std::string& field, Checker& check) {
  std::vector<Evidence> all;
  if (wire.size() > kMaxEvidence) {
    check.Add(field, "TOO_MANY",
              {"At most 20 pieces of evidence are given at once.",
               "Mỗi lần chỉ kèm tối đa 20 minh chứng."});
    return all;
  }
  for (int i = 0; i < wire.size(); ++i) {
    const std::string path = absl::StrCat(field, "[", i, "]");
    Evidence& evidence = all.emplace_back();
    evidence.document_number = check.Text(absl::StrCat(path, ".document_number"),
                                          wire[i].document_number(), 0, kMaxEvidenceNumber);
    evidence.document_day =
        check.OptionalDay(absl::StrCat(path, ".document_date"), wire[i].document_date());
    evidence.note = check.Text(absl::StrCat(path, ".note"), wire[i].note(), 0, kMaxEvidenceNote);
    if (!wire[i].attachment().empty()) {
      evidence.attachment =
          check.Name(absl::StrCat(path, ".attachment"), "attachments/*", wire[i].attachment());
    } else if (evidence.document_number.empty()) {
      check.Add(path, "EVIDENCE_EMPTY",
                {"Evidence names a file or the number of a document.",
                 "Minh chứng phải nêu tệp đính kèm hoặc số văn bản."});
    }
  }
  return all;
}

v1::Event ToProto(const Event& event) {
  v1::Event wire;
  wire.set_name(EventName(event.id));
  wire.set_unit(UnitName(event.unit));
  wire.set_kind(event.kind);
  wire.set_date(FormatDay(event.date));
  wire.set_title(event.title);
  wire.set_state(static_cast<v1::Event::State>(event.state));
  wire.set_cancel_reason(event.cancel_reason);
  SetTime(event.create_time, *wire.mutable_create_time());
  SetTime(event.update_time, *wire.mutable_update_time());
  wire.set_revision(event.revision);
  wire.set_etag(Etag(event.revision));
  return wire;
}

v1::AnnualPlan ToProto(const AnnualPlan& plan) {
  v1::AnnualPlan wire;
  wire.set_name(PlanName(plan.id));
  wire.set_agreement(absl::StrCat("agreements/", plan.agreement));
  wire.set_year(plan.year);
  wire.set_title(plan.title);
  wire.set_unit(UnitName(plan.unit));
  wire.set_start_date(FormatDay(plan.days.first));
  wire.set_end_date(FormatDay(plan.days.last));
  wire.set_state(static_cast<v1::AnnualPlan::State>(plan.state));
  for (const PlanApproval& approval : plan.approvals) {
    v1::AnnualPlan::Approval& to = *wire.add_approvals();
    to.set_party(BodyName(approval.party));
    if (!approval.day.has_value()) continue;
    to.set_approve_date(FormatDay(*approval.day));
    to.set_approver_name(approval.approver_name);
    to.set_approver_title(approval.approver_title);
    to.set_recorded_by(approval.recorded_by);
    SetTime(approval.record_time, *to.mutable_record_time());
  }
  if (plan.rejection.has_value()) {
    v1::AnnualPlan::Rejection& to = *wire.mutable_rejection();
    to.set_party(BodyName(plan.rejection->party));
    to.set_reason(plan.rejection->reason);
    to.set_reject_date(FormatDay(plan.rejection->day));
    to.set_recorded_by(plan.rejection->recorded_by);
  }
  wire.set_approve_date(DayOrEmpty(plan.approve_day));
  for (const PlanAmendment& amendment : plan.amendments) {
    v1::AnnualPlan::Amendment& to = *wire.add_amendments();
    to.set_number(amendment.number);
    to.set_amend_date(FormatDay(amendment.day));
    to.set_reason(amendment.reason);
    to.set_recorded_by(amendment.recorded_by);
    to.set_added_count(amendment.added);
    to.set_withdrawn_count(amendment.withdrawn);
  }
  if (!plan.copied_from.empty()) wire.set_copied_from(PlanName(plan.copied_from));
  wire.set_commitment_count(plan.commitments);
  SetTime(plan.create_time, *wire.mutable_create_time());
  SetTime(plan.update_time, *wire.mutable_update_time());
  wire.set_revision(plan.revision);
  wire.set_etag(Etag(plan.revision));
  return wire;
}

v1::Rhythm ToProto(const Rhythm& rhythm) {
  v1::Rhythm wire;
  wire.set_kind(static_cast<v1::Rhythm::Kind>(rhythm.kind));
  if (rhythm.kind == RhythmKind::kOnce || rhythm.kind == RhythmKind::kYearly) {
    wire.set_date(FormatDay(rhythm.day));
  }
  wire.set_weekday(rhythm.weekday);
  wire.set_working_day(rhythm.working_day);
  wire.set_event(rhythm.event);
  wire.set_working_days(rhythm.working_days);
  return wire;
}

v1::Commitment ToProto(const Commitment& c) {
  v1::Commitment wire;
  wire.set_name(CommitmentName(c.id));
  wire.set_plan(PlanName(c.plan));
  wire.set_agreement(absl::StrCat("agreements/", c.agreement));
  wire.set_unit(UnitName(c.unit));
  wire.set_year(c.year);
  if (!c.content.parent.empty()) wire.set_parent(CommitmentName(c.content.parent));
  wire.set_title(c.content.title);
  wire.set_description(c.content.description);
  wire.set_area(static_cast<v1::Agreement::Area>(c.content.area));
  wire.set_lead(BodyName(c.content.lead));
  for (const std::string& body : c.content.supporting) wire.add_supporting(BodyName(body));
  *wire.mutable_rhythm() = ToProto(c.content.rhythm);
  wire.set_expected_product(c.content.expected_product);
  wire.set_state(static_cast<v1::Commitment::State>(c.state));
  wire.set_active_date(DayOrEmpty(c.active_day));
  wire.set_occurrence_count(c.occurrences);
  wire.set_fulfilled_count(c.fulfilled);
  wire.set_confirmed_count(c.confirmed);
  wire.set_late_count(c.late);
  wire.set_next_occurrence(c.next_number);
  wire.set_next_due_date(DayOrEmpty(c.next_due));
  if (c.percent.has_value()) wire.set_percent(*c.percent);
  wire.set_added_by_amendment(c.added_by);
  wire.set_withdrawn_by_amendment(c.withdrawn_by);
  wire.set_withdraw_reason(c.withdraw_reason);
  SetTime(c.create_time, *wire.mutable_create_time());
  SetTime(c.update_time, *wire.mutable_update_time());
  wire.set_revision(c.revision);
  wire.set_etag(Etag(c.revision));
  return wire;
}

v1::CommitmentOccurrence ToProto(const Occurrence& o) {
  v1::CommitmentOccurrence wire;
  wire.set_name(OccurrenceName(o.commitment, o.number));
  wire.set_number(o.number);
  v1::DueDate& due = *wire.mutable_due();
  due.set_date(FormatDay(o.due.day));
  due.set_period_start(FormatDay(o.due.period.first));
  due.set_period_end(FormatDay(o.due.period.last));
  due.set_calculation(o.due.calculation_vi);
  due.set_calculation_en(o.due.calculation_en);
  due.set_calendar_revision(o.calendar_revision);
  if (!o.event.empty()) wire.set_event(EventName(o.event));
  wire.set_state(static_cast<v1::CommitmentOccurrence::State>(o.state));
  wire.set_fulfil_date(DayOrEmpty(o.fulfil_day));
  wire.set_late(o.late);
  wire.set_confirm_date(DayOrEmpty(o.confirm_day));
  if (!o.confirmed_by.empty()) wire.set_confirmed_by(BodyName(o.confirmed_by));
  wire.set_refusal_count(o.refusals);
  wire.set_refuse_reason(o.refuse_reason);
  wire.set_revision(o.revision);
  return wire;
}

v1::ProgressUpdate ToProto(const Progress& p) {
  v1::ProgressUpdate wire;
  wire.set_name(ProgressName(p.commitment, p.number));
  wire.set_kind(static_cast<v1::ProgressUpdate::Kind>(p.kind));
  wire.set_body(BodyName(p.body));
  wire.set_occurrence(p.occurrence);
  wire.set_text(p.text);
  if (p.percent.has_value()) wire.set_percent(*p.percent);
  for (const Evidence& evidence : p.evidence) {
    v1::Evidence& to = *wire.add_evidence();
    if (!evidence.attachment.empty()) {
      to.set_attachment(absl::StrCat("attachments/", evidence.attachment));
    }
    to.set_document_number(evidence.document_number);
    to.set_document_date(DayOrEmpty(evidence.document_day));
    to.set_note(evidence.note);
  }
  wire.set_date(FormatDay(p.day));
  wire.set_recorded_by(p.recorded_by);
  SetTime(p.record_time, *wire.mutable_record_time());
  return wire;
}

const filter::Fields& EventFields() {
  static const auto* const fields = new filter::Fields{
      PlainField("kind", filter::Type::kString),
      PlainField("date", filter::Type::kDay, true),
      TextField("title"),
      EnumField("state", *v1::Event::State_descriptor()),
  };
  return *fields;
}

const filter::Fields& PlanFields() {
  static const auto* const fields = new filter::Fields{
      NameField("agreement", "agreements/*"),
      PlainField("year", filter::Type::kInt, true),
      TextField("title"),
      EnumField("state", *v1::AnnualPlan::State_descriptor()),
  };
  return *fields;
}

const filter::Fields& CommitmentFields() {
  static const auto* const fields = new filter::Fields{
      NameField("agreement", "agreements/*"),
      NameField("plan", "plans/*"),
      NameField("parent", "commitments/*"),
      PlainField("year", filter::Type::kInt),
      TextField("title", true),
      TextField("description"),
      EnumField("area", *v1::Agreement::Area_descriptor()),
      NameField("lead", "bodies/*"),
      NameField("supporting", "bodies/*"),
      NameField("body", "bodies/*"),
      EnumField("state", *v1::Commitment::State_descriptor()),
      PlainField("late", filter::Type::kBool),
      PlainField("next_due_date", filter::Type::kDay, true),
      PlainField("create_time", filter::Type::kTime, true),
  };
  return *fields;
}

}  // namespace phoihop::agreements::plans
