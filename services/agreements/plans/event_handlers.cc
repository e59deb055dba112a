// Events: recording, moving, cancelling.
#include <string>
#include <utility>
#include <vector>

#include "common/fields/fields.h"
#include "common/fields/mask.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/plans/commitment_events.h"
#include "services/agreements/plans/converters.h"
#include "services/agreements/plans/methods.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements::plans {
namespace {

constexpr std::string_view kChangeable[] = {"date", "title"};

// Tells every room whose due dates count from events, then enters the change.
absl::StatusOr<v1::Event> Announce(const PlanParts& parts, ledger::Transaction& tx,
                                   const EventChange& change, const WorkCalendar& calendar) {
  CommitmentEvents commitments(&parts);
  RETURN_IF_ERROR(commitments.EventChanged(tx, change, calendar));
  for (EventListener* listener : parts.listeners) {
    RETURN_IF_ERROR(listener->EventChanged(tx, change, calendar));
  }
  return NoteEvent(tx, change.after);
}

absl::StatusOr<Event> RequireEvent(std::optional<Event> found, const std::string& id,
                                   const access::Snapshot& snapshot, const access::Caller& caller,
                                   std::string_view permission) {
  if (!found.has_value() || !MayActOn(snapshot, caller, permission, found->unit, found->date)) {
    return EventNotFound(id);
  }
  return *std::move(found);
}

// OK when the caller may record an event of the unit on that day.
absl::Status RequireDay(const access::Snapshot& snapshot, const access::Caller& caller,
                        int64_t unit, absl::CivilDay day) {
  if (!MayActOn(snapshot, caller, kWriteEvents, unit, day)) {
    return NotFound(kUnitType, UnitName(unit));
  }
  if (snapshot.tree->ExistsOn(unit, day)) return absl::OkStatus();
  return InvalidField(
      "event.date", "UNIT_NOT_ON_DATE",
      {"The unit does not exist on this day.", "Đơn vị không tồn tại vào ngày này."});
}

}  // namespace

absl::StatusOr<v1::Event> CreateEvent(const PlanParts& parts, const rpc::RequestContext& ctx,
                                      const v1::CreateEventRequest& request) {
  Checker check;
  check.Required("event", request.has_event());
  Event event;
  event.unit = check.Unit("event.unit", request.event().unit());
  event.kind = request.event().kind();
  if (!IsEventKind(event.kind)) {
    check.Add("event.kind", "INVALID_EVENT_KIND",
              {"The kind has 1 to 50 upper-case letters, digits and `_`, beginning with a letter, "
               "for example COUNCIL_SESSION.",
               "Loại sự kiện gồm 1 đến 50 chữ in hoa không dấu, chữ số và `_`, bắt đầu bằng chữ, "
               "ví dụ COUNCIL_SESSION."});
  }
  event.date = check.Day("event.date", request.event().date());
  event.title = check.Text("event.title", request.event().title(), 1, kMaxEventTitle);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  RETURN_IF_ERROR(RequireDay(snapshot, ctx.caller(), event.unit, event.date));

  event.id = NewId(ctx.now());
  event.revision = 1;
  return ledger::Write<v1::Event>(
      *parts.writer, ctx, request, {EventName(event.id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Event> {
        Event created = event;
        created.create_time = tx.now();
        created.update_time = tx.now();
        RETURN_IF_ERROR(parts.events->Insert(tx, created));
        return Announce(parts, tx, {std::nullopt, created}, *snapshot.calendar);
      });
}

absl::StatusOr<v1::Event> UpdateEvent(const PlanParts& parts, const rpc::RequestContext& ctx,
                                      const v1::UpdateEventRequest& request) {
  Checker check;
  check.Required("event", request.has_event());
  const std::string id = check.Name("event.name", "events/*", request.event().name());
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.event(), kChangeable));
  std::optional<absl::CivilDay> date;
  std::optional<std::string> title;
  for (const std::string& path : paths) {
    if (path == "date") date = check.Day("event.date", request.event().date());
    if (path == "title") {
      title = check.Text("event.title", request.event().title(), 1, kMaxEventTitle);
    }
  }
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Event> found, parts.events->Find(id, RoomPatience(ctx)));
  ASSIGN_OR_RETURN(const Event seen,
                   RequireEvent(std::move(found), id, snapshot, ctx.caller(), kWriteEvents));
  RETURN_IF_ERROR(CheckFixedFields(request.update_mask(), request.event(), ToProto(seen),
                                   kChangeable, "event"));
  if (date.has_value()) {
    RETURN_IF_ERROR(RequireDay(snapshot, ctx.caller(), seen.unit, *date));
  }
  return ledger::Write<v1::Event>(
      *parts.writer, ctx, request, {EventName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Event> {
        ASSIGN_OR_RETURN(std::optional<Event> locked, parts.events->Lock(tx, id));
        ASSIGN_OR_RETURN(const Event before,
                         RequireEvent(std::move(locked), id, snapshot, ctx.caller(), kWriteEvents));
        RETURN_IF_ERROR(CheckEtag(request.event().etag(), before.revision, EventName(id)));
        ASSIGN_OR_RETURN(const Event after, ChangeEvent(before, date.value_or(before.date),
                                                        title.value_or(before.title), tx.now()));
        if (after.date == before.date && after.title == before.title) return ToProto(before);
        RETURN_IF_ERROR(parts.events->Replace(tx, before, after));
        return Announce(parts, tx, {before, after}, *snapshot.calendar);
      });
}

absl::StatusOr<v1::Event> CancelEvent(const PlanParts& parts, const rpc::RequestContext& ctx,
                                      const v1::CancelEventRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "events/*", request.name());
  const std::string reason = check.Text("reason", request.reason(), 1, kMaxCancelReason);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Event> found, parts.events->Find(id, RoomPatience(ctx)));
  RETURN_IF_ERROR(
      RequireEvent(std::move(found), id, snapshot, ctx.caller(), kWriteEvents).status());
  return ledger::Write<v1::Event>(
      *parts.writer, ctx, request, {EventName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Event> {
        ASSIGN_OR_RETURN(std::optional<Event> locked, parts.events->Lock(tx, id));
        ASSIGN_OR_RETURN(const Event before,
                         RequireEvent(std::move(locked), id, snapshot, ctx.caller(), kWriteEvents));
        RETURN_IF_ERROR(CheckEtag(request.etag(), before.revision, EventName(id)));
        ASSIGN_OR_RETURN(const Event after, Cancel(before, reason, tx.now()));
        RETURN_IF_ERROR(parts.events->Replace(tx, before, after));
        return Announce(parts, tx, {before, after}, *snapshot.calendar);
      });
}

absl::StatusOr<v1::Event> GetEvent(const PlanParts& parts, const rpc::RequestContext& ctx,
                                   const v1::GetEventRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("events/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Event> found, parts.events->Find(id, RoomPatience(ctx)));
  ASSIGN_OR_RETURN(const Event event,
                   RequireEvent(std::move(found), id, snapshot, ctx.caller(), kReadPermission));
  return ToProto(event);
}

}  // namespace phoihop::agreements::plans
