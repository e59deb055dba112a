// The methods of signing.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/time/civil.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/deadlines/term_listener.h"
#include "services/agreements/domain/signing.h"
#include "services/agreements/domain/text.h"
#include "services/agreements/rpc/obligations.h"
#include "services/agreements/rpc/succession.h"
#include "services/agreements/rpc/versions.h"
#include "services/agreements/rpc/write_common.h"
#include "services/agreements/signatures/verifier.h"

namespace phoihop::agreements {
namespace {

// The text that the agreement is to be signed with; FAILED_PRECONDITION with TEXT_NOT_FIXED for
// one that was opened for signing before texts were kept.
absl::StatusOr<std::string> FixedText(const Parts& parts, const rpc::RequestContext& ctx,
                                      const Agreement& agreement) {
  std::string of;
  std::optional<std::string> text;
  if (!agreement.text_sha256.empty()) {
    ASSIGN_OR_RETURN(text, parts.store->FindText(agreement.text_sha256, of, ReadDeadline(ctx)));
  }
  if (text.has_value()) return *std::move(text);
  return Precondition("TEXT_NOT_FIXED",
                      {"No text is fixed for signing; take the agreement back to draft and open "
                       "it for signing again.",
                       "Chưa có nội dung được chốt để ký; hãy rút về dự thảo rồi mở ký lại."},
                      AgreementName(agreement.id));
}

// Bytes of a distinguished name that is kept; real ones have a few hundred.
constexpr size_t kMaxDistinguishedName = 1000;

// Verifies a CMS signature over the text as it is now; the command then makes sure that the
// text is still that one.
absl::Status VerifyCms(const Parts& parts, const rpc::RequestContext& ctx,
                       const Agreement& agreement, Sign& sign) {
  if (parts.verifier == nullptr) {
    return Precondition("CMS_NOT_CONFIGURED",
                        {"No certificate authority is configured, so signatures cannot be "
                         "verified here.",
                         "Hệ thống chưa cấu hình tổ chức chứng thực nên không xác minh được chữ "
                         "ký số."},
                        AgreementName(agreement.id));
  }
  if (!sign.text_sha256.empty() && sign.text_sha256 != agreement.text_sha256) {
    return absl::OkStatus();  // the command refuses it
  }
  ASSIGN_OR_RETURN(const std::string text, FixedText(parts, ctx, agreement));
  ASSIGN_OR_RETURN(VerifiedSignature verified, parts.verifier->Verify(text, sign.cms, ctx.now()));
  size_t chain = 0;
  for (const std::string& subject : verified.chain) chain += subject.size() + 1;
  if (verified.signer_subject.size() > kMaxDistinguishedName ||
      verified.issuer.size() > kMaxDistinguishedName || verified.serial.size() > 100 ||
      chain > 60000) {
    return InvalidField(
        "cms", "SIGNATURE_MALFORMED",
        {"The names in the certificates are too long.", "Tên trong chứng thư số quá dài."});
  }
  sign.text_sha256 = agreement.text_sha256;
  sign.certificate =
      Certificate{std::move(verified.signer_subject), std::move(verified.issuer),
                  std::move(verified.serial),         std::move(verified.certificate_sha256),
                  std::move(verified.chain),          verified.signing_time,
                  verified.revocation_checked};
  return absl::OkStatus();
}

// Has the scan of a paper signature stay readable with the agreement.
absl::Status LinkScan(const Parts& parts, ledger::Transaction& tx, const Agreement& agreement,
                      const Sign& sign) {
  if (sign.scan.empty()) return absl::OkStatus();
  bool held = false;
  if (parts.attachments != nullptr) {
    ASSIGN_OR_RETURN(held, parts.attachments->Holds(tx, sign.scan, agreement.unit));
  }
  if (!held) {
    return InvalidField("scan", "ATTACHMENT_UNKNOWN",
                        {"This file was not uploaded for the agreement's unit.",
                         "Tệp này chưa được tải lên cho đơn vị của chương trình."});
  }
  return parts.attachments->SetLinks(tx,
                                     {absl::StrCat(AgreementName(agreement.id), "/signatures/",
                                                   agreement.signing_round, "/", sign.party),
                                      agreement.id, agreement.unit},
                                     {sign.scan}, "scan");
}

// Puts a signed amendment in force: the agreement that it amends gets its next version.
absl::Status PutAmendmentInForce(const Parts& parts, ledger::Transaction& tx,
                                 const access::Snapshot& snapshot, const Agreement& base,
                                 const Agreement& amendment) {
  ASSIGN_OR_RETURN(const Change change, Apply(base, Amend{amendment}, tx.now(), ""));
  RETURN_IF_ERROR(parts.store->AddHistory(tx, {base.id, HistoryEntry::Kind::kVersion, base.version,
                                               ToProto(base).SerializeAsString()}));
  RETURN_IF_ERROR(Store(parts, tx, snapshot, base, change).status());
  if (LastDay(change.after) == LastDay(base)) return absl::OkStatus();
  const bool longer = LastDay(change.after) > LastDay(base);
  for (TermListener* room : parts.terms) {
    RETURN_IF_ERROR(longer ? room->TermExtended(tx, base, change.after, *snapshot.calendar)
                           : room->TermShortened(tx, base, change.after));
  }
  if (longer || parts.obligations == nullptr) return absl::OkStatus();
  return SettleShortened(*parts.obligations, tx, base, change.after);
}

// OK when the agreement that an amendment changes is in force.
absl::Status RequireAmended(const std::optional<Agreement>& amended, const std::string& id) {
  if (amended.has_value() && amended->state == State::kInForce) return absl::OkStatus();
  return Precondition("AGREEMENT_NOT_IN_FORCE",
                      {"The agreement that this amends is no longer in force.",
                       "Chương trình được sửa đổi không còn hiệu lực."},
                      AgreementName(id));
}

// Authorises a caller who acts for a party.
std::function<absl::Status(const access::Snapshot&, const Agreement&)> ActsFor(
    const rpc::RequestContext& ctx, const std::string& party) {
  return [&ctx, party](const access::Snapshot& snapshot, const Agreement& agreement) {
    return RequireSigner(snapshot, ctx.caller(), agreement, party);
  };
}

// Whether a caller who may read the agreement may read a text, which is that of `of`. Texts of its
// versions go with it, whichever amendment they belong to. What was once to be signed and never
// held, of the agreement or of an amendment of it, is for those who may act on it.
absl::StatusOr<bool> MayReadText(const Parts& parts, const rpc::RequestContext& ctx,
                                 const access::Snapshot& snapshot, const Agreement& agreement,
                                 const std::string& sha256, const std::string& of) {
  if (sha256 == agreement.text_sha256) return true;
  if (MayActOn(snapshot, ctx.caller(), kReadPermission, agreement.unit, agreement.term_start)) {
    if (of == agreement.id) return true;
    ASSIGN_OR_RETURN(const std::optional<Agreement> owner,
                     parts.store->Find(of, ReadDeadline(ctx)));
    return owner.has_value() && owner->amendment.has_value() &&
           owner->amendment->amends == agreement.id;
  }
  ASSIGN_OR_RETURN(const std::vector<v1::AgreementVersion> versions,
                   ReadVersions(parts, agreement, ReadDeadline(ctx)));
  return std::any_of(versions.begin(), versions.end(), [&](const v1::AgreementVersion& version) {
    return version.agreement().text_sha256() == sha256;
  });
}

}  // namespace

absl::StatusOr<v1::Agreement> StartSigning(const Parts& parts, const rpc::RequestContext& ctx,
                                           const v1::StartSigningRequest& request) {
  Checker check;
  Step step{.id = check.Name("name", "agreements/*", request.name()), .etag = request.etag()};
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  step.authorise = Permits(ctx, kWritePermission);
  ASSIGN_OR_RETURN(const Agreement seen, FindFor(parts, ctx, snapshot, step));
  // The parties' names are frozen in the text. As always the directory is asked before
  // anything is locked, and its silence is not told to a repeat.
  absl::StatusOr<Bodies> bodies = Bodies();
  if (IsOpenDraft(seen.state)) {
    bodies = parts.bodies->Find(seen.content().parties, ctx.deadline());
  }
  const std::string amends = seen.amendment.has_value() ? seen.amendment->amends : "";
  step.command = [&](ledger::Transaction& tx, const access::Snapshot&,
                     const Agreement& before) -> absl::StatusOr<Command> {
    RETURN_IF_ERROR(bodies.status());
    OpenForSigning open;
    for (const Party& party : before.parties) {
      const auto body = bodies->find(party.body);
      // A party that somebody set meanwhile has no name here.
      if (body == bodies->end() && IsOpenDraft(before.state)) {
        return EtagMismatch(AgreementName(before.id));
      }
      if (body != bodies->end() && body->second.has_value()) {
        open.names[party.body] = body->second->display_name;
        if (body->second->until.has_value()) open.ends[party.body] = *body->second->until;
      }
    }
    ASSIGN_OR_RETURN(open.unanswered_comments, parts.comments->CountUnanswered(tx, before.id));
    return open;
  };
  return ledger::Write<v1::Agreement>(
      *parts.writer, ctx, request, Roots(step.id, amends),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Agreement> {
        if (!amends.empty()) {
          ASSIGN_OR_RETURN(const Locked locked, LockBoth(*parts.store, tx, step.id, amends));
          RETURN_IF_ERROR(RequireAmended(locked.other, amends));
        }
        return RunStep(parts, ctx, tx, snapshot, step);
      });
}

absl::StatusOr<v1::Agreement> ReturnToDraft(const Parts& parts, const rpc::RequestContext& ctx,
                                            const v1::ReturnToDraftRequest& request) {
  Checker check;
  Step step{.id = check.Name("name", "agreements/*", request.name()), .etag = request.etag()};
  const TakeBack command{check.Text("reason", request.reason(), 0, kMaxReason)};
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  step.authorise = Permits(ctx, kWritePermission);
  step.command = [&](auto&, auto&, auto&) { return command; };
  return Perform(parts, ctx, request, step);
}

absl::StatusOr<v1::Agreement> SignAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                            const v1::SignAgreementRequest& request) {
  Checker check;
  Step step{.id = check.Name("name", "agreements/*", request.name())};
  Sign sign = ReadSign(request, VietnamDay(ctx.now()), check);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  step.authorise = ActsFor(ctx, sign.party);
  ASSIGN_OR_RETURN(const Agreement seen, FindFor(parts, ctx, snapshot, step));
  absl::Status verified;
  // Told from within the lane, so that a repeat gets its first answer.
  if (sign.kind == SignatureKind::kCms) verified = VerifyCms(parts, ctx, seen, sign);
  const std::string amends = seen.amendment.has_value() ? seen.amendment->amends : "";

  return ledger::Write<v1::Agreement>(
      *parts.writer, ctx, request, Roots(step.id, amends),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Agreement> {
        ASSIGN_OR_RETURN(Locked locked, LockBoth(*parts.store, tx, step.id, amends));
        if (!locked.agreement.has_value()) return AgreementNotFound(step.id);
        // A party may have ended since the text was fixed.
        NoteEnds(snapshot, *locked.agreement);
        const Agreement& before = *locked.agreement;
        RETURN_IF_ERROR(step.authorise(snapshot, before));
        // What the state forbids is told before what is wrong with the signature.
        if (before.state == State::kSigning) {
          if (!amends.empty()) {
            RETURN_IF_ERROR(RequireAmended(locked.other, amends));
            sign.amended_from = locked.other->version_date;
          }
          RETURN_IF_ERROR(verified);
        }
        ASSIGN_OR_RETURN(const Change change,
                         Apply(before, sign, tx.now(), ctx.caller().ActorName()));
        const bool amended = change.put_in_force && !amends.empty();
        if (!amends.empty()) {
          if (!locked.other.has_value()) return Internal("an amendment of nothing");
          // Whether it can be put in force is asked before anything is written, and of every
          // signature: nobody signs what can no longer come into force.
          RETURN_IF_ERROR(Apply(*locked.other, Amend{change.after}, tx.now(), "").status());
        }
        RETURN_IF_ERROR(LinkScan(parts, tx, before, sign));
        ASSIGN_OR_RETURN(v1::Agreement answer, Store(parts, tx, snapshot, before, change));
        if (amended) {
          RETURN_IF_ERROR(PutAmendmentInForce(parts, tx, snapshot, *locked.other, change.after));
        }
        return answer;
      });
}

