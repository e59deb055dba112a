#include "services/agreements/domain/commands.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/domain/signing.h"
#include "services/agreements/domain/text.h"

namespace phoihop::agreements {
namespace {

std::string Name(const Agreement& agreement) { return AgreementName(agreement.id); }

absl::Status NotDraft(const Agreement& agreement) {
  return Precondition("AGREEMENT_NOT_DRAFT",
                      {"The agreement is no longer a draft; its text is fixed.",
                       "Chương trình không còn là dự thảo; nội dung đã được chốt."},
                      Name(agreement));
}

// OK for an agreement in force that is no amendment.
absl::Status RequireInForce(const Agreement& agreement) {
  if (agreement.amendment.has_value()) {
    return Precondition("AGREEMENT_IS_AMENDMENT",
                        {"This is an amendment; name the agreement that it changes.",
                         "Đây là văn bản sửa đổi; hãy chọn chương trình được sửa đổi."},
                        Name(agreement));
  }
  if (agreement.state != State::kInForce) {
    return Precondition("AGREEMENT_NOT_IN_FORCE",
                        {"The agreement is not in force.", "Chương trình không có hiệu lực."},
                        Name(agreement));
  }
  return absl::OkStatus();
}

// The agreement as a change to it begins.
Change Begin(const Agreement& agreement, absl::Time now) {
  Change change{agreement, agreement.term_start};
  change.after.update_time = now;
  ++change.after.revision;
  return change;
}

SigningRound RoundOf(const Agreement& agreement) {
  return {Name(agreement), agreement.parties, agreement.required_signatures};
}

using Result = absl::StatusOr<Change>;

Result Run(const Agreement& agreement, const Update& update, absl::Time now, std::string_view) {
  if (agreement.state != State::kDraft) return NotDraft(agreement);
  RETURN_IF_ERROR(CheckContent(agreement.id, agreement.unit, update.content, agreement.amendment,
                               update.facts));
  if (update.facts.has_children && update.content.parent != agreement.parent) {
    // Those in force stand in the cascades of all programmes above them.
    return Precondition("PARENT_FIXED",
                        {"Others carry out this agreement already; its parent cannot change.",
                         "Đã có chương trình khác thực hiện chương trình này; không thể đổi "
                         "chương trình cấp trên."},
                        Name(agreement));
  }
  Change change = Begin(agreement, now);
  SetContent(update.content, change.after);
  change.effective = change.after.term_start;
  return change;
}

Result Run(const Agreement& agreement, const OpenConsultation& start, absl::Time now,
           std::string_view) {
  if (agreement.state != State::kDraft) return NotDraft(agreement);
  if (start.comment_by < VietnamDay(now)) {
    return InvalidField(
        "comment_by", "COMMENT_BY_PASSED",
        {"The last day for comments lies in the past.", "Hạn góp ý nằm trong quá khứ."});
  }
  Change change = Begin(agreement, now);
  change.after.state = State::kConsultation;
  change.after.comment_by = start.comment_by;
  return change;
}

Result Run(const Agreement& agreement, const OpenForSigning& open, absl::Time now,
           std::string_view) {
  if (!IsOpenDraft(agreement.state)) return NotDraft(agreement);
  if (open.unanswered_comments > 0) {
    return Precondition("COMMENTS_UNANSWERED",
                        {"Answer every comment before signing begins.",
                         "Hãy trả lời mọi ý kiến góp ý trước khi mở ký."},
                        Name(agreement));
  }
  for (size_t i = 0; i < agreement.parties.size(); ++i) {
    if (agreement.parties[i].sign_by.value_or(VietnamDay(now)) >= VietnamDay(now)) continue;
    return Precondition("SIGN_BY_PASSED",
                        {absl::StrCat("The last day for parties[", i,
                                      "] to sign has passed; set "
                                      "another one."),
                         absl::StrCat("Hạn ký của bên thứ ", i + 1, " đã qua; hãy đặt hạn khác.")},
                        Name(agreement));
  }
  Change change = Begin(agreement, now);
  Agreement& after = change.after;
  after.state = State::kSigning;
  ++after.signing_round;
  for (Party& party : after.parties) {
    const auto name = open.names.find(party.body);
    party.display_name = name == open.names.end() ? "" : name->second;
  }
  change.text = RenderText(after);
  after.text_sha256 = Sha256Hex(change.text);
  return change;
}

// Back to a draft. The signatures of a round that was open go into the change.
Change BackToDraft(const Agreement& agreement, const std::string& rejected_by,
                   const std::string& reason, absl::Time now) {
  Change change = Begin(agreement, now);
  Agreement& after = change.after;
  if (agreement.state == State::kSigning) {
    change.closed_round = ClosedRound{agreement.signing_round, rejected_by, reason,
                                      agreement.text_sha256,   now,         agreement.parties};
    after.return_reason = reason;
  }
  after.state = State::kDraft;
  after.text_sha256.clear();
  for (Party& party : after.parties) {
    party.signature.reset();
    party.display_name.clear();
  }
  return change;
}

Result Run(const Agreement& agreement, const TakeBack& command, absl::Time now, std::string_view) {
  if (agreement.state != State::kConsultation && agreement.state != State::kSigning) {
    return Precondition("NOTHING_TO_RETURN",
                        {"Only an agreement in consultation or signing can be taken back.",
                         "Chỉ có thể rút lại chương trình đang lấy ý kiến hoặc đang ký."},
                        Name(agreement));
  }
  return BackToDraft(agreement, "", command.reason, now);
}

// One may sign ahead of a term, but a day more than a year ahead is a slip of the pen.
absl::CivilDay EarliestSignDate(absl::CivilDay term_start) {
  return absl::CivilDay(term_start.year() - 1, term_start.month(), term_start.day());
}

absl::Status CheckSignDate(const Agreement& agreement, absl::CivilDay day, absl::Time now) {
  if (day > VietnamDay(now)) {
    return InvalidField("sign_date", "SIGN_DATE_IN_FUTURE",
                        {"The day of signing lies in the future.", "Ngày ký nằm trong tương lai."});
  }
  if (day < EarliestSignDate(agreement.term_start)) {
    return InvalidField("sign_date", "SIGN_DATE_TOO_EARLY",
                        {"The day of signing lies more than a year before the term.",
                         "Ngày ký sớm hơn ngày đầu của thời hạn quá một năm."});
  }
  if (day > agreement.term_end) {
    return InvalidField("sign_date", "SIGN_DATE_AFTER_TERM",
                        {"The day of signing lies after the end of the term.",
                         "Ngày ký nằm sau ngày kết thúc thời hạn."});
  }
  return absl::OkStatus();
}

// OK from the day on which signing was opened for good.
absl::Status RequireOpened(const Agreement& agreement) {
  if (!IsOpenDraft(agreement.state)) return absl::OkStatus();
  return Precondition("AGREEMENT_NOT_SIGNING",
                      {"The agreement is still a draft and not open for signing.",
                       "Chương trình vẫn là dự thảo, chưa mở để ký."},
                      Name(agreement));
}

Result Run(const Agreement& agreement, const Sign& sign, absl::Time now, std::string_view actor) {
  RETURN_IF_ERROR(RequireOpened(agreement));
  SigningRound round = RoundOf(agreement);
  RETURN_IF_ERROR(round.CheckTurn(sign.party, VietnamDay(now)));
  RETURN_IF_ERROR(CheckSignDate(agreement, sign.sign_date, now));
  // A CMS signature comes with the certificate of its verification, unless its text was another
  // one when it was to be verified.
  const bool unverified = sign.kind == SignatureKind::kCms && !sign.certificate.has_value();
  if (unverified || (!sign.text_sha256.empty() && sign.text_sha256 != agreement.text_sha256)) {
    return Precondition("TEXT_CHANGED",
                        {"The text to be signed is another one than the signer saw; read it anew.",
                         "Nội dung để ký khác với bản người ký đã xem; hãy đọc lại."},
                        Name(agreement));
  }
  RETURN_IF_ERROR(round.Sign(sign.party,
                             {.sign_date = sign.sign_date,
                              .recorded_by = std::string(actor),
                              .signer_name = sign.signer_name,
                              .signer_title = sign.signer_title,
                              .record_time = now,
                              .kind = sign.kind,
                              .capacity = sign.capacity,
                              .text_sha256 = agreement.text_sha256,
                              .cms = sign.cms,
                              .certificate = sign.certificate,
                              .scan = sign.scan},
                             VietnamDay(now)));
  Change change = Begin(agreement, now);
  Agreement& after = change.after;
  after.parties = round.parties();
  change.effective = sign.sign_date;
  if (!round.Complete()) return change;
  after.state = State::kInForce;
  after.return_reason.clear();
  change.put_in_force = true;
  if (after.amendment.has_value()) {
    change.effective = after.amendment->effective;
    return change;
  }
  after.in_force_date = round.LastSigned();
  after.version = 1;
  after.version_date = after.in_force_date;
  change.effective = *after.in_force_date;
  return change;
}

Result Run(const Agreement& agreement, const Reject& reject, absl::Time now, std::string_view) {
  RETURN_IF_ERROR(RequireOpened(agreement));
  RETURN_IF_ERROR(RoundOf(agreement).CheckReject(reject.party));
  return BackToDraft(agreement, reject.party, reject.reason, now);
}

Result Run(const Agreement& agreement, const Extend& extend, absl::Time now, std::string_view) {
  RETURN_IF_ERROR(RequireOpened(agreement));
  SigningRound round = RoundOf(agreement);
  RETURN_IF_ERROR(round.Extend(extend.party, extend.sign_by, VietnamDay(now)));
  if (extend.sign_by > agreement.term_end) {
    return InvalidField("sign_by", "SIGN_BY_AFTER_TERM",
                        {"The last day for signing lies after the end of the term.",
                         "Hạn ký nằm sau ngày kết thúc thời hạn."});
  }
  Change change = Begin(agreement, now);
  change.after.parties = round.parties();
  return change;
}

Result Run(const Agreement& agreement, const Conclude&, absl::Time now, std::string_view) {
  RETURN_IF_ERROR(RequireInForce(agreement));
  if (VietnamDay(now) <= agreement.term_end) {
    return Precondition("TERM_NOT_ENDED",
                        {"The term has not ended yet; terminate the agreement to end it before.",
                         "Thời hạn chưa kết thúc; muốn kết thúc sớm hãy chấm dứt chương trình."},
                        Name(agreement));
  }
  Change change = Begin(agreement, now);
  change.after.state = State::kConcluded;
  change.effective = InForceUntil(agreement);
  return change;
}

Result Run(const Agreement& agreement, const Terminate& command, absl::Time now, std::string_view) {
  RETURN_IF_ERROR(RequireInForce(agreement));
  const absl::CivilDay day = command.termination.date;
  if (day > VietnamDay(now)) {
    return InvalidField("date", "DATE_IN_FUTURE",
                        {"The day lies in the future.", "Ngày nằm trong tương lai."});
  }
  if (day < *agreement.in_force_date) {
    return InvalidField("date", "DATE_BEFORE_IN_FORCE",
                        {"The agreement was not in force yet on this day.",
                         "Vào ngày này chương trình chưa có hiệu lực."});
  }
  if (day > agreement.term_end) {
    return InvalidField("date", "DATE_AFTER_TERM",
                        {"The term has ended by this day; conclude the agreement.",
                         "Thời hạn đã kết thúc trước ngày này; hãy kết thúc chương trình."});
  }
  Change change = Begin(agreement, now);
  change.after.state = State::kTerminated;
  change.after.termination = command.termination;
  change.after.ended_from = day;
  change.effective = day;
  return change;
}

Result Run(const Agreement& agreement, const Supersede& command, absl::Time now, std::string_view) {
  RETURN_IF_ERROR(RequireInForce(agreement));
  constexpr std::string_view kField = "successor";
  if (!command.successor.has_value()) {
    return InvalidField(kField, "SUCCESSOR_UNKNOWN",
                        {"The successor does not exist or you may not read it.",
                         "Chương trình kế tiếp không tồn tại hoặc bạn không có quyền xem."});
  }
  const Agreement& successor = *command.successor;
  if (successor.id == agreement.id) {
    return InvalidField(
        kField, "SUCCESSOR_IS_SELF",
        {"An agreement cannot succeed itself.", "Chương trình không thể kế tiếp chính nó."});
  }
  if (successor.unit != agreement.unit) {
    return InvalidField(kField, "SUCCESSOR_OF_OTHER_UNIT",
                        {"The successor is an agreement of another unit.",
                         "Chương trình kế tiếp thuộc đơn vị khác."});
  }
  if (successor.state != State::kInForce || !successor.in_force_date.has_value()) {
    return InvalidField(
        kField, "SUCCESSOR_NOT_IN_FORCE",
        {"The successor is not in force.", "Chương trình kế tiếp không có hiệu lực."});
  }
  if (*successor.in_force_date < *agreement.in_force_date) {
    return InvalidField(kField, "SUCCESSOR_TOO_EARLY",
                        {"The successor came into force before this agreement.",
                         "Chương trình kế tiếp có hiệu lực trước chương trình này."});
  }
  Change change = Begin(agreement, now);
  change.after.state = State::kSuperseded;
  change.after.superseded_by = successor.id;
  if (*successor.in_force_date < InForceUntil(agreement)) {
    change.after.ended_from = successor.in_force_date;
  }
  change.effective = InForceUntil(change.after);
  return change;
}

Result Run(const Agreement& agreement, const Amend& amend, absl::Time now, std::string_view) {
  RETURN_IF_ERROR(RequireInForce(agreement));
  const Agreement& amendment = amend.amendment;
  Change change = Begin(agreement, now);
  Agreement& after = change.after;
  after.parties = amendment.parties;
  after.required_signatures = amendment.required_signatures;
  after.term_end = amendment.term_end;
  after.legal_bases = amendment.legal_bases;
  after.clauses = amendment.clauses;
  after.cascade_target = amendment.cascade_target;
  after.attachments = amendment.attachments;
  after.text_sha256 = amendment.text_sha256;
  ++after.version;
  after.version_date = amendment.amendment->effective;
  after.version_by = amendment.id;
  change.effective = *after.version_date;
  return change;
}

Result Run(const Agreement& agreement, const Delete& command, absl::Time now, std::string_view) {
  if (agreement.state != State::kDraft) return NotDraft(agreement);
  if (command.has_children) {
    return Precondition("AGREEMENT_HAS_FOLLOWERS",
                        {"Others carry out this agreement; it cannot be deleted.",
                         "Đã có chương trình khác thực hiện chương trình này; không thể xóa."},
                        Name(agreement));
  }
  Change change = Begin(agreement, now);
  change.after.delete_time = now;
  return change;
}

Result Run(const Agreement& agreement, const Undelete&, absl::Time now, std::string_view) {
  if (!agreement.delete_time.has_value()) {
    return Precondition("AGREEMENT_NOT_DELETED",
                        {"The agreement is not deleted.", "Chương trình chưa bị xóa."},
                        Name(agreement));
  }
  Change change = Begin(agreement, now);
  change.after.delete_time.reset();
  return change;
}

}  // namespace

absl::StatusOr<Change> Create(std::string id, int64_t unit, const Content& content,
                              const Facts& facts, absl::Time now) {
  RETURN_IF_ERROR(CheckContent(id, unit, content, std::nullopt, facts));
  Change change;
  change.after.id = std::move(id);
  change.after.unit = unit;
  SetContent(content, change.after);
  change.after.create_time = now;
  change.after.update_time = now;
  change.after.revision = 1;
  change.effective = content.term_start;
  return change;
}

absl::StatusOr<Change> DraftAmendment(std::string id, const Agreement& base, AmendmentKind kind,
                                      absl::CivilDay effective, const Content& content, Facts facts,
                                      absl::Time now) {
  RETURN_IF_ERROR(RequireInForce(base));
  if (effective <= base.version_date.value_or(base.term_start) || effective > InForceUntil(base)) {
    return InvalidField("effective_date", "EFFECTIVE_DATE",
                        {"An amendment takes effect after the version before it, and at the latest "
                         "on the day after the term.",
                         "Sửa đổi có hiệu lực sau phiên bản trước và chậm nhất vào ngày sau ngày "
                         "kết thúc thời hạn."});
  }
  const Amendment amendment{base.id, kind, effective};
  facts.amended = AmendedFacts{base.term_start, base.term_end, base.parent};
  RETURN_IF_ERROR(CheckContent(id, base.unit, content, amendment, facts));
  Change change;
  change.after.id = std::move(id);
  change.after.unit = base.unit;
  change.after.level = base.level;
  change.after.amendment = amendment;
  SetContent(content, change.after);
  change.after.create_time = now;
  change.after.update_time = now;
  change.after.revision = 1;
  change.effective = effective;
  return change;
}

absl::StatusOr<Change> Apply(const Agreement& agreement, const Command& command, absl::Time now,
                             std::string_view actor) {
  if (agreement.delete_time.has_value() && !std::holds_alternative<Undelete>(command)) {
    return Precondition("AGREEMENT_DELETED",
                        {"The agreement is deleted; undelete it first.",
                         "Chương trình đã bị xóa; hãy khôi phục trước."},
                        Name(agreement));
  }
  return std::visit([&](const auto& c) { return Run(agreement, c, now, actor); }, command);
}

}  // namespace phoihop::agreements
