// Whether commitments are kept: reports, confirmations, refusals.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/deadlines/owed.h"
#include "services/agreements/plans/converters.h"
#include "services/agreements/plans/methods.h"
#include "services/agreements/plans/obligations.h"
#include "services/agreements/plans/schedule.h"
#include "services/agreements/rpc/scope.h"
#include "services/agreements/rpc/succession.h"

namespace phoihop::agreements::plans {
namespace {

// A command on a commitment as it was found, before anything is locked.
struct Target {
  std::string id;
  std::string agreement;
  std::string_view permission;
  // Id of the body in whose name it is done.
  std::string body;
};

// Looks the commitment up; an empty `body` is its lead.
absl::StatusOr<Target> Aim(const PlanParts& parts, const rpc::RequestContext& ctx,
                           const access::Snapshot& snapshot, const std::string& id,
                           std::string_view permission, std::string body) {
  ASSIGN_OR_RETURN(std::optional<Commitment> found, parts.store->FindCommitment(id, Patience(ctx)));
  if (body.empty() && found.has_value()) body = found->content.lead;
  ASSIGN_OR_RETURN(const Commitment seen,
                   Require(std::move(found), id, snapshot, ctx.caller(), permission, body));
  return Target{id, seen.agreement, permission, std::move(body)};
}

struct Locked {
  Agreement agreement;
  Commitment commitment;
};
absl::StatusOr<Locked> Lock(const PlanParts& parts, ledger::Transaction& tx,
                            const rpc::RequestContext& ctx, const access::Snapshot& snapshot,
                            const Target& target) {
  ASSIGN_OR_RETURN(std::optional<Agreement> agreement,
                   parts.agreements->Lock(tx, target.agreement));
  if (!agreement.has_value()) return CommitmentNotFound(target.id);
  ASSIGN_OR_RETURN(std::optional<Commitment> found, parts.store->LockCommitment(tx, target.id));
  ASSIGN_OR_RETURN(Commitment commitment, Require(std::move(found), target.id, snapshot,
                                                  ctx.caller(), target.permission, target.body));
  return Locked{*std::move(agreement), std::move(commitment)};
}

absl::Status UnknownOccurrence(std::string_view field) {
  return InvalidField(field, "OCCURRENCE_UNKNOWN",
                      {"The commitment has no such occurrence; say which one is meant.",
                       "Nhiệm vụ không có lần thực hiện này; hãy cho biết lần nào."});
}

// The occurrence of this number, or the only one when the number is 0.
absl::StatusOr<Step> FindStep(const PlanParts& parts, ledger::Transaction& tx,
                              const Commitment& commitment, int number) {
  RETURN_IF_ERROR(RequireRunning(commitment));
  if (number == 0 && commitment.last_number == 1) number = 1;
  ASSIGN_OR_RETURN(std::optional<Occurrence> occurrence,
                   parts.store->LockOccurrence(tx, commitment.id, number));
  if (!occurrence.has_value()) return UnknownOccurrence("occurrence");
  return Step{commitment, *std::move(occurrence)};
}

// An entry of the commitment's history, which counts it.
Progress Entry(const rpc::RequestContext& ctx, ledger::Transaction& tx, Commitment& commitment,
               ProgressKind kind, const std::string& body, int occurrence) {
  Progress entry;
  entry.commitment = commitment.id;
  entry.number = ++commitment.progress_entries;
  entry.kind = kind;
  entry.body = body;
  entry.occurrence = occurrence;
  entry.day = VietnamDay(tx.now());
  entry.recorded_by = ctx.caller().ActorName();
  entry.record_time = tx.now();
  return entry;
}

// Has the entry refer to its files. INVALID_ARGUMENT with ATTACHMENT_UNKNOWN naming the piece of
// evidence below `field`; before anything else is written.
absl::Status LinkFiles(const PlanParts& parts, ledger::Transaction& tx,
                       const Commitment& commitment, const Progress& entry,
                       const std::string& field) {
  std::vector<std::string> digests;
  for (size_t i = 0; i < entry.evidence.size(); ++i) {
    const std::string& digest = entry.evidence[i].attachment;
    if (digest.empty()) continue;
    ASSIGN_OR_RETURN(const bool held, parts.attachments->Holds(tx, digest, commitment.unit));
    if (!held) {
      return InvalidField(absl::StrCat(field, "[", i, "].attachment"), "ATTACHMENT_UNKNOWN",
                          {"No such file was uploaded for the agreement's unit.",
                           "Chưa có tệp này được tải lên cho đơn vị của chương trình."});
    }
    if (std::find(digests.begin(), digests.end(), digest) == digests.end()) {
      digests.push_back(digest);
    }
  }
  if (digests.empty()) return absl::OkStatus();
  return parts.attachments->SetLinks(
      tx, {ProgressName(commitment.id, entry.number), commitment.agreement, commitment.unit},
      digests, field);
}

v1::ProgressUpdate NoteProgress(ledger::Transaction& tx, const Commitment& commitment,
                                const Progress& entry) {
  v1::ProgressUpdate wire = ToProto(entry);
  tx.Note(ledger::MakeChange(wire, wire.name(), 1, entry.day, UnitName(commitment.unit)));
  return wire;
}

// Saves a step with its entry, and notes all three.
absl::StatusOr<v1::CommitmentOccurrence> SaveStep(const PlanParts& parts, ledger::Transaction& tx,
                                                  const Step& before, Step& after,
                                                  const Progress& entry) {
  RETURN_IF_ERROR(parts.store->SaveOccurrences(tx, after.commitment, {after.occurrence}));
  RETURN_IF_ERROR(parts.store->ReplaceCommitment(tx, before.commitment, after.commitment));
  RETURN_IF_ERROR(parts.store->AddProgress(tx, entry));
  NoteProgress(tx, after.commitment, entry);
  NoteCommitment(tx, after.commitment);
  return NoteOccurrence(tx, after.commitment, after.occurrence);
}

// The verdict of the caller in the name of a body about a reported occurrence. Who carries on the
// lead's part is the lead, also where it carries on another party's as well.
absl::StatusOr<Verdict> VerdictOf(const PlanParts& parts, ledger::Transaction& tx,
                                  const rpc::RequestContext& ctx, const access::Snapshot& snapshot,
                                  const Locked& locked, const Occurrence& occurrence,
                                  const std::string& body, absl::CivilDay day) {
  const std::string& lead = locked.commitment.content.lead;
  Verdict verdict{SideOf(snapshot, body, lead), day, PartiesOf(locked.agreement)};
  verdict.member = ctx.caller().ActorName();
  verdict.member_body =
      SideOf(snapshot, std::string(absl::StripPrefix(ctx.caller().body, "bodies/")), lead);
  ASSIGN_OR_RETURN(const std::optional<Progress> report,
                   parts.store->LastEntry(tx, occurrence, ProgressKind::kFulfilment));
  if (report.has_value()) verdict.reported_by = report->recorded_by;
  return verdict;
}

// Who is asked to confirm: nobody on the side of the lead.
std::vector<std::string> ConfirmersToday(const access::Snapshot& snapshot,
                                         const Commitment& commitment, const Agreement& agreement) {
  const auto is_lead = [&](const std::string& body) {
    return AreOneSide(snapshot, body, commitment.content.lead);
  };
  std::vector<std::string> bodies = Confirmers(commitment, PartiesOf(agreement));
  std::erase_if(bodies, is_lead);
  if (!bodies.empty()) return bodies;
  bodies = PartiesOf(agreement);
  std::erase_if(bodies, is_lead);
  return bodies;
}

// Closes what the body owed, when it owed the confirmation, and withdraws it of the others.
absl::Status SettleConfirmations(const PlanParts& parts, ledger::Transaction& tx,
                                 const Occurrence& reported, const Verdict& verdict) {
  const std::string key = ConfirmKey(reported, verdict.body);
  ASSIGN_OR_RETURN(const std::optional<Obligation> own, parts.book->Lock(tx, key));
  if (own.has_value()) RETURN_IF_ERROR(parts.book->Close(tx, key, verdict.day).status());
  return parts.book->WithdrawResource(tx, OccurrenceName(reported.commitment, reported.number));
}

// The occurrence is owed again, with the due day that it had or that its event has by now, unless
// nobody owes it any more.
absl::Status Reopen(const PlanParts& parts, ledger::Transaction& tx, const WorkCalendar& calendar,
                    const Agreement& agreement, const Occurrence& reported, Step& after) {
  Occurrence& open = after.occurrence;
  RETURN_IF_ERROR(parts.book->Reopen(tx, FulfilKey(open.commitment, open.number)));
  if (!open.event.empty()) {
    ASSIGN_OR_RETURN(const std::optional<Event> event, parts.events->Lock(tx, open.event));
    if (event.has_value()) CatchUp(*event, calendar, tx.now(), after);
  }
  const bool moved_out = open.due != reported.due && open.due.day > LastDay(agreement);
  if (open.state == OccurrenceState::kOpen &&
      (moved_out || !IsOwedUnder(agreement, open.due.day))) {
    Drop(tx.now(), after);
  }
  if (open.state == OccurrenceState::kCancelled) {
    return parts.book->WithdrawResource(tx, OccurrenceName(open.commitment, open.number));
  }
  if (open.due == reported.due) return absl::OkStatus();
  RETURN_IF_ERROR(parts.book->Put(tx, {Fulfilment(after.commitment, open)}));
  return parts.book->Tell(tx, {MoveNotice(after.commitment, open)});
}

}  // namespace

absl::StatusOr<v1::CommitmentOccurrence> FulfilCommitment(
    const PlanParts& parts, const rpc::RequestContext& ctx,
    const v1::FulfilCommitmentRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "commitments/*", request.name());
  const int number = static_cast<int>(
      check.Count("occurrence", request.occurrence(), 0, std::numeric_limits<int>::max()));
  const std::string body =
      request.body().empty() ? "" : check.Name("body", "bodies/*", request.body());
  const absl::CivilDay day =
      check.OptionalDay("fulfil_date", request.fulfil_date()).value_or(VietnamDay(ctx.now()));
  const std::string text = check.Paragraphs("text", request.text(), 0, kMaxProgressText);
  const std::vector<Evidence> evidence = ReadEvidence(request.evidence(), "evidence", check);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Target target, Aim(parts, ctx, snapshot, id, kWriteCommitments, body));
  return ledger::Write<v1::CommitmentOccurrence>(
      *parts.writer, ctx, request, {AgreementName(target.agreement), CommitmentName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::CommitmentOccurrence> {
        ASSIGN_OR_RETURN(const Locked locked, Lock(parts, tx, ctx, snapshot, target));
        ASSIGN_OR_RETURN(const Step before, FindStep(parts, tx, locked.commitment, number));
        Report report{target.body, day, static_cast<int>(evidence.size())};
        if (before.occurrence.refusals > 0) {
          ASSIGN_OR_RETURN(const std::optional<Progress> refusal,
                           parts.store->LastEntry(tx, before.occurrence, ProgressKind::kRefusal));
          if (refusal.has_value()) report.refuse_day = refusal->day;
        }
        // The store gives an open occurrence the due day of its obligation.
        ASSIGN_OR_RETURN(Step after, Fulfil(before, report, before.occurrence.due, tx.now()));
        Progress entry = Entry(ctx, tx, after.commitment, ProgressKind::kFulfilment, target.body,
                               after.occurrence.number);
        entry.text = text;
        entry.day = day;
        entry.evidence = evidence;
        RETURN_IF_ERROR(LinkFiles(parts, tx, after.commitment, entry, "evidence"));
        RETURN_IF_ERROR(
            parts.book->Close(tx, FulfilKey(id, after.occurrence.number), day).status());
        RETURN_IF_ERROR(parts.book->Put(
            tx, Confirmations(after.commitment, after.occurrence,
                              ConfirmersToday(snapshot, after.commitment, locked.agreement),
                              *snapshot.calendar)));
        return SaveStep(parts, tx, before, after, entry);
      });
}

