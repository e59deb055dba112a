// The methods that write visits.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/fields/fields.h"
#include "common/fields/mask.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/macros.h"
#include "services/agreements/reviews/converters.h"
#include "services/agreements/reviews/methods.h"
#include "services/agreements/rpc/room_methods.h"

namespace phoihop::agreements::reviews {
namespace {

// The directory is asked about so many bodies at once.
constexpr size_t kMaxBodiesAsked = 30;

// What the directory knows of the bodies of a visit.
absl::StatusOr<Bodies> FindBodies(const ReviewParts& parts, const rpc::RequestContext& ctx,
                                  const VisitContent& content) {
  std::vector<std::string> ids = content.visiting;
  if (!content.body.empty()) ids.push_back(content.body);
  Bodies bodies;
  for (size_t i = 0; i < ids.size(); i += kMaxBodiesAsked) {
    const std::vector<std::string> some(ids.begin() + i,
                                        ids.begin() + std::min(ids.size(), i + kMaxBodiesAsked));
    ASSIGN_OR_RETURN(const Bodies found, parts.bodies->Find(some, ctx.deadline()));
    bodies.insert(found.begin(), found.end());
  }
  return bodies;
}

VisitFacts FactsOf(const access::Snapshot& snapshot, const Agreement& agreement,
                   const VisitContent& content, Bodies bodies, absl::Time now) {
  VisitFacts facts;
  facts.in_force_from = agreement.in_force_date;
  facts.in_force_until = InForceUntil(agreement);
  facts.unit_within = snapshot.tree->IsWithin(content.unit, agreement.unit, content.date);
  for (const Party& party : agreement.parties) facts.parties.push_back(party.body);
  facts.bodies = std::move(bodies);
  facts.today = VietnamDay(now);
  return facts;
}

v1::SupervisionVisit Note(ledger::Transaction& tx, const Visit& visit) {
  return NoteChild(tx, ToProto(visit), visit.revision, visit.content.date, visit.unit);
}

// The visit as it is before the command, when the caller may write it.
absl::StatusOr<Visit> Seen(const ReviewParts& parts, const rpc::RequestContext& ctx,
                           const access::Snapshot& snapshot, const std::string& id) {
  ASSIGN_OR_RETURN(std::optional<Visit> found, parts.store->FindVisit(id, RoomPatience(ctx)));
  return RequireChild(std::move(found), VisitNotFound(id), snapshot, ctx.caller(), kWriteReviews);
}

// A visit and its agreement, both locked.
struct Pair {
  Visit visit;
  Agreement agreement;
};

absl::StatusOr<Pair> Lock(const ReviewParts& parts, const rpc::RequestContext& ctx,
                          const access::Snapshot& snapshot, ledger::Transaction& tx,
                          const Visit& seen) {
  ASSIGN_OR_RETURN(std::optional<Agreement> agreement, parts.agreements->Lock(tx, seen.agreement));
  if (!agreement.has_value()) return VisitNotFound(seen.id);
  ASSIGN_OR_RETURN(std::optional<Visit> found, parts.store->LockVisit(tx, seen.id));
  ASSIGN_OR_RETURN(Visit visit, RequireChild(std::move(found), VisitNotFound(seen.id), snapshot,
                                             ctx.caller(), kWriteReviews));
  RETURN_IF_ERROR(RequireParty(snapshot, ctx.caller(), *agreement, kWriteReviews));
  return Pair{std::move(visit), *std::move(agreement)};
}

}  // namespace

absl::StatusOr<v1::SupervisionVisit> CreateVisit(const ReviewParts& parts,
                                                 const rpc::RequestContext& ctx,
                                                 const v1::CreateVisitRequest& request) {
  Checker check;
  check.Required("visit", request.has_visit());
  const v1::SupervisionVisit& given = request.visit();
  const std::string agreement_id = check.Name("visit.agreement", "agreements/*", given.agreement());
  VisitContent content;
  ReadVisit(given, std::vector<std::string>(VisitFields().begin(), VisitFields().end()), check,
            content);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Agreement> seen,
                   parts.agreements->Find(agreement_id, RoomPatience(ctx)));
  RETURN_IF_ERROR(
      RequireAgreement(std::move(seen), agreement_id, snapshot, ctx.caller(), kWriteReviews)
          .status());
  // An error is told only to a request that is not answered from memory.
  const absl::StatusOr<Bodies> bodies = FindBodies(parts, ctx, content);

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::SupervisionVisit>(
      *parts.writer, ctx, request, {AgreementName(agreement_id), VisitName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::SupervisionVisit> {
        ASSIGN_OR_RETURN(std::optional<Agreement> locked, parts.agreements->Lock(tx, agreement_id));
        ASSIGN_OR_RETURN(const Agreement agreement,
                         RequireAgreement(std::move(locked), agreement_id, snapshot, ctx.caller(),
                                          kWriteReviews));
        RETURN_IF_ERROR(bodies.status());
        RETURN_IF_ERROR(CheckVisit(id, agreement_id, content,
                                   FactsOf(snapshot, agreement, content, *bodies, tx.now())));
        Visit visit;
        visit.id = id;
        visit.agreement = agreement_id;
        visit.unit = agreement.unit;
        visit.term_start = agreement.term_start;
        visit.content = content;
        visit.recorded_by = ctx.caller().ActorName();
        visit.create_time = tx.now();
        visit.update_time = tx.now();
        visit.revision = 1;
        RETURN_IF_ERROR(parts.store->InsertVisit(tx, visit));
        return Note(tx, visit);
      });
}

absl::StatusOr<v1::SupervisionVisit> UpdateVisit(const ReviewParts& parts,
                                                 const rpc::RequestContext& ctx,
                                                 const v1::UpdateVisitRequest& request) {
  Checker check;
  check.Required("visit", request.has_visit());
  const v1::SupervisionVisit& given = request.visit();
  const std::string id = check.Name("visit.name", "visits/*", given.name());
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), given, VisitFields()));
  VisitContent checked;
  ReadVisit(given, paths, check, checked);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Visit seen, Seen(parts, ctx, snapshot, id));
  RETURN_IF_ERROR(
      CheckFixedFields(request.update_mask(), given, ToProto(seen), VisitFields(), "visit"));
  VisitContent wanted = seen.content;
  ReadVisit(given, paths, check, wanted);
  // As above, an error is not told to a repeat.
  const absl::StatusOr<Bodies> bodies = FindBodies(parts, ctx, wanted);

  return ledger::Write<v1::SupervisionVisit>(
      *parts.writer, ctx, request, {AgreementName(seen.agreement), VisitName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::SupervisionVisit> {
        ASSIGN_OR_RETURN(const Pair locked, Lock(parts, ctx, snapshot, tx, seen));
        const Visit& before = locked.visit;
        RETURN_IF_ERROR(CheckEtag(given.etag(), before.revision, VisitName(id)));
        RETURN_IF_ERROR(bodies.status());
        VisitContent content = before.content;
        Checker recheck;
        ReadVisit(given, paths, recheck, content);
        ASSIGN_OR_RETURN(
            const Visit after,
            ChangeVisit(before, content,
                        FactsOf(snapshot, locked.agreement, content, *bodies, tx.now()), tx.now()));
        if (after == before) return ToProto(before);
        RETURN_IF_ERROR(parts.store->ReplaceVisit(tx, before, after));
        return Note(tx, after);
      });
}

absl::StatusOr<v1::SupervisionVisit> CancelVisit(const ReviewParts& parts,
                                                 const rpc::RequestContext& ctx,
                                                 const v1::CancelVisitRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "visits/*", request.name());
  const std::string reason = check.Paragraphs("reason", request.reason(), 1, kMaxVisitReason);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Visit seen, Seen(parts, ctx, snapshot, id));
  return ledger::Write<v1::SupervisionVisit>(
      *parts.writer, ctx, request, {AgreementName(seen.agreement), VisitName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::SupervisionVisit> {
        ASSIGN_OR_RETURN(const Pair locked, Lock(parts, ctx, snapshot, tx, seen));
        RETURN_IF_ERROR(CheckEtag(request.etag(), locked.visit.revision, VisitName(id)));
        ASSIGN_OR_RETURN(const Visit after, CancelVisit(locked.visit, reason, tx.now()));
        RETURN_IF_ERROR(parts.store->ReplaceVisit(tx, locked.visit, after));
        return Note(tx, after);
      });
}

}  // namespace phoihop::agreements::reviews
