#include "services/agreements/rpc/obligations.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/time/civil.h"
#include "services/agreements/deadlines/sentence.h"
#include "services/agreements/domain/signing.h"

namespace phoihop::agreements {
namespace {

std::string SignKey(const Agreement& agreement, const std::string& body) {
  return absl::StrCat("sign:", agreement.id, ":", agreement.signing_round, ":", body);
}

Obligation Owed(const Agreement& agreement, ObligationKind kind, std::string key,
                const std::string& body) {
  Obligation owed;
  owed.key = std::move(key);
  owed.kind = kind;
  owed.resource = AgreementName(agreement.id);
  // What is owed for an amendment is owed under the agreement that it amends.
  owed.agreement = agreement.amendment.has_value() ? agreement.amendment->amends : agreement.id;
  owed.unit = agreement.unit;
  owed.body = body;
  owed.title = agreement.title;
  return owed;
}

// A day that somebody set.
DueDay Set(absl::CivilDay day, std::string_view what_vi, std::string_view what_en) {
  return {day,
          {day, day},
          absl::StrCat(AbslView(what_vi), ": ", FormatDayVi(day), "."),
          absl::StrCat(AbslView(what_en), ": ", FormatDay(day), ".")};
}

Obligation OwedSignature(const Agreement& agreement, const Party& party, absl::CivilDay today,
                         const WorkCalendar& calendar) {
  Obligation owed =
      Owed(agreement, ObligationKind::kSign, SignKey(agreement, party.body), party.body);
  owed.basis = today;
  if (party.sign_by.has_value()) {
    owed.due = Set(*party.sign_by, "Hạn ký được ấn định", "Last day set for signing");
  } else {
    owed.working_days = kWorkingDaysToSign;
    owed.due = DueAfter(today, kWorkingDaysToSign, calendar);
  }
  owed.calendar_revision = calendar.revision();
  return owed;
}

// The bodies whose turn it is to sign.
std::vector<std::string> Turn(const Agreement& agreement) {
  if (agreement.state != State::kSigning) return {};
  return SigningRound("", agreement.parties, agreement.required_signatures).MaySign();
}

const Party* Find(const Agreement& agreement, const std::string& body) {
  const auto party = std::find_if(agreement.parties.begin(), agreement.parties.end(),
                                  [&](const Party& p) { return p.body == body; });
  return party == agreement.parties.end() ? nullptr : &*party;
}

// OK also when it was never owed: signing may have begun before obligations were kept.
absl::Status CloseIfOwed(ObligationBook& book, ledger::Transaction& tx, const std::string& key,
                         absl::CivilDay day) {
  const absl::Status closed = book.Close(tx, key, day).status();
  return absl::IsNotFound(closed) ? absl::OkStatus() : closed;
}

// The name under which a body was to sign in this round; empty when none is known.
std::string NameIn(const ClosedRound& round, const std::string& body) {
  for (const Party& party : round.parties) {
    if (party.body == body) return party.display_name;
  }
  return "";
}

absl::Status TellSigners(ObligationBook& book, ledger::Transaction& tx, const Agreement& agreement,
                         const ClosedRound& round) {
  const bool rejected = !round.rejected_by.empty();
  const std::string title = absl::StrCat("“", agreement.title, "”");
  const std::string why = round.reason.empty() ? "" : absl::StrCat(" Lý do: ", round.reason);
  const std::string why_en = round.reason.empty() ? "" : absl::StrCat(" Reason: ", round.reason);
  const std::string who = NameIn(round, round.rejected_by);
  std::vector<Notice> notices;
  for (const Party& party : round.parties) {
    if (!party.signature.has_value()) continue;
    notices.push_back(
        {.key = absl::StrCat("void:", agreement.id, ":", round.round, ":", party.body),
         .body = party.body,
         .unit = agreement.unit,
         .resource = AgreementName(agreement.id),
         .kind = rejected ? "SIGNING_REJECTED" : "SIGNING_RETURNED",
         .text_vi = absl::StrCat(rejected ? (who.empty() ? "Một bên" : who) + " từ chối ký "
                                          : "Đơn vị soạn thảo rút lại để sửa ",
                                 title, "; chữ ký của cơ quan không còn hiệu lực.", why),
         .text_en = absl::StrCat(rejected ? (who.empty() ? "A party" : who) + " refused to sign "
                                          : "The author took back ",
                                 title, "; your signature is void.", why_en)});
  }
  return notices.empty() ? absl::OkStatus() : book.Tell(tx, notices);
}

// What the parties are told when the agreement goes from one state to another; nothing for the
// changes that they learn of by what is asked of them.
struct Told {
  std::string kind, vi, en;
};
std::optional<Told> ToldOf(const Agreement& after) {
  const std::string title = absl::StrCat("“", after.title, "”");
  const absl::CivilDay until = InForceUntil(after);
  switch (after.state) {
    case State::kConsultation:
      return Told{"CONSULTATION_STARTED",
                  absl::StrCat("Dự thảo ", title, " được gửi lấy ý kiến đến hết ngày ",
                               FormatDayVi(*after.comment_by), "."),
                  absl::StrCat("The draft ", title, " lies before the parties for comment until ",
                               FormatDay(*after.comment_by), ".")};
    case State::kConcluded:
      return Told{
          "AGREEMENT_CONCLUDED",
          absl::StrCat(title, " đã kết thúc thời hạn ngày ", FormatDayVi(until - 1), "."),
          absl::StrCat(title, " is concluded; its term ended on ", FormatDay(until - 1), ".")};
    case State::kTerminated:
      return Told{"AGREEMENT_TERMINATED",
                  absl::StrCat(title, " chấm dứt hiệu lực từ ngày ", FormatDayVi(until),
                               " theo quyết định ", after.termination->decision_number,
                               ". Lý do: ", Sentence(after.termination->reason)),
                  absl::StrCat(title, " is terminated from ", FormatDay(until), " by decision ",
                               after.termination->decision_number,
                               ". Reason: ", Sentence(after.termination->reason))};
    case State::kSuperseded:
      return Told{
          "AGREEMENT_SUPERSEDED",
          absl::StrCat(title, " được thay thế bằng chương trình khác từ ngày ", FormatDayVi(until),
                       "."),
          absl::StrCat(title, " is superseded by another agreement from ", FormatDay(until), ".")};
    case State::kDraft:
    case State::kSigning:
    case State::kInForce:
      break;
  }
  return std::nullopt;
}

// Tells every party.
absl::Status TellParties(ObligationBook& book, ledger::Transaction& tx, const Agreement& after,
                         const Told& told) {
  std::vector<Notice> notices;
  for (const Party& party : after.parties) {
    Notice& notice = notices.emplace_back();
    notice.key =
        absl::StrCat("agreement:", after.id, ":", told.kind, ":", after.revision, ":", party.body);
    notice.body = party.body;
    notice.unit = after.unit;
    notice.resource = AgreementName(after.id);
    notice.kind = told.kind;
    notice.text_vi = told.vi;
    notice.text_en = told.en;
  }
  return book.Tell(tx, notices);
}

}  // namespace

absl::Status SettleObligations(ObligationBook& book, ledger::Transaction& tx,
                               const WorkCalendar& calendar, const Agreement& before,
                               const Change& change) {
  const Agreement& after = change.after;
  const std::string resource = AgreementName(after.id);
  const absl::CivilDay today = VietnamDay(tx.now());
  // Who signed now met what it owed.
  for (const Party& party : after.parties) {
    if (before.state != State::kSigning || !party.signature.has_value()) continue;
    const Party* was = Find(before, party.body);
    if (was == nullptr || was->signature.has_value()) continue;
    // A paper that was signed before anybody asked for it was not late, nor early.
    const absl::CivilDay signed_on = party.signature->sign_date;
    RETURN_IF_ERROR(CloseIfOwed(book, tx, SignKey(after, party.body),
                                std::max(signed_on, before.signing_opened.value_or(signed_on))));
  }
  const bool asked = before.state == State::kSigning || before.state == State::kConsultation;
  if (asked && after.state != before.state) {
    RETURN_IF_ERROR(book.WithdrawResource(tx, resource));
  }
  if (change.closed_round.has_value()) {
    RETURN_IF_ERROR(TellSigners(book, tx, after, *change.closed_round));
  }
  std::vector<Obligation> owed;
  if (after.state == State::kConsultation && before.state != State::kConsultation) {
    for (const Party& party : after.parties) {
      owed.push_back(Owed(after, ObligationKind::kComment,
                          absl::StrCat("comment:", after.id, ":", after.revision, ":", party.body),
                          party.body));
      owed.back().basis = today;
      owed.back().due = Set(*after.comment_by, "Hạn góp ý", "Last day for comments");
      owed.back().calendar_revision = calendar.revision();
    }
  }
  const std::vector<std::string> turn_before = Turn(before);
  for (const std::string& body : Turn(after)) {
    const Party* was = Find(before, body);
    const Party& is = *Find(after, body);
    const bool known = std::find(turn_before.begin(), turn_before.end(), body) != turn_before.end();
    if (known && was->sign_by == is.sign_by) continue;
    owed.push_back(OwedSignature(after, is, today, calendar));
  }
  if (!owed.empty()) RETURN_IF_ERROR(book.Put(tx, owed));
  const std::optional<Told> told = after.state != before.state ? ToldOf(after) : std::nullopt;
  if (told.has_value()) RETURN_IF_ERROR(TellParties(book, tx, after, *told));
  const bool ended_early = after.state == State::kTerminated || after.state == State::kSuperseded;
  if (ended_early && before.state == State::kInForce) {
    RETURN_IF_ERROR(book.EndAgreement(tx, after.id, InForceUntil(after)));
  }
  return absl::OkStatus();
}

absl::Status SettleShortened(ObligationBook& book, ledger::Transaction& tx, const Agreement& before,
                             const Agreement& after) {
  RETURN_IF_ERROR(book.WithdrawAfter(tx, after.id, LastDay(after)));
  return TellParties(
      book, tx, after,
      {"TERM_SHORTENED",
       absl::StrCat("Thời hạn của “", after.title, "” được sửa đổi: kết thúc ngày ",
                    FormatDayVi(LastDay(after)), " thay vì ngày ", FormatDayVi(LastDay(before)),
                    ". Những việc đến hạn sau đó không còn phải thực hiện."),
       absl::StrCat("The term of “", after.title, "” was amended: it ends on ",
                    FormatDay(LastDay(after)), " instead of ", FormatDay(LastDay(before)),
                    ". What falls due later is no longer owed.")});
}

absl::Status CloseComment(ObligationBook& book, ledger::Transaction& tx, const Agreement& agreement,
                          const std::string& body, absl::CivilDay day) {
  ASSIGN_OR_RETURN(const std::vector<Obligation> all,
                   book.OfResource(tx, AgreementName(agreement.id)));
  for (const Obligation& owed : all) {
    if (owed.kind != ObligationKind::kComment || owed.body != body ||
        owed.state != ObligationState::kOpen) {
      continue;
    }
    RETURN_IF_ERROR(book.Close(tx, owed.key, day).status());
  }
  return absl::OkStatus();
}

}  // namespace phoihop::agreements