absl::StatusOr<v1::Agreement> RejectSigning(const Parts& parts, const rpc::RequestContext& ctx,
                                            const v1::RejectSigningRequest& request) {
  Checker check;
  Step step{.id = check.Name("name", "agreements/*", request.name()), .etag = request.etag()};
  const Reject command{check.Name("party", "bodies/*", request.party()),
                       check.Text("reason", request.reason(), 1, kMaxReason),
                       ReadSha256("text_sha256", request.text_sha256(), check)};
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  step.authorise = ActsFor(ctx, command.party);
  step.command = [&](auto&, auto&, auto&) { return command; };
  return Perform(parts, ctx, request, step);
}

absl::StatusOr<v1::Agreement> ExtendSigning(const Parts& parts, const rpc::RequestContext& ctx,
                                            const v1::ExtendSigningRequest& request) {
  Checker check;
  Step step{.id = check.Name("name", "agreements/*", request.name())};
  const Extend command{check.Name("party", "bodies/*", request.party()),
                       check.Day("sign_by", request.sign_by())};
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  step.authorise = Permits(ctx, kWritePermission);
  step.command = [&](auto&, auto&, auto&) { return command; };
  return Perform(parts, ctx, request, step);
}

absl::StatusOr<v1::AgreementText> GetAgreementText(const Parts& parts,
                                                   const rpc::RequestContext& ctx,
                                                   const v1::GetAgreementTextRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "agreements/*", request.name());
  std::string sha256 = ReadSha256("sha256", request.sha256(), check);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Agreement agreement, FindReadable(parts, ctx, snapshot, id));
  v1::AgreementText answer;
  answer.set_name(AgreementName(id));
  const bool present = sha256.empty();
  if (present) sha256 = agreement.text_sha256;
  if (!sha256.empty()) {
    std::string of;
    ASSIGN_OR_RETURN(const std::optional<std::string> text,
                     parts.store->FindText(sha256, of, ReadDeadline(ctx)));
    bool readable = false;
    if (text.has_value()) {
      ASSIGN_OR_RETURN(readable, MayReadText(parts, ctx, snapshot, agreement, sha256, of));
    }
    if (readable) {
      answer.set_text(*text);
      answer.set_sha256(sha256);
      answer.set_fixed(true);
      return answer;
    }
    if (!present) return NotFound("AgreementText", absl::StrCat(AgreementName(id), "/", sha256));
  }
  answer.set_text(RenderText(agreement));
  answer.set_sha256(Sha256Hex(answer.text()));
  return answer;
}

absl::StatusOr<v1::ListSigningRoundsResponse> ListSigningRounds(
    const Parts& parts, const rpc::RequestContext& ctx,
    const v1::ListSigningRoundsRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("agreements/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Agreement> found, parts.store->Find(id, ReadDeadline(ctx)));
  RETURN_IF_ERROR(Require(std::move(found), id, snapshot, ctx.caller(), kReadPermission).status());
  ASSIGN_OR_RETURN(const std::vector<HistoryEntry> entries,
                   parts.store->ReadHistory(id, HistoryEntry::Kind::kRound, ReadDeadline(ctx)));
  v1::ListSigningRoundsResponse response;
  for (const HistoryEntry& entry : entries) {
    if (!response.add_rounds()->ParseFromString(entry.payload)) {
      return Internal("a stored round of signing cannot be read");
    }
  }
  return response;
}

}  // namespace phoihop::agreements
