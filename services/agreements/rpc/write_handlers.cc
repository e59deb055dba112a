// The methods that write. Each checks what can be checked outside, then enters the agreement's
// write lane, where the locked record decides.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/fields/mask.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "services/agreements/rpc/write_common.h"

namespace phoihop::agreements {
namespace {

std::vector<std::string> AllFields() { return {WritableFields().begin(), WritableFields().end()}; }

bool Names(const std::vector<std::string>& paths, std::string_view path) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

// OK when the caller may draft this: whoever acts for one body only drafts what that takes part in.
absl::Status RequireAuthor(const access::Snapshot& snapshot, const access::Caller& caller,
                           int64_t unit, const Content& content) {
  Agreement draft;
  draft.unit = unit;
  SetContent(content, draft);
  return RequireParty(snapshot, caller, draft, kWritePermission);
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
  RETURN_IF_ERROR(RequireAuthor(snapshot, ctx.caller(), unit, content));
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
        AddTargetFacts(*snapshot.tree, unit, content, facts);
        ASSIGN_OR_RETURN(Change change, Create(id, unit, content, facts, tx.now()));
        change.after.level = LevelOf(*snapshot.tree, unit, content.term_start);
        RETURN_IF_ERROR(parts.store->CheckDocumentNumber(tx, change.after));
        RETURN_IF_ERROR(LinkAttachments(parts, tx, change.after));
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
                   RequireWriter(std::move(found), id, snapshot, ctx.caller(), kWritePermission));
  RETURN_IF_ERROR(CheckFixedFields(request.update_mask(), request.agreement(), ToProto(seen),
                                   WritableFields(), "agreement"));

  // Whom the draft will name, so that the directory is asked before anything is locked.
  Content expected = seen.content();
  ReadContent(request.agreement(), paths, check, expected, seen.amendment);
  // As above, an error is not told to a repeat.
  absl::StatusOr<Bodies> bodies = Bodies();
  if (seen.state == State::kDraft) {
    bodies = parts.bodies->Find(expected.parties, ctx.deadline());
  }

  // An amendment leaves the parent as it is, but depends on what it amends.
  const std::string other = seen.amendment.has_value() ? seen.amendment->amends : expected.parent;
  return ledger::Write<v1::Agreement>(
      *parts.writer, ctx, request, Roots(id, other),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Agreement> {
        RETURN_IF_ERROR(bodies.status());
        ASSIGN_OR_RETURN(Locked locked, LockBoth(*parts.store, tx, id, other));
        ASSIGN_OR_RETURN(const Agreement before,
                         RequireWriter(std::move(locked.agreement), id, snapshot, ctx.caller(),
                                       kWritePermission));
        RETURN_IF_ERROR(CheckEtag(request.agreement().etag(), before.revision, AgreementName(id)));
        Update update{before.content(), {*bodies, std::nullopt}};
        Checker recheck;
        ReadContent(request.agreement(), paths, recheck, update.content, before.amendment);
        // Somebody gave the draft another parent meanwhile; that one is not locked.
        if (update.content.parent != expected.parent) return EtagMismatch(AgreementName(id));
        if (before.amendment.has_value()) {
          if (!locked.other.has_value()) return Internal("an amendment of nothing");
          update.facts.amended =
              AmendedFacts{locked.other->term_start, locked.other->term_end, locked.other->parent};
        } else {
          ASSIGN_OR_RETURN(update.facts.parent,
                           FactsOf(*parts.store, tx, snapshot, ctx.caller(), locked.other,
                                   before.unit, update.content.term_start));
        }
        AddTargetFacts(*snapshot.tree, before.unit, update.content, update.facts);
        ASSIGN_OR_RETURN(update.facts.has_children, parts.store->HasChildren(tx, id));
        ASSIGN_OR_RETURN(Change change, Apply(before, update, tx.now(), ""));
        if (change.after.content() == before.content()) return ToProto(before);
        if (Names(paths, "term_start")) {
          RETURN_IF_ERROR(
              RequireNewTerm(snapshot, ctx.caller(), before.unit, change.after.term_start));
        }
        change.after.level = LevelOf(*snapshot.tree, before.unit, change.after.term_start);
        RETURN_IF_ERROR(parts.store->CheckDocumentNumber(tx, change.after));
        RETURN_IF_ERROR(LinkAttachments(parts, tx, change.after));
        return Store(parts, tx, snapshot, before, change);
      });
}

}  // namespace phoihop::agreements
