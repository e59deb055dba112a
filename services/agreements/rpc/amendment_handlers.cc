// Amendments, and the versions that they make.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/fields/mask.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/time/civil.h"
#include "services/agreements/rpc/versions.h"
#include "services/agreements/rpc/write_common.h"

namespace phoihop::agreements {

absl::StatusOr<v1::Agreement> CreateAmendment(const Parts& parts, const rpc::RequestContext& ctx,
                                              const v1::CreateAmendmentRequest& request) {
  Checker check;
  Step step{.id = check.Name("name", "agreements/*", request.name())};
  check.Required("agreement", request.has_agreement());
  check.RequestId(request.request_id());
  const absl::CivilDay effective = check.Day("effective_date", request.effective_date());
  AmendmentKind kind = AmendmentKind::kAmendment;
  if (request.kind() == v1::Agreement::AMENDMENT_KIND_UNSPECIFIED) {
    check.Required("kind", false);
  } else if (!v1::Agreement::AmendmentKind_IsValid(request.kind())) {
    check.Add("kind", "UNKNOWN_KIND",
              {"The kind of amendment is not known.", "Loại sửa đổi không được biết đến."});
  } else {
    kind = static_cast<AmendmentKind>(request.kind());
  }
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.agreement(), WritableFields()));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  step.authorise = Permits(ctx, kWritePermission);
  ASSIGN_OR_RETURN(const Agreement seen, FindFor(parts, ctx, snapshot, step));

  // The amendment has the content of what it amends but for its number, and what is given. It is
  // numbered when it takes effect: a series that follows from the number is another one then.
  const auto content_of = [&](const Agreement& base, Checker& checker) {
    Content content = base.content();
    ForgetDerivedSeries(content, base.term_start);
    content.document_number.clear();
    content.sign_by.clear();
    ReadContent(request.agreement(), paths, checker, content, Amendment{base.id, kind, effective});
    return content;
  };
  const Content expected = content_of(seen, check);
  RETURN_IF_ERROR(check.status());
  const absl::StatusOr<Bodies> bodies = parts.bodies->Find(expected.parties, ctx.deadline());

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::Agreement>(
      *parts.writer, ctx, request, Roots(id, step.id),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Agreement> {
        RETURN_IF_ERROR(bodies.status());
        ASSIGN_OR_RETURN(const std::optional<Agreement> base, parts.store->Lock(tx, step.id));
        if (!base.has_value()) return AgreementNotFound(step.id);
        RETURN_IF_ERROR(step.authorise(snapshot, *base));
        Checker recheck;
        const Content content = content_of(*base, recheck);
        Facts facts{*bodies, std::nullopt};
        AddTargetFacts(*snapshot.tree, base->unit, content, facts);
        ASSIGN_OR_RETURN(const Change change, DraftAmendment(id, *base, kind, effective, content,
                                                             std::move(facts), tx.now()));
        RETURN_IF_ERROR(RequireNoOpenAmendment(parts, tx, step.id, id));
        RETURN_IF_ERROR(parts.store->CheckDocumentNumber(tx, change.after));
        RETURN_IF_ERROR(LinkAttachments(parts, tx, change.after));
        RETURN_IF_ERROR(parts.store->Insert(tx, change.after));
        return Note(tx, change);
      });
}

absl::StatusOr<std::vector<v1::AgreementVersion>> ReadVersions(const Parts& parts,
                                                               const Agreement& agreement,
                                                               absl::Time deadline) {
  std::vector<v1::AgreementVersion> versions;
  if (agreement.version == 0) return versions;
  ASSIGN_OR_RETURN(const std::vector<HistoryEntry> entries,
                   parts.store->ReadHistory(agreement.id, HistoryEntry::Kind::kVersion, deadline));
  for (const HistoryEntry& entry : entries) {
    v1::AgreementVersion version;
    if (!version.mutable_agreement()->ParseFromString(entry.payload)) {
      return Internal("a stored version cannot be read");
    }
    version.set_version(entry.number);
    versions.push_back(std::move(version));
  }
  v1::AgreementVersion newest;
  newest.set_version(agreement.version);
  *newest.mutable_agreement() = ToProto(agreement);
  versions.push_back(std::move(newest));
  // A version holds until the next one; the last to the end of the agreement. One that was to
  // begin after the agreement's end never held.
  const std::string end = FormatDay(InForceUntil(agreement) - 1);
  for (size_t i = 0; i < versions.size(); ++i) {
    v1::AgreementVersion& version = versions[i];
    version.set_effective_date(version.agreement().version_date());
    version.set_end_date(end);
    if (i + 1 == versions.size()) continue;
    ASSIGN_OR_RETURN(const absl::CivilDay next,
                     ParseDay(versions[i + 1].agreement().version_date()));
    version.set_end_date(std::min(end, FormatDay(next - 1)));
  }
  return versions;
}

absl::Status NotInForceOnDate(const std::string& id) {
  return Precondition("NOT_IN_FORCE_ON_DATE",
                      {"The agreement was not in force on this day.",
                       "Chương trình không có hiệu lực vào ngày này."},
                      AgreementName(id));
}

absl::StatusOr<v1::ListAgreementVersionsResponse> ListAgreementVersions(
    const Parts& parts, const rpc::RequestContext& ctx,
    const v1::ListAgreementVersionsRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("agreements/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Agreement agreement, FindReadable(parts, ctx, snapshot, id));
  ASSIGN_OR_RETURN(std::vector<v1::AgreementVersion> versions,
                   ReadVersions(parts, agreement, ReadDeadline(ctx)));
  v1::ListAgreementVersionsResponse response;
  for (v1::AgreementVersion& version : versions) {
    version.mutable_agreement()->clear_clauses();
    version.mutable_agreement()->clear_legal_bases();
    version.mutable_agreement()->clear_attachments();
    *response.add_versions() = std::move(version);
  }
  // Which amendment made it stands with the amendment that holds from the same day; what was
  // signed before late signatures counted holds from the day that it states.
  ASSIGN_OR_RETURN(const ListPage amendments,
                   parts.store->List({.units = {agreement.unit}, .amends = id, .limit = 1000},
                                     ReadDeadline(ctx)));
  for (const Agreement& amendment : amendments.agreements) {
    if (amendment.state != State::kInForce) continue;
    for (v1::AgreementVersion& version : *response.mutable_versions()) {
      if (version.effective_date() == FormatDay(HoldsFrom(amendment)) ||
          version.effective_date() == FormatDay(amendment.amendment->effective)) {
        version.set_amendment(AgreementName(amendment.id));
      }
    }
  }
  return response;
}

absl::Status RequireNoOpenAmendment(const Parts& parts, ledger::Transaction& tx,
                                    const std::string& amends, const std::string& except) {
  ASSIGN_OR_RETURN(const bool open, parts.store->HasOpenAmendment(tx, amends, except));
  if (!open) return absl::OkStatus();
  return Precondition("AMENDMENT_OPEN",
                      {"Another amendment of this agreement is under way; finish or delete it "
                       "first.",
                       "Đang có một văn bản sửa đổi khác của chương trình; hãy hoàn tất hoặc xóa "
                       "trước."},
                      AgreementName(amends));
}

}  // namespace phoihop::agreements