absl::StatusOr<v1::CommitmentOccurrence> ConfirmCommitment(
    const PlanParts& parts, const rpc::RequestContext& ctx,
    const v1::ConfirmCommitmentRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "commitments/*", request.name());
  const int number = static_cast<int>(
      check.Count("occurrence", request.occurrence(), 0, std::numeric_limits<int>::max()));
  const std::string body = check.Name("body", "bodies/*", request.body());
  const absl::CivilDay day =
      check.OptionalDay("confirm_date", request.confirm_date()).value_or(VietnamDay(ctx.now()));
  const std::string text = check.Paragraphs("text", request.text(), 0, kMaxProgressText);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Target target, Aim(parts, ctx, snapshot, id, kConfirmCommitments, body));
  return ledger::Write<v1::CommitmentOccurrence>(
      *parts.writer, ctx, request, {AgreementName(target.agreement), CommitmentName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::CommitmentOccurrence> {
        ASSIGN_OR_RETURN(const Locked locked, Lock(parts, tx, ctx, snapshot, target));
        ASSIGN_OR_RETURN(const Step before, FindStep(parts, tx, locked.commitment, number));
        ASSIGN_OR_RETURN(Verdict verdict,
                         VerdictOf(parts, tx, ctx, snapshot, locked, before.occurrence, body, day));
        ASSIGN_OR_RETURN(verdict.open_children, parts.store->CountOpenChildren(tx, id));
        ASSIGN_OR_RETURN(Step after, Confirm(before, verdict, tx.now()));
        Progress entry = Entry(ctx, tx, after.commitment, ProgressKind::kConfirmation, body,
                               after.occurrence.number);
        entry.text = text;
        entry.day = day;
        RETURN_IF_ERROR(SettleConfirmations(parts, tx, before.occurrence, verdict));
        return SaveStep(parts, tx, before, after, entry);
      });
}

