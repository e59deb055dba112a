// The methods that write. Each checks what can be checked outside, then enters the agreement's
// write lane, where the locked record decides.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/fields/fields.h"
#include "common/fields/mask.h"
#include "common/ledger/command.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/domain/commands.h"
#include "services/agreements/rpc/converters.h"
#include "services/agreements/rpc/handlers.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements {
namespace {

// The agreement and its parent, if it names one, as the roots of a command.
std::vector<std::string> Roots(const std::string& id, const std::string& parent) {
  std::vector<std::string> roots = {AgreementName(id)};
  if (!parent.empty() && parent != id) roots.push_back(AgreementName(parent));
  return roots;
}

// Enters the change into the ledger and gives the answer: both are the whole agreement.
v1::Agreement Note(ledger::Transaction& tx, const Change& change) {
  v1::Agreement wire = ToProto(change.after);
  tx.Note({.resource = wire.name(),
           .resource_type = v1::Agreement::descriptor()->full_name(),
           .revision = change.after.revision,
           .effective = change.effective,
           .unit = wire.unit(),
           .schema_version = 1,
           .deleted = false,
           .payload = wire.SerializeAsString()});
  return wire;
}

// The agreement when the caller may do this with it; NOT_FOUND otherwise.
absl::StatusOr<Agreement> Require(std::optional<Agreement> found, const std::string& id,
                                  const access::Snapshot& snapshot, const access::Caller& caller,
                                  std::string_view permission) {
  if (!found.has_value() ||
      !MayActOn(snapshot, caller, permission, found->unit, found->term_start)) {
    return AgreementNotFound(id);
  }
  return *std::move(found);
}

// An agreement and the one it names as parent, both locked; in order of id, so that two
// commands never wait for each other.
struct Locked {
  std::optional<Agreement> agreement;
  std::optional<Agreement> parent;
};
absl::StatusOr<Locked> LockBoth(AgreementStore& store, ledger::Transaction& tx,
                                const std::string& id, const std::string& parent) {
  Locked locked;
  if (!parent.empty() && parent < id) {
    ASSIGN_OR_RETURN(locked.parent, store.Lock(tx, parent));
  }
  ASSIGN_OR_RETURN(locked.agreement, store.Lock(tx, id));
  if (!parent.empty() && id < parent) {
    ASSIGN_OR_RETURN(locked.parent, store.Lock(tx, parent));
  }
  return locked;
}

// What the rules need to know of a parent; nothing when the caller may not read it.
absl::StatusOr<std::optional<ParentFacts>> FactsOf(AgreementStore& store, ledger::Transaction& tx,
                                                   const access::Snapshot& snapshot,
                                                   const access::Caller& caller,
                                                   const std::optional<Agreement>& parent,
                                                   int64_t unit, absl::CivilDay term_start) {
  if (!parent.has_value() || !MayRead(snapshot, caller, *parent)) {
    return std::optional<ParentFacts>();
  }
  ParentFacts facts{parent->id, parent->state, false, {}};
  facts.above = unit != parent->unit && snapshot.tree->IsWithin(unit, parent->unit, term_start);
  ASSIGN_OR_RETURN(facts.ancestors, store.Chain(tx, parent->parent));
  return std::optional<ParentFacts>(std::move(facts));
}

std::vector<std::string> AllFields() { return {WritableFields().begin(), WritableFields().end()}; }

bool Names(const std::vector<std::string>& paths, std::string_view path) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

}  // namespace

absl::StatusOr<v1::Agreement> CreateAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                              const v1::CreateAgreementRequest& request) {
  Checker check;
  check.Required("agreement", request.has_agreement());
  const int64_t unit = check.Unit("agreement.unit", request.agreement().unit());
  Content content;
  ReadContent(request.agreement(), AllFields(), check, content);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  RETURN_IF_ERROR(RequireNewTerm(snapshot, ctx.caller(), unit, content.term_start));
  RETURN_IF_ERROR(CheckShape(content));
  // An error is told only to a request that is not answered from memory.
  const absl::StatusOr<Bodies> bodies = parts.bodies->Find(content.parties, ctx.deadline());

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::Agreement>(
      *parts.writer, ctx, request, Roots(id, content.parent),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Agreement> {
        RETURN_IF_ERROR(bodies.status());
        Facts facts{*bodies, std::nullopt};
        if (!content.parent.empty()) {
          ASSIGN_OR_RETURN(const std::optional<Agreement> parent,
                           parts.store->Lock(tx, content.parent));
          ASSIGN_OR_RETURN(facts.parent, FactsOf(*parts.store, tx, snapshot, ctx.caller(), parent,
                                                 unit, content.term_start));
        }
        ASSIGN_OR_RETURN(const Change change, Create(id, unit, content, facts, tx.now()));
        RETURN_IF_ERROR(parts.store->CheckDocumentNumber(tx, change.after));
        RETURN_IF_ERROR(parts.store->Insert(tx, change.after));
        return Note(tx, change);
      });
}

