// What is delivered, corrected, withdrawn and acknowledged.
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/deadlines/owed.h"
#include "services/agreements/duties/converters.h"
#include "services/agreements/duties/methods.h"
#include "services/agreements/duties/obligations.h"
#include "services/agreements/rpc/room_methods.h"
#include "services/agreements/rpc/succession.h"

namespace phoihop::agreements::duties {
namespace {

absl::Status LinkFiles(const DutyParts& parts, ledger::Transaction& tx, const Delivery& delivery) {
  if (delivery.content.attachments.empty()) return absl::OkStatus();
  return parts.attachments->SetLinks(tx,
                                     {DeliveryName(delivery.id), delivery.agreement, delivery.unit},
                                     delivery.content.attachments, "delivery.attachments");
}

v1::InformationDelivery Note(ledger::Transaction& tx, const Delivery& delivery,
                             absl::CivilDay effective) {
  return NoteChild(tx, ToProto(delivery), delivery.revision, effective, delivery.unit);
}

// The occurrence of this number, or the open one that falls due first when the number is 0.
absl::StatusOr<Occurrence> ChooseOccurrence(const DutyParts& parts, ledger::Transaction& tx,
                                            const std::string& duty, int number) {
  if (number == 0) {
    ASSIGN_OR_RETURN(std::optional<Occurrence> next, parts.store->NextOpen(tx, duty));
    if (next.has_value()) return *std::move(next);
    return Precondition("NOTHING_OPEN",
                        {"Nothing is owed under this duty now.",
                         "Hiện không còn lần nào phải cung cấp theo trách nhiệm này."},
                        DutyName(duty));
  }
  ASSIGN_OR_RETURN(std::optional<Occurrence> found, parts.store->FindOccurrence(tx, duty, number));
  if (found.has_value()) return *std::move(found);
  return InvalidField("delivery.occurrence", "OCCURRENCE_UNKNOWN",
                      {"The duty has no such occurrence.", "Trách nhiệm này không có lần đó."});
}

// A delivery with all that a command on it needs, locked.
struct Locked {
  Agreement agreement;
  Duty duty;
  Delivery delivery;
  Occurrence occurrence;
};
absl::StatusOr<Locked> Lock(const DutyParts& parts, ledger::Transaction& tx, const Delivery& seen,
                            const std::string& etag) {
  ASSIGN_OR_RETURN(std::optional<Agreement> agreement, parts.agreements->Lock(tx, seen.agreement));
  ASSIGN_OR_RETURN(std::optional<Duty> duty, parts.store->LockDuty(tx, seen.duty));
  ASSIGN_OR_RETURN(std::optional<Delivery> delivery, parts.store->LockDelivery(tx, seen.id));
  ASSIGN_OR_RETURN(std::optional<Occurrence> occurrence,
                   parts.store->FindOccurrence(tx, seen.duty, seen.occurrence));
  if (!agreement.has_value() || !duty.has_value() || !delivery.has_value() ||
      !occurrence.has_value()) {
    return DeliveryNotFound(seen.id);
  }
  RETURN_IF_ERROR(CheckEtag(etag, delivery->revision, DeliveryName(seen.id)));
  return Locked{*std::move(agreement), *std::move(duty), *std::move(delivery),
                *std::move(occurrence)};
}

// The delivery, for a command in the name of `body` or, when that is empty, of the deliverer.
absl::StatusOr<Delivery> FindFor(const DutyParts& parts, const rpc::RequestContext& ctx,
                                 const access::Snapshot& snapshot, const std::string& id,
                                 const std::string& body) {
  ASSIGN_OR_RETURN(Delivery seen, FindDelivery(parts, ctx, snapshot, id, kWriteDeliveries));
  RETURN_IF_ERROR(RequireBody(seen, body.empty() ? seen.from_body : body, snapshot, ctx.caller(),
                              kWriteDeliveries));
  return seen;
}

// The occurrence is owed again, with the due day that it had or that its event has by now, unless
// it is cancelled.
absl::Status Reopen(const DutyParts& parts, ledger::Transaction& tx, const WorkCalendar& calendar,
                    const Agreement& agreement, const Duty& duty, Occurrence& open) {
  RETURN_IF_ERROR(parts.book->Reopen(tx, DeliverKey(duty.id, open.number)));
  const absl::CivilDay due = open.due.day;
  if (!open.event.empty() && FollowsEvent(open, tx.now())) {
    ASSIGN_OR_RETURN(const std::optional<Event> event, parts.events->Lock(tx, open.event));
    // One that stayed where it was leaves the day, which a pause may have moved.
    if (event.has_value() && !(CountsFrom(duty, *event) && event->date == open.due.period.first)) {
      const int64_t revision = open.revision;
      open = MoveOccurrence(duty, open, *event, calendar);
      open.revision = revision;
    }
  }
  const bool moved_out = open.due.day != due && open.due.day > LastDay(agreement);
  if (moved_out || !IsOwedUnder(agreement, open.due.day)) open.state = OccurrenceState::kCancelled;
  if (open.state == OccurrenceState::kCancelled) {
    return parts.book->WithdrawResource(tx, OccurrenceName(duty.id, open.number));
  }
  if (open.due.day == due) return absl::OkStatus();
  RETURN_IF_ERROR(parts.book->Put(tx, Deliveries(duty, {open})));
  return parts.book->Tell(tx, {MoveNotice(duty, open)});
}

std::vector<std::string> Roots(const Delivery& delivery) {
  return {AgreementName(delivery.agreement), DeliveryName(delivery.id)};
}

}  // namespace

absl::StatusOr<v1::InformationDelivery> CreateDelivery(const DutyParts& parts,
                                                       const rpc::RequestContext& ctx,
                                                       const v1::CreateDeliveryRequest& request) {
  const v1::InformationDelivery& given = request.delivery();
  Checker check;
  check.Required("delivery", request.has_delivery());
  const std::string duty_id = check.Name("delivery.duty", "duties/*", given.duty());
  const int number = static_cast<int>(
      check.Count("delivery.occurrence", given.occurrence(), 0, std::numeric_limits<int>::max()));
  const DeliveryContent content = ReadDelivery(given, check);
  const absl::CivilDay day = check.OptionalDay("delivery.delivered_date", given.delivered_date())
                                 .value_or(VietnamDay(ctx.now()));
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Duty seen, FindDuty(parts, ctx, snapshot, duty_id, kWriteDeliveries));
  RETURN_IF_ERROR(
      RequireBody(seen, seen.content.from_body, snapshot, ctx.caller(), kWriteDeliveries));

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::InformationDelivery>(
      *parts.writer, ctx, request, {AgreementName(seen.agreement), DeliveryName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::InformationDelivery> {
        RETURN_IF_ERROR(parts.agreements->Lock(tx, seen.agreement).status());
        ASSIGN_OR_RETURN(const std::optional<Duty> duty, parts.store->LockDuty(tx, duty_id));
        if (!duty.has_value()) return DutyNotFound(duty_id);
        ASSIGN_OR_RETURN(const Occurrence occurrence, ChooseOccurrence(parts, tx, duty_id, number));
        ASSIGN_OR_RETURN(const Delivered made,
                         Deliver(id, *duty, occurrence, content, day, ctx.caller().ActorName(),
                                 *snapshot.calendar, tx.now()));
        RETURN_IF_ERROR(LinkFiles(parts, tx, made.delivery));
        RETURN_IF_ERROR(
            parts.book->Close(tx, DeliverKey(duty_id, occurrence.number), day).status());
        RETURN_IF_ERROR(parts.store->InsertDelivery(tx, made.delivery));
        RETURN_IF_ERROR(parts.store->SaveOccurrences(tx, {made.occurrence}));
        RETURN_IF_ERROR(parts.book->Tell(tx, DeliveryNotices(*duty, made.delivery)));
        return Note(tx, made.delivery, day);
      });
}

absl::StatusOr<v1::InformationDelivery> CorrectDelivery(const DutyParts& parts,
                                                        const rpc::RequestContext& ctx,
                                                        const v1::CorrectDeliveryRequest& request) {
  Checker check;
  const std::string old_id = check.Name("name", "deliveries/*", request.name());
  check.Required("delivery", request.has_delivery());
  const DeliveryContent content = ReadDelivery(request.delivery(), check);
  const std::string reason = check.Text("reason", request.reason(), 1, kMaxReason);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Delivery seen, FindFor(parts, ctx, snapshot, old_id, ""));

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::InformationDelivery>(
      *parts.writer, ctx, request, Roots(seen),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::InformationDelivery> {
        ASSIGN_OR_RETURN(const Locked locked, Lock(parts, tx, seen, request.etag()));
        ASSIGN_OR_RETURN(const Corrected corrected,
                         Correct(locked.delivery, locked.occurrence, id, content, reason,
                                 ctx.caller().ActorName(), tx.now()));
        RETURN_IF_ERROR(LinkFiles(parts, tx, corrected.after));
        RETURN_IF_ERROR(parts.store->ReplaceDelivery(tx, locked.delivery, corrected.before));
        RETURN_IF_ERROR(parts.store->InsertDelivery(tx, corrected.after));
        RETURN_IF_ERROR(parts.store->SaveOccurrences(tx, {corrected.occurrence}));
        RETURN_IF_ERROR(parts.book->Tell(tx, DeliveryNotices(locked.duty, corrected.after)));
        Note(tx, corrected.before, VietnamDay(tx.now()));
        return Note(tx, corrected.after, corrected.after.delivered_day);
      });
}