absl::StatusOr<v1::CommitmentOccurrence> RefuseConfirmation(
    const PlanParts& parts, const rpc::RequestContext& ctx,
    const v1::RefuseConfirmationRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "commitments/*", request.name());
  const int number = static_cast<int>(
      check.Count("occurrence", request.occurrence(), 0, std::numeric_limits<int>::max()));
  const std::string body = check.Name("body", "bodies/*", request.body());
  const std::string reason = check.Text("reason", request.reason(), 1, kMaxPlanReason);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Target target, Aim(parts, ctx, snapshot, id, kConfirmCommitments, body));
  return ledger::Write<v1::CommitmentOccurrence>(
      *parts.writer, ctx, request, {AgreementName(target.agreement), CommitmentName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::CommitmentOccurrence> {
        ASSIGN_OR_RETURN(const Locked locked, Lock(parts, tx, ctx, snapshot, target));
        ASSIGN_OR_RETURN(const Step before, FindStep(parts, tx, locked.commitment, number));
        ASSIGN_OR_RETURN(const Verdict verdict,
                         VerdictOf(parts, tx, ctx, snapshot, locked, before.occurrence, body,
                                   VietnamDay(tx.now())));
        ASSIGN_OR_RETURN(Step after, Refuse(before, verdict, reason, tx.now()));
        Progress entry =
            Entry(ctx, tx, after.commitment, ProgressKind::kRefusal, body, after.occurrence.number);
        entry.text = reason;
        RETURN_IF_ERROR(SettleConfirmations(parts, tx, before.occurrence, verdict));
        RETURN_IF_ERROR(
            Reopen(parts, tx, *snapshot.calendar, locked.agreement, before.occurrence, after));
        RETURN_IF_ERROR(parts.book->Tell(tx, {RefusalNotice(after.commitment, after.occurrence)}));
        return SaveStep(parts, tx, before, after, entry);
      });
}