absl::StatusOr<v1::Agreement> UpdateAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                              const v1::UpdateAgreementRequest& request) {
  Checker check;
  check.Required("agreement", request.has_agreement());
  const std::string id = check.Name("agreement.name", "agreements/*", request.agreement().name());
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.agreement(), WritableFields()));
  Content given;
  ReadContent(request.agreement(), paths, check, given);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Agreement> found, parts.store->Find(id, ReadDeadline(ctx)));
  ASSIGN_OR_RETURN(const Agreement seen,
                   Require(std::move(found), id, snapshot, ctx.caller(), kWritePermission));
  RETURN_IF_ERROR(CheckFixedFields(request.update_mask(), request.agreement(), ToProto(seen),
                                   WritableFields(), "agreement"));

  // Whom the draft will name, so that the directory is asked before anything is locked.
  Content expected = seen.content();
  ReadContent(request.agreement(), paths, check, expected);
  // As above, an error is not told to a repeat.
  absl::StatusOr<Bodies> bodies = Bodies();
  if (seen.state == State::kDraft) {
    bodies = parts.bodies->Find(expected.parties, ctx.deadline());
  }

  return ledger::Write<v1::Agreement>(
      *parts.writer, ctx, request, Roots(id, expected.parent),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Agreement> {
        RETURN_IF_ERROR(bodies.status());
        ASSIGN_OR_RETURN(Locked locked, LockBoth(*parts.store, tx, id, expected.parent));
        ASSIGN_OR_RETURN(const Agreement before, Require(std::move(locked.agreement), id, snapshot,
                                                         ctx.caller(), kWritePermission));
        RETURN_IF_ERROR(CheckEtag(request.agreement().etag(), before.revision, AgreementName(id)));
        Update update{before.content(), {*bodies, std::nullopt}};
        Checker recheck;
        ReadContent(request.agreement(), paths, recheck, update.content);
        // Somebody gave the draft another parent meanwhile; that one is not locked.
        if (update.content.parent != expected.parent) return EtagMismatch(AgreementName(id));
        ASSIGN_OR_RETURN(update.facts.parent,
                         FactsOf(*parts.store, tx, snapshot, ctx.caller(), locked.parent,
                                 before.unit, update.content.term_start));
        ASSIGN_OR_RETURN(const Change change, Apply(before, update, tx.now(), ""));
        if (change.after.content() == before.content()) return ToProto(before);
        if (Names(paths, "term_start")) {
          RETURN_IF_ERROR(
              RequireNewTerm(snapshot, ctx.caller(), before.unit, change.after.term_start));
        }
        RETURN_IF_ERROR(parts.store->CheckDocumentNumber(tx, change.after));
        RETURN_IF_ERROR(parts.store->Replace(tx, before, change.after));
        return Note(tx, change);
      });
}

absl::StatusOr<v1::Agreement> StartSigning(const Parts& parts, const rpc::RequestContext& ctx,
                                           const v1::StartSigningRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "agreements/*", request.name());
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Agreement> found, parts.store->Find(id, ReadDeadline(ctx)));
  RETURN_IF_ERROR(Require(std::move(found), id, snapshot, ctx.caller(), kWritePermission).status());

  return ledger::Write<v1::Agreement>(
      *parts.writer, ctx, request, Roots(id, ""),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Agreement> {
        ASSIGN_OR_RETURN(std::optional<Agreement> locked, parts.store->Lock(tx, id));
        ASSIGN_OR_RETURN(const Agreement before,
                         Require(std::move(locked), id, snapshot, ctx.caller(), kWritePermission));
        RETURN_IF_ERROR(CheckEtag(request.etag(), before.revision, AgreementName(id)));
        ASSIGN_OR_RETURN(const Change change, Apply(before, OpenForSigning{}, tx.now(), ""));
        RETURN_IF_ERROR(parts.store->Replace(tx, before, change.after));
        return Note(tx, change);
      });
}

absl::StatusOr<v1::Agreement> SignAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                            const v1::SignAgreementRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "agreements/*", request.name());
  const Sign sign = ReadSign(request, VietnamDay(ctx.now()), check);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Agreement> found, parts.store->Find(id, ReadDeadline(ctx)));
  if (!found.has_value()) return AgreementNotFound(id);
  RETURN_IF_ERROR(RequireSigner(snapshot, ctx.caller(), *found, sign.party));

  return ledger::Write<v1::Agreement>(
      *parts.writer, ctx, request, Roots(id, ""),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Agreement> {
        ASSIGN_OR_RETURN(const std::optional<Agreement> before, parts.store->Lock(tx, id));
        if (!before.has_value()) return AgreementNotFound(id);
        RETURN_IF_ERROR(RequireSigner(snapshot, ctx.caller(), *before, sign.party));
        ASSIGN_OR_RETURN(const Change change,
                         Apply(*before, sign, tx.now(), ctx.caller().ActorName()));
        RETURN_IF_ERROR(parts.store->Replace(tx, *before, change.after));
        return Note(tx, change);
      });
}

}  // namespace phoihop::agreements
