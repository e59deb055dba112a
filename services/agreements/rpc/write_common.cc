#include "services/agreements/rpc/write_common.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/attachments/file_type.h"
#include "services/agreements/rpc/obligations.h"

namespace phoihop::agreements {

std::vector<std::string> Roots(const std::string& id, const std::string& other) {
  std::vector<std::string> roots = {AgreementName(id)};
  if (!other.empty() && other != id) roots.push_back(AgreementName(other));
  return roots;
}

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

absl::StatusOr<Agreement> Require(std::optional<Agreement> found, const std::string& id,
                                  const access::Snapshot& snapshot, const access::Caller& caller,
                                  std::string_view permission) {
  if (!found.has_value() ||
      !MayActOn(snapshot, caller, permission, found->unit, found->term_start)) {
    return AgreementNotFound(id);
  }
  return *std::move(found);
}

absl::StatusOr<Agreement> RequireWriter(std::optional<Agreement> found, const std::string& id,
                                        const access::Snapshot& snapshot,
                                        const access::Caller& caller, std::string_view permission) {
  if (!found.has_value()) return AgreementNotFound(id);
  RETURN_IF_ERROR(RequireParty(snapshot, caller, *found, permission));
  return *std::move(found);
}

absl::StatusOr<Locked> LockBoth(AgreementStore& store, ledger::Transaction& tx,
                                const std::string& id, const std::string& other) {
  Locked locked;
  if (!other.empty() && other < id) {
    ASSIGN_OR_RETURN(locked.other, store.Lock(tx, other));
  }
  ASSIGN_OR_RETURN(locked.agreement, store.Lock(tx, id));
  if (!other.empty() && id < other) {
    ASSIGN_OR_RETURN(locked.other, store.Lock(tx, other));
  }
  return locked;
}

absl::StatusOr<std::optional<ParentFacts>> FactsOf(AgreementStore& store, ledger::Transaction& tx,
                                                   const access::Snapshot& snapshot,
                                                   const access::Caller& caller,
                                                   const std::optional<Agreement>& parent,
                                                   int64_t unit, absl::CivilDay term_start) {
  // An amendment is no agreement that others could carry out.
  if (!parent.has_value() || parent->amendment.has_value() || !MayRead(snapshot, caller, *parent)) {
    return std::optional<ParentFacts>();
  }
  ParentFacts facts{parent->id, parent->state, false, {}};
  facts.above = unit != parent->unit && snapshot.tree->IsWithin(unit, parent->unit, term_start);
  ASSIGN_OR_RETURN(facts.ancestors, store.Chain(tx, parent->parent));
  return std::optional<ParentFacts>(std::move(facts));
}

void AddTargetFacts(const access::UnitTree& tree, int64_t unit, const Content& content,
                    Facts& facts) {
  const CascadeTarget& target = content.cascade_target;
  for (const std::string& level : target.levels) {
    if (std::find(tree.Levels().begin(), tree.Levels().end(), level) == tree.Levels().end()) {
      facts.unknown_levels.push_back(level);
    }
  }
  const auto check = [&](int64_t id) {
    if (id == unit || !tree.IsWithin(id, unit, content.term_start)) {
      facts.units_not_below.push_back(id);
    }
  };
  if (target.subtree != 0) check(target.subtree);
  for (const int64_t id : target.units) check(id);
}

std::string LevelOf(const access::UnitTree& tree, int64_t unit, absl::CivilDay term_start) {
  const access::Unit* found = tree.Find(unit);
  if (found == nullptr) return "";
  const absl::CivilDay day = ScopeDay(tree, unit, term_start);
  for (const access::UnitVersion& version : found->versions) {
    if (version.from <= day && day < version.until) return version.level;
  }
  return "";
}

absl::Status LinkAttachments(const Parts& parts, ledger::Transaction& tx,
                             const Agreement& agreement) {
  if (parts.attachments == nullptr) {
    if (agreement.attachments.empty()) return absl::OkStatus();
    return Precondition("ATTACHMENTS_NOT_CONFIGURED",
                        {"This system keeps no attachments.", "Hệ thống này không lưu tệp."},
                        AgreementName(agreement.id));
  }
  std::vector<std::string> digests;
  for (const Attachment& file : agreement.attachments) digests.push_back(file.sha256);
  // The files of an amendment belong to what it amends, whose next version it is.
  const std::string& belongs_to =
      agreement.amendment.has_value() ? agreement.amendment->amends : agreement.id;
  RETURN_IF_ERROR(
      parts.attachments->SetLinks(tx, {AgreementName(agreement.id), belongs_to, agreement.unit},
                                  digests, "agreement.attachments"));
  // The name that stands in the text must not make the file pass for one of another type.
  for (size_t i = 0; i < agreement.attachments.size(); ++i) {
    const Attachment& file = agreement.attachments[i];
    ASSIGN_OR_RETURN(const std::string type,
                     parts.attachments->MediaType(tx, file.sha256, agreement.unit));
    if (type.empty()) continue;
    RETURN_IF_ERROR(CheckDeclaredType(absl::StrCat("agreement.attachments[", i, "].file_name"),
                                      type, file.file_name)
                        .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Agreement> Store(const Parts& parts, ledger::Transaction& tx,
                                    const access::Snapshot& snapshot, const Agreement& before,
                                    const Change& change) {
  const Agreement& after = change.after;
  RETURN_IF_ERROR(parts.store->Replace(tx, before, after));
  if (!change.text.empty()) {
    RETURN_IF_ERROR(parts.store->SaveText(tx, after.id, after.text_sha256, change.text));
  }
  if (change.closed_round.has_value()) {
    RETURN_IF_ERROR(parts.store->AddHistory(
        tx, {after.id, HistoryEntry::Kind::kRound, change.closed_round->round,
             ToProto(*change.closed_round).SerializeAsString()}));
  }
  if (parts.obligations != nullptr) {
    RETURN_IF_ERROR(SettleObligations(*parts.obligations, tx, *snapshot.calendar, before, change));
  }
  return Note(tx, change);
}

std::function<absl::Status(const access::Snapshot&, const Agreement&)> Permits(
    const rpc::RequestContext& ctx, std::string_view permission) {
  return [&ctx, permission](const access::Snapshot& snapshot, const Agreement& agreement) {
    return RequireParty(snapshot, ctx.caller(), agreement, permission);
  };
}

absl::StatusOr<Agreement> FindFor(const Parts& parts, const rpc::RequestContext& ctx,
                                  const access::Snapshot& snapshot, const Step& step) {
  ASSIGN_OR_RETURN(std::optional<Agreement> found, parts.store->Find(step.id, ReadDeadline(ctx)));
  if (!found.has_value()) return AgreementNotFound(step.id);
  RETURN_IF_ERROR(step.authorise(snapshot, *found));
  return *std::move(found);
}

absl::StatusOr<v1::Agreement> RunStep(const Parts& parts, const rpc::RequestContext& ctx,
                                      ledger::Transaction& tx, const access::Snapshot& snapshot,
                                      const Step& step) {
  ASSIGN_OR_RETURN(const std::optional<Agreement> before, parts.store->Lock(tx, step.id));
  if (!before.has_value()) return AgreementNotFound(step.id);
  RETURN_IF_ERROR(step.authorise(snapshot, *before));
  RETURN_IF_ERROR(CheckEtag(step.etag, before->revision, AgreementName(step.id)));
  ASSIGN_OR_RETURN(const Command command, step.command(tx, snapshot, *before));
  ASSIGN_OR_RETURN(const Change change,
                   Apply(*before, command, tx.now(), ctx.caller().ActorName()));
  return Store(parts, tx, snapshot, *before, change);
}

}  // namespace phoihop::agreements
