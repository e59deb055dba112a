// The methods that write.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/ledger/command.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/due/converters.h"
#include "services/agreements/due/due_scope.h"
#include "services/agreements/due/handlers.h"
#include "services/agreements/due/pauses.h"
#include "services/agreements/rpc/handlers.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements {
namespace {

absl::Status ObligationNotFound(const std::string& id) {
  return NotFound(kObligationType, ObligationName(id));
}

// Tells the owing body what became of its due day.
Notice About(const StoredObligation& before, const StoredObligation& after, std::string kind,
             const std::string& vi, const std::string& en) {
  Notice notice;
  const Obligation& o = after.obligation;
  notice.key = absl::StrCat(kind, ":", after.id, ":", before.revision + 1);
  notice.body = o.body;
  notice.unit = o.unit;
  notice.resource = o.resource;
  notice.kind = std::move(kind);
  notice.text_vi =
      absl::StrCat(vi, " “", o.title, "”: hạn từ ", FormatDayVi(before.obligation.due.day),
                   " thành ", FormatDayVi(o.due.day), ".");
  notice.text_en =
      absl::StrCat(en, " \"", o.title, "\": the due date was ",
                   FormatDay(before.obligation.due.day), " and is ", FormatDay(o.due.day), ".");
  return notice;
}

// Runs a change of a locked obligation: scope, etag, the change, the record and the notice.
template <class Request>
absl::StatusOr<v1::Obligation> ChangeObligation(
    const DueParts& parts, const rpc::RequestContext& ctx, const Request& request,
    const std::string& id,
    absl::FunctionRef<absl::StatusOr<StoredObligation>(const StoredObligation&, absl::CivilDay,
                                                       const WorkCalendar&)>
        change,
    absl::FunctionRef<Notice(const StoredObligation&, const StoredObligation&)> notice) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  const auto may = [&](const std::optional<DueRecord>& record) {
    return record.has_value() &&
           MayOn(snapshot, ctx.caller(), kPausePermission, *record, VietnamDay(ctx.now()));
  };
  ASSIGN_OR_RETURN(const std::optional<DueRecord> seen, parts.store->Find(id, ReadDeadline(ctx)));
  if (!may(seen)) return ObligationNotFound(id);
  const std::string agreement = seen->stored.obligation.agreement;
  // The owing body is a party, or was one when this arose.
  Agreement scope;
  if (!agreement.empty()) {
    ASSIGN_OR_RETURN(std::optional<Agreement> ground,
                     parts.agreements->Find(agreement, ReadDeadline(ctx)));
    if (ground.has_value()) scope.parties = std::move(ground->parties);
  }
  scope.parties.push_back({seen->stored.obligation.body});
  scope.unit = seen->stored.obligation.unit;
  scope.term_start = seen->term_start.value_or(VietnamDay(ctx.now()));
  RETURN_IF_ERROR(RequireParty(snapshot, ctx.caller(), scope, kPausePermission));
  return ledger::Write<v1::Obligation>(
      *parts.writer, ctx, request, {absl::StrCat("agreements/", agreement), ObligationName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Obligation> {
        ASSIGN_OR_RETURN(const std::optional<DueRecord> locked,
                         parts.store->Lock(tx, agreement, id));
        if (!may(locked)) return ObligationNotFound(id);
        const StoredObligation& before = locked->stored;
        RETURN_IF_ERROR(CheckEtag(request.etag(), before.revision, ObligationName(id)));
        const absl::CivilDay today = VietnamDay(tx.now());
        ASSIGN_OR_RETURN(StoredObligation after, change(before, today, *snapshot.calendar));
        RETURN_IF_ERROR(parts.store->Save(tx, before, after));
        RETURN_IF_ERROR(parts.book->Tell(tx, {notice(before, after)}));
        tx.Note(ChangeOf(after, today));
        if (parts.on_moved != nullptr && after.obligation.due.day != before.obligation.due.day) {
          RETURN_IF_ERROR(parts.on_moved(tx, {after}));
        }
        return ToProto(after);
      });
}

}  // namespace

absl::StatusOr<v1::Obligation> PauseObligation(const DueParts& parts,
                                               const rpc::RequestContext& ctx,
                                               const v1::PauseObligationRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "obligations/*", request.name());
  check.Required("pause", request.has_pause());
  RETURN_IF_ERROR(check.status());
  const DayInterval days = check.Interval("pause.start_date", request.pause().start_date(),
                                          "pause.end_date", request.pause().end_date());
  const std::string reason = check.Text("pause.reason", request.pause().reason(), 1, 500);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  return ChangeObligation(
      parts, ctx, request, id,
      [&](const StoredObligation& before, absl::CivilDay today, const WorkCalendar& calendar) {
        return Paused(before, days, reason, today, calendar);
      },
      [&](const StoredObligation& before, const StoredObligation& after) {
        return About(before, after, "DEADLINE_PAUSED",
                     absl::StrCat("Tạm dừng từ ", FormatDayVi(days.first), " đến ",
                                  FormatDayVi(days.last), " (", reason, ")"),
                     absl::StrCat("Paused from ", FormatDay(days.first), " to ",
                                  FormatDay(days.last), " (", reason, ")"));
      });
}

absl::StatusOr<v1::Obligation> ResumeObligation(const DueParts& parts,
                                                const rpc::RequestContext& ctx,
                                                const v1::ResumeObligationRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "obligations/*", request.name());
  const std::string reason = check.Text("reason", request.reason(), 1, 500);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  return ChangeObligation(
      parts, ctx, request, id,
      [&](const StoredObligation& before, absl::CivilDay today, const WorkCalendar& calendar) {
        return Resumed(before, reason, today, calendar);
      },
      [&](const StoredObligation& before, const StoredObligation& after) {
        return About(before, after, "DEADLINE_RESUMED",
                     absl::StrCat("Tiếp tục tính hạn (", reason, ")"),
                     absl::StrCat("Resumed (", reason, ")"));
      });
}

absl::StatusOr<v1::Notice> AcknowledgeNotice(const DueParts& parts, const rpc::RequestContext& ctx,
                                             const v1::AcknowledgeNoticeRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "notices/*", request.name());
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  const std::string name = absl::StrCat("notices/", id);
  ASSIGN_OR_RETURN(const std::optional<StoredNotice> seen,
                   parts.store->FindNotice(id, ReadDeadline(ctx)));
  // Nothing that decides about it ever changes, so it need not be asked again when locked.
  if (!seen.has_value() ||
      !IsTold(WhoseDue(snapshot, ctx.caller(), VietnamDay(ctx.now())), *seen)) {
    return NotFound(kNoticeType, name);
  }
  if (seen->acknowledge_time.has_value()) return ToProto(*seen);
  return ledger::Write<v1::Notice>(
      *parts.writer, ctx, request, {name},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Notice> {
        ASSIGN_OR_RETURN(const std::optional<StoredNotice> read,
                         parts.store->Acknowledge(tx, id, ctx.caller().ActorName()));
        if (!read.has_value()) return NotFound(kNoticeType, name);
        // Somebody else was quicker: nothing has changed.
        if (read->acknowledge_time == tx.now()) {
          tx.Note(ChangeOf(*read, VietnamDay(tx.now())));
        }
        return ToProto(*read);
      });
}

}  // namespace phoihop::agreements
