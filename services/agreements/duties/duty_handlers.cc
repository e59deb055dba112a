// Duties begin and end.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/duties/converters.h"
#include "services/agreements/duties/methods.h"
#include "services/agreements/duties/obligations.h"
#include "services/agreements/plans/schedule.h"
#include "services/agreements/rpc/room_methods.h"

namespace phoihop::agreements::duties {
namespace {

// The bodies of a duty, whoever delivers first.
std::vector<std::string> BodiesOf(const DutyContent& content) {
  std::vector<std::string> bodies = content.to_bodies;
  bodies.insert(bodies.begin(), content.from_body);
  return bodies;
}

// OK when the caller may act for one of the bodies: who acts for one body only makes and ends
// duties of that body.
absl::Status RequireInvolved(const DutyContent& content, const Agreement& agreement,
                             const access::Snapshot& snapshot, const access::Caller& caller) {
  absl::Status refused;
  for (const std::string& body : BodiesOf(content)) {
    refused = RequireActor(snapshot, caller, agreement, body, kWriteDuties);
    if (refused.ok()) return refused;
  }
  return refused;
}

}  // namespace

absl::StatusOr<v1::InformationDuty> CreateDuty(const DutyParts& parts,
                                               const rpc::RequestContext& ctx,
                                               const v1::CreateDutyRequest& request) {
  Checker check;
  check.Required("duty", request.has_duty());
  const std::string agreement_id =
      check.Name("duty.agreement", "agreements/*", request.duty().agreement());
  const DutyContent content = ReadDuty(request.duty(), check);
  const std::optional<absl::CivilDay> first =
      check.OptionalDay("duty.start_date", request.duty().start_date());
  const std::optional<absl::CivilDay> last =
      check.OptionalDay("duty.end_date", request.duty().end_date());
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Agreement seen,
                   FindAgreement(parts, ctx, snapshot, agreement_id, kWriteDuties));
  RETURN_IF_ERROR(RequireInvolved(content, seen, snapshot, ctx.caller()));
  // Too many are refused before the directory is asked. An error of the directory is told only
  // to a request that is not answered from memory.
  absl::StatusOr<Bodies> bodies = Bodies();
  if (content.to_bodies.size() <= kMaxReceivers) {
    bodies = parts.bodies->Find(BodiesOf(content), ctx.deadline());
  }

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::InformationDuty>(
      *parts.writer, ctx, request, {AgreementName(agreement_id), DutyName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::InformationDuty> {
        RETURN_IF_ERROR(bodies.status());
        ASSIGN_OR_RETURN(const std::optional<Agreement> agreement,
                         parts.agreements->Lock(tx, agreement_id));
        if (!agreement.has_value()) return AgreementNotFound(agreement_id);
        const Ground ground = GroundOf(*agreement);
        RETURN_IF_ERROR(RequireInForce(ground));
        ASSIGN_OR_RETURN(const DayInterval days,
                         DutyDays(first, last, ground.term, VietnamDay(tx.now())));
        RETURN_IF_ERROR(CheckRhythm(content.rhythm, "duty.rhythm"));
        std::vector<Event> events;
        if (plans::CountsFromEvents(content.rhythm)) {
          ASSIGN_OR_RETURN(events,
                           parts.events->EventsOf(tx, ground.unit, content.rhythm.event, days));
        }
        ASSIGN_OR_RETURN(const Scheduled made, NewDuty(id, ground, content, days, *bodies, events,
                                                       *snapshot.calendar, tx.now()));
        RETURN_IF_ERROR(parts.store->InsertDuty(tx, made.duty));
        RETURN_IF_ERROR(SaveSchedule(parts, tx, made.duty, made.occurrences));
        return NoteChild(tx, ToProto(made.duty), made.duty.revision, made.duty.days.first,
                         made.duty.unit);
      });
}

absl::StatusOr<v1::InformationDuty> EndDuty(const DutyParts& parts, const rpc::RequestContext& ctx,
                                            const v1::EndDutyRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "duties/*", request.name());
  const std::optional<absl::CivilDay> last_day =
      check.OptionalDay("last_date", request.last_date());
  const std::string reason = check.Text("reason", request.reason(), 1, kMaxReason);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Duty seen, FindDuty(parts, ctx, snapshot, id, kWriteDuties));
  Agreement scope;
  scope.id = seen.agreement;
  scope.unit = seen.unit;
  scope.term_start = seen.term_start;
  RETURN_IF_ERROR(RequireInvolved(seen.content, scope, snapshot, ctx.caller()));

  return ledger::Write<v1::InformationDuty>(
      *parts.writer, ctx, request, {AgreementName(seen.agreement), DutyName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::InformationDuty> {
        RETURN_IF_ERROR(parts.agreements->Lock(tx, seen.agreement).status());
        ASSIGN_OR_RETURN(const std::optional<Duty> before, parts.store->LockDuty(tx, id));
        if (!before.has_value()) return DutyNotFound(id);
        RETURN_IF_ERROR(CheckEtag(request.etag(), before->revision, DutyName(id)));
        ASSIGN_OR_RETURN(const std::vector<Occurrence> occurrences,
                         parts.store->OccurrencesOf(tx, id));
        ASSIGN_OR_RETURN(
            const Scheduled ended,
            End(*before, occurrences, last_day.value_or(VietnamDay(tx.now())), reason, tx.now()));
        RETURN_IF_ERROR(parts.store->ReplaceDuty(tx, *before, ended.duty));
        RETURN_IF_ERROR(SaveSchedule(parts, tx, ended.duty, ended.occurrences));
        RETURN_IF_ERROR(parts.book->Tell(tx, EndNotices(ended.duty)));
        return NoteChild(tx, ToProto(ended.duty), ended.duty.revision, *ended.duty.last_day,
                         ended.duty.unit);
      });
}

}  // namespace phoihop::agreements::duties