absl::StatusOr<v1::ProgressUpdate> AddProgress(const PlanParts& parts,
                                               const rpc::RequestContext& ctx,
                                               const v1::AddProgressRequest& request) {
  const v1::ProgressUpdate& given = request.progress();
  Checker check;
  const std::string id = check.Name("parent", "commitments/*", request.parent());
  check.Required("progress", request.has_progress());
  const std::string body =
      given.body().empty() ? "" : check.Name("progress.body", "bodies/*", given.body());
  const int number = static_cast<int>(
      check.Count("progress.occurrence", given.occurrence(), 0, std::numeric_limits<int>::max()));
  const std::string text = check.Paragraphs("progress.text", given.text(), 1, kMaxProgressText);
  std::optional<int> percent;
  if (given.has_percent()) {
    percent = static_cast<int>(check.Count("progress.percent", given.percent(), 0, 100));
  }
  const std::vector<Evidence> evidence = ReadEvidence(given.evidence(), "progress.evidence", check);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Target target, Aim(parts, ctx, snapshot, id, kWriteCommitments, body));
  return ledger::Write<v1::ProgressUpdate>(
      *parts.writer, ctx, request, {AgreementName(target.agreement), CommitmentName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::ProgressUpdate> {
        ASSIGN_OR_RETURN(const Locked locked, Lock(parts, tx, ctx, snapshot, target));
        Commitment counted = locked.commitment;
        Progress entry = Entry(ctx, tx, counted, ProgressKind::kUpdate, target.body, number);
        entry.text = text;
        entry.percent = percent;
        entry.evidence = evidence;
        ASSIGN_OR_RETURN(Commitment after, AfterUpdate(counted, entry, tx.now()));
        if (number > after.last_number) return UnknownOccurrence("progress.occurrence");
        RETURN_IF_ERROR(LinkFiles(parts, tx, after, entry, "progress.evidence"));
        RETURN_IF_ERROR(parts.store->ReplaceCommitment(tx, locked.commitment, after));
        RETURN_IF_ERROR(parts.store->AddProgress(tx, entry));
        NoteCommitment(tx, after);
        return NoteProgress(tx, after, entry);
      });
}

}  // namespace phoihop::agreements::plans