absl::StatusOr<v1::InformationDelivery> WithdrawDelivery(
    const DutyParts& parts, const rpc::RequestContext& ctx,
    const v1::WithdrawDeliveryRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "deliveries/*", request.name());
  const std::string reason = check.Text("reason", request.reason(), 1, kMaxReason);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Delivery seen, FindFor(parts, ctx, snapshot, id, ""));

  return ledger::Write<v1::InformationDelivery>(
      *parts.writer, ctx, request, Roots(seen),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::InformationDelivery> {
        ASSIGN_OR_RETURN(const Locked locked, Lock(parts, tx, seen, request.etag()));
        const absl::CivilDay due = locked.delivery.due.day;
        const bool owed = IsOwedUnder(locked.agreement, due) && locked.duty.Owes(due);
        ASSIGN_OR_RETURN(Delivered withdrawn,
                         Withdraw(locked.delivery, locked.occurrence, reason, owed, tx.now()));
        RETURN_IF_ERROR(Reopen(parts, tx, *snapshot.calendar, locked.agreement, locked.duty,
                               withdrawn.occurrence));
        RETURN_IF_ERROR(parts.store->ReplaceDelivery(tx, locked.delivery, withdrawn.delivery));
        RETURN_IF_ERROR(parts.store->SaveOccurrences(tx, {withdrawn.occurrence}));
        RETURN_IF_ERROR(parts.book->Tell(tx, DeliveryNotices(locked.duty, withdrawn.delivery)));
        return Note(tx, withdrawn.delivery, VietnamDay(tx.now()));
      });
}

absl::StatusOr<v1::InformationDelivery> AcknowledgeDelivery(
    const DutyParts& parts, const rpc::RequestContext& ctx,
    const v1::AcknowledgeDeliveryRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "deliveries/*", request.name());
  const std::string body = check.Name("body", "bodies/*", request.body());
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Delivery seen, FindFor(parts, ctx, snapshot, id, body));

  return ledger::Write<v1::InformationDelivery>(
      *parts.writer, ctx, request, Roots(seen),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::InformationDelivery> {
        ASSIGN_OR_RETURN(const Locked locked, Lock(parts, tx, seen, ""));
        ASSIGN_OR_RETURN(
            const Delivery after,
            Acknowledge(
                locked.delivery, body, ctx.caller().ActorName(),
                SideOf(snapshot, std::string(absl::StripPrefix(ctx.caller().body, "bodies/")),
                       locked.delivery.from_body),
                tx.now()));
        RETURN_IF_ERROR(parts.store->ReplaceDelivery(tx, locked.delivery, after));
        return Note(tx, after, VietnamDay(tx.now()));
      });
}

}  // namespace phoihop::agreements::duties
