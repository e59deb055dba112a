#include "services/agreements/domain/commands.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/domain/command_rules.h"

namespace phoihop::agreements {
namespace rules {

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
  if (start.comment_by > agreement.term_end) {
    return InvalidField("comment_by", "COMMENT_BY_AFTER_TERM",
                        {"The last day for comments lies after the end of the term.",
                         "Hạn góp ý nằm sau ngày kết thúc thời hạn."});
  }
  Change change = Begin(agreement, now);
  change.after.state = State::kConsultation;
  change.after.comment_by = start.comment_by;
  return change;
}

Result Run(const Agreement& agreement, const Amend& amend, absl::Time now, std::string_view) {
  RETURN_IF_ERROR(RequireInForce(agreement));
  const Agreement& amendment = amend.amendment;
  const absl::CivilDay from = HoldsFrom(amendment);
  if (from > InForceUntil(agreement)) {
    // In between nothing was in force, and that cannot change any more.
    return Precondition(
        "AMENDMENT_TOO_LATE",
        {absl::StrCat("The agreement was in force until ", FormatDay(InForceUntil(agreement) - 1),
                      " and the last party signed on ", FormatDay(from),
                      "; make a new agreement, or record what was signed on paper before."),
         absl::StrCat("Chương trình có hiệu lực đến ngày ",
                      FormatDayVi(InForceUntil(agreement) - 1), " mà bên cuối cùng ký ngày ",
                      FormatDayVi(from),
                      "; hãy lập chương trình mới, hoặc ghi nhận bản giấy đã ký trước đó.")},
        Name(agreement));
  }
  if (amendment.term_end + 1 < from) {
    // It would have ended before the change of it holds.
    return Precondition(
        "AMENDMENT_TOO_LATE",
        {absl::StrCat("The term would have ended on ", FormatDay(amendment.term_end),
                      ", before the last party signed on ", FormatDay(from),
                      "; set another end, or record what was signed on paper before."),
         absl::StrCat("Thời hạn mới kết thúc ngày ", FormatDayVi(amendment.term_end),
                      ", trước ngày bên cuối cùng ký ", FormatDayVi(from),
                      "; hãy đặt ngày kết thúc khác, hoặc ghi nhận bản giấy đã ký trước đó.")},
        Name(agreement));
  }
  Change change = Begin(agreement, now);
  Agreement& after = change.after;
  after.title = amendment.title;
  after.parties = amendment.parties;
  after.required_signatures = amendment.required_signatures;
  after.term_end = amendment.term_end;
  after.legal_bases = amendment.legal_bases;
  after.clauses = amendment.clauses;
  after.cascade_target = amendment.cascade_target;
  after.attachments = amendment.attachments;
  after.text_sha256 = amendment.text_sha256;
  ++after.version;
  after.version_date = from;
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

}  // namespace rules

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
  RETURN_IF_ERROR(rules::RequireInForce(base));
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
                        AgreementName(agreement.id));
  }
  return std::visit([&](const auto& c) { return rules::Run(agreement, c, now, actor); }, command);
}

}  // namespace phoihop::agreements
