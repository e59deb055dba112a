// The rules of signing.
#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/status/details.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/domain/command_rules.h"
#include "services/agreements/domain/signing.h"
#include "services/agreements/domain/text.h"

namespace phoihop::agreements::rules {
namespace {

SigningRound RoundOf(const Agreement& agreement) {
  return {Name(agreement), agreement.parties, agreement.required_signatures};
}

absl::Status TextChanged(const Agreement& agreement) {
  return AboutField(
      Precondition("TEXT_CHANGED",
                   {"The text to be signed is another one than the signer saw; read it anew.",
                    "Nội dung để ký khác với bản người ký đã xem; hãy đọc lại."},
                   Name(agreement)),
      "text_sha256");
}

// OK when every party can still sign. One that had ended already when the draft was written is
// recorded afterwards: it may have signed on paper while it existed, which is seen when it
// signs. One that ended since cannot, and has to be replaced by its successor.
absl::Status CheckBodies(const Agreement& agreement, const OpenForSigning& open,
                         absl::CivilDay today) {
  // The day on which the rules of content ask for it.
  const absl::CivilDay first =
      agreement.amendment.has_value() ? agreement.amendment->effective : agreement.term_start;
  const absl::CivilDay drafted = VietnamDay(agreement.create_time);
  for (size_t i = 0; i < agreement.parties.size(); ++i) {
    const auto found = open.ends.find(agreement.parties[i].body);
    if (found == open.ends.end()) continue;
    const absl::CivilDay ends = found->second;
    if (ends > first && (ends > today || ends <= drafted)) continue;
    return AboutField(
        Precondition("PARTY_ENDED",
                     {absl::StrCat("parties[", i, "] has not existed since ", FormatDay(ends),
                                   "; name the body that succeeded it."),
                      absl::StrCat("Bên thứ ", i + 1, " không còn tồn tại từ ngày ",
                                   FormatDayVi(ends), "; hãy chọn cơ quan kế thừa.")},
                     Name(agreement)),
        absl::StrCat("agreement.parties[", i, "].body"));
  }
  return absl::OkStatus();
}

// The day of signing. Only a paper can have been signed on another day than the one on which it is
// recorded: if others could state one, they could change what was in force in the past.
absl::CivilDay DayOf(const Sign& sign, absl::CivilDay today) {
  switch (sign.kind) {
    case SignatureKind::kPaper:
      return sign.sign_date;
    case SignatureKind::kCms:
      // The signer's clock may be a little ahead.
      return std::min(today, sign.certificate.has_value() && sign.certificate->signing_time
                                 ? VietnamDay(*sign.certificate->signing_time)
                                 : today);
    case SignatureKind::kUnspecified:
    case SignatureKind::kInSystem:
      break;
  }
  return today;
}

// OK when the signer saw the text as it is now. A CMS signature is over the text itself: it comes
// with the certificate of its verification, unless its text was another one when it was to
// be verified.
absl::Status CheckText(const Agreement& agreement, const Sign& sign) {
  if (agreement.text_sha256.empty()) {
    return Precondition("TEXT_NOT_FIXED",
                        {"No text is fixed for signing; take the agreement back to draft and open "
                         "it for signing again.",
                         "Chưa có nội dung được chốt để ký; hãy rút về dự thảo rồi mở ký lại."},
                        Name(agreement));
  }
  const bool cms = sign.kind == SignatureKind::kCms;
  if ((cms && !sign.certificate.has_value()) || sign.text_sha256 != agreement.text_sha256) {
    return TextChanged(agreement);
  }
  return absl::OkStatus();
}

// One may sign ahead of a term, but a day more than a year ahead is a slip of the pen.
absl::CivilDay EarliestSignDate(absl::CivilDay term_start) {
  return absl::CivilDay(term_start.year() - 1, term_start.month(), term_start.day());
}

// OK unless a CMS signature says that it was made before signing was opened.
absl::Status CheckOpened(const Agreement& agreement, const Sign& sign, absl::CivilDay day) {
  if (sign.kind != SignatureKind::kCms || !agreement.signing_opened.has_value()) {
    return absl::OkStatus();
  }
  // Of rounds that were opened before the moment was kept the day is known.
  bool before = day < *agreement.signing_opened;
  std::string when = FormatDay(*agreement.signing_opened);
  std::string when_vi = FormatDayVi(*agreement.signing_opened);
  if (agreement.signing_opened_time.has_value() && sign.certificate.has_value() &&
      sign.certificate->signing_time.has_value()) {
    before = *sign.certificate->signing_time < *agreement.signing_opened_time - kClockTolerance;
    when = absl::FormatTime("%Y-%m-%d %H:%M:%S", *agreement.signing_opened_time, VietnamTimeZone());
    when_vi = absl::FormatTime("%H:%M:%S ngày %d/%m/%Y", *agreement.signing_opened_time,
                               VietnamTimeZone());
  }
  if (!before) return absl::OkStatus();
  return InvalidField(
      "cms", "SIGNED_BEFORE_OPENED",
      {absl::StrCat("The signing time lies before ", when,
                    " (Viet Nam time), when signing was opened; a clock may differ by 5 minutes. "
                    "Check the clock of the machine that signs."),
       absl::StrCat("Thời điểm ký trước khi mở ký (", when_vi,
                    ", giờ Việt Nam); đồng hồ được phép lệch 5 phút. Hãy kiểm tra đồng hồ của "
                    "máy ký.")});
}

absl::Status CheckSignDate(const Agreement& agreement, const Sign& sign, absl::CivilDay day,
                           absl::CivilDay today) {
  if (day > today) {
    return InvalidField("sign_date", "SIGN_DATE_IN_FUTURE",
                        {"The day of signing lies in the future.", "Ngày ký nằm trong tương lai."});
  }
  if (day < EarliestSignDate(agreement.term_start)) {
    return InvalidField("sign_date", "SIGN_DATE_TOO_EARLY",
                        {"The day of signing lies more than a year before the term.",
                         "Ngày ký sớm hơn ngày đầu của thời hạn quá một năm."});
  }
  // Nobody has signed a change of what was not in force yet.
  if (sign.amended_from.has_value() && day < *sign.amended_from) {
    return InvalidField(
        "sign_date", "SIGN_DATE_BEFORE_AMENDED",
        {absl::StrCat("The version that this amends has been in force only since ",
                      FormatDay(*sign.amended_from), "; it was not signed before that day."),
         absl::StrCat("Nội dung được sửa đổi chỉ có hiệu lực từ ngày ",
                      FormatDayVi(*sign.amended_from), "; không thể ký trước ngày đó.")});
  }
  if (day > agreement.term_end) {
    return InvalidField("sign_date", "SIGN_DATE_AFTER_TERM",
                        {"The day of signing lies after the end of the term.",
                         "Ngày ký nằm sau ngày kết thúc thời hạn."});
  }
  const Party& party =
      *absl::c_find_if(agreement.parties, [&](const Party& p) { return p.body == sign.party; });
  if (party.ends.has_value() && day >= *party.ends) {
    return AboutField(
        Precondition(
            "PARTY_ENDED",
            {absl::StrCat("This body has not existed since ", FormatDay(*party.ends),
                          "; only what it signed on paper before can be recorded."),
             absl::StrCat("Cơ quan này không còn tồn tại từ ngày ", FormatDayVi(*party.ends),
                          "; chỉ có thể ghi nhận văn bản giấy đã ký trước đó.")},
            Name(agreement)),
        "party");
  }
  return CheckOpened(agreement, sign, day);
}

// OK from the day on which signing was opened for good.
absl::Status RequireOpened(const Agreement& agreement) {
  if (!IsOpenDraft(agreement.state)) return absl::OkStatus();
  return Precondition("AGREEMENT_NOT_SIGNING",
                      {"The agreement is still a draft and not open for signing.",
                       "Chương trình vẫn là dự thảo, chưa mở để ký."},
                      Name(agreement));
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
  after.signing_opened.reset();
  after.signing_opened_time.reset();
  for (Party& party : after.parties) {
    party.signature.reset();
    party.display_name.clear();
    party.ends.reset();
  }
  return change;
}

}  // namespace

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
    return AboutField(
        Precondition("SIGN_BY_PASSED",
                     {absl::StrCat("The last day for parties[", i,
                                   "] to sign has passed; set "
                                   "another one."),
                      absl::StrCat("Hạn ký của bên thứ ", i + 1, " đã qua; hãy đặt hạn khác.")},
                     Name(agreement)),
        absl::StrCat("agreement.parties[", i, "].sign_by"));
  }
  RETURN_IF_ERROR(CheckBodies(agreement, open, VietnamDay(now)));
  Change change = Begin(agreement, now);
  Agreement& after = change.after;
  after.state = State::kSigning;
  ++after.signing_round;
  after.signing_opened = VietnamDay(now);
  after.signing_opened_time = now;
  for (Party& party : after.parties) {
    const auto name = open.names.find(party.body);
    party.display_name = name == open.names.end() ? "" : name->second;
    const auto ends = open.ends.find(party.body);
    if (ends != open.ends.end()) party.ends = ends->second;
  }
  change.text = RenderText(after);
  after.text_sha256 = Sha256Hex(change.text);
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

Result Run(const Agreement& agreement, const Sign& sign, absl::Time now, std::string_view actor) {
  RETURN_IF_ERROR(RequireOpened(agreement));
  SigningRound round = RoundOf(agreement);
  RETURN_IF_ERROR(round.CheckTurn(sign.party, VietnamDay(now)));
  RETURN_IF_ERROR(CheckText(agreement, sign));
  const absl::CivilDay day = DayOf(sign, VietnamDay(now));
  RETURN_IF_ERROR(CheckSignDate(agreement, sign, day, VietnamDay(now)));
  RETURN_IF_ERROR(round.Sign(sign.party,
                             {.sign_date = day,
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
  change.effective = day;
  if (!round.Complete()) return change;
  after.state = State::kInForce;
  after.return_reason.clear();
  change.put_in_force = true;
  if (after.amendment.has_value()) {
    change.effective = HoldsFrom(after);
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
  if (!reject.text_sha256.empty() && reject.text_sha256 != agreement.text_sha256) {
    return TextChanged(agreement);
  }
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

}  // namespace phoihop::agreements::rules
