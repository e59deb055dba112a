#include "services/agreements/due/converters.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/names/names.h"
#include "common/text/text.h"
#include "common/time/civil.h"

namespace phoihop::agreements {
namespace {

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  const int64_t micros = absl::ToUnixMicros(time);
  out->set_seconds(micros / 1000000);
  out->set_nanos(static_cast<int32_t>(micros % 1000000 * 1000));
}

std::string BodyName(const std::string& id) {
  return id.empty() ? std::string() : absl::StrCat("bodies/", id);
}

ledger::Change MakeChange(const google::protobuf::Message& message, const std::string& name,
                          const std::string& unit, int64_t revision, absl::CivilDay effective) {
  ledger::Change change;
  change.resource = name;
  change.resource_type = message.GetTypeName();
  change.revision = revision;
  change.effective = effective;
  change.unit = unit;
  change.payload = message.SerializeAsString();
  return change;
}

}  // namespace

v1::Obligation ToProto(const StoredObligation& stored) {
  const Obligation& o = stored.obligation;
  v1::Obligation wire;
  wire.set_name(ObligationName(stored.id));
  wire.set_kind(static_cast<v1::Obligation::Kind>(o.kind));
  wire.set_resource(o.resource);
  wire.set_agreement(absl::StrCat("agreements/", o.agreement));
  wire.set_unit(UnitName(o.unit));
  wire.set_body(BodyName(o.body));
  wire.set_area(o.area);
  wire.set_title(o.title);
  v1::DueDate& due = *wire.mutable_due();
  due.set_date(FormatDay(o.due.day));
  due.set_period_start(FormatDay(o.due.period.first));
  due.set_period_end(FormatDay(o.due.period.last));
  due.set_calculation(o.due.calculation_vi);
  due.set_calculation_en(o.due.calculation_en);
  // Below 0 while a changed rule waits to be computed with its pauses.
  due.set_calendar_revision(o.calendar_revision < 0 ? 0 : o.calendar_revision);
  if (stored.previous_due.has_value()) {
    wire.set_previous_due_date(FormatDay(*stored.previous_due));
  }
  for (size_t i = 0; i < o.pauses.size(); ++i) {
    v1::Pause& pause = *wire.add_pauses();
    pause.set_start_date(FormatDay(o.pauses[i].first));
    pause.set_end_date(FormatDay(o.pauses[i].last));
    if (i < stored.pause_reasons.size()) pause.set_reason(stored.pause_reasons[i]);
  }
  wire.set_state(static_cast<v1::Obligation::State>(o.state));
  if (o.done_day.has_value()) wire.set_done_date(FormatDay(*o.done_day));
  wire.set_late(o.late());
  wire.set_escalation_step(stored.escalated);
  SetTime(stored.create_time, wire.mutable_create_time());
  SetTime(stored.update_time, wire.mutable_update_time());
  wire.set_revision(stored.revision);
  wire.set_etag(Etag(stored.revision));
  return wire;
}

v1::Notice ToProto(const StoredNotice& stored) {
  v1::Notice wire;
  wire.set_name(absl::StrCat("notices/", stored.id));
  wire.set_body(BodyName(stored.notice.body));
  wire.set_unit(UnitName(stored.notice.unit));
  wire.set_resource(stored.notice.resource);
  wire.set_kind(stored.notice.kind);
  wire.set_text(stored.notice.text_vi);
  wire.set_text_en(stored.notice.text_en);
  SetTime(stored.create_time, wire.mutable_create_time());
  if (stored.acknowledge_time.has_value()) {
    SetTime(*stored.acknowledge_time, wire.mutable_acknowledge_time());
    wire.set_acknowledged_by(stored.acknowledged_by);
  }
  return wire;
}

v1::DueCounts ToProto(const DueNumbers& numbers) {
  v1::DueCounts wire;
  wire.set_open(numbers.open);
  wire.set_overdue(numbers.overdue);
  wire.set_upcoming(numbers.upcoming);
  wire.set_done_on_time(numbers.on_time);
  wire.set_done_late(numbers.late);
  wire.set_done(numbers.on_time + numbers.late);
  wire.set_on_time_rate_text(FormatRateVi(numbers.on_time, numbers.on_time + numbers.late));
  return wire;
}

v1::DueItem ToItem(const StoredObligation& stored, absl::CivilDay today,
                   const WorkCalendar& calendar) {
  v1::DueItem item;
  *item.mutable_obligation() = ToProto(stored);
  if (stored.obligation.state != ObligationState::kOpen) return item;
  const absl::CivilDay due = stored.obligation.due.day;
  item.set_overdue(due < today);
  item.set_working_days_left(due < today ? -calendar.CountBetween(due + 1, today)
                                         : calendar.CountBetween(today + 1, due));
  return item;
}

ledger::Change ChangeOf(const StoredObligation& stored, absl::CivilDay effective) {
  const v1::Obligation wire = ToProto(stored);
  return MakeChange(wire, wire.name(), wire.unit(), stored.revision, effective);
}

ledger::Change ChangeOf(const StoredNotice& stored, absl::CivilDay effective) {
  const v1::Notice wire = ToProto(stored);
  // The first revision is the notice itself.
  return MakeChange(wire, wire.name(), wire.unit(), 2, effective);
}

}  // namespace phoihop::agreements
