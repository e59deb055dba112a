#include "services/agreements/plans/obligations.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/time/civil.h"
#include "services/agreements/deadlines/sentence.h"

namespace phoihop::agreements::plans {
namespace {

Notice About(const Commitment& commitment, std::string key, const std::string& body,
             std::string kind) {
  Notice notice;
  notice.key = std::move(key);
  notice.body = body;
  notice.unit = commitment.unit;
  notice.resource = CommitmentName(commitment.id);
  notice.kind = std::move(kind);
  return notice;
}

Obligation Owed(const Commitment& commitment, const Occurrence& occurrence) {
  Obligation owed;
  owed.resource = OccurrenceName(commitment.id, occurrence.number);
  owed.agreement = commitment.agreement;
  owed.unit = commitment.unit;
  owed.area = commitment.content.area;
  owed.title = commitment.content.title;
  return owed;
}

}  // namespace

std::string ApproveKey(const AnnualPlan& plan, const std::string& party) {
  return absl::StrCat("approve:", plan.id, ":", plan.round, ":", party);
}

std::string FulfilKey(const std::string& commitment, int number) {
  return absl::StrCat("fulfil:", commitment, ":", number);
}

std::string ConfirmKey(const Occurrence& occurrence, const std::string& body) {
  return absl::StrCat("confirm:", occurrence.commitment, ":", occurrence.number, ":",
                      occurrence.refusals, ":", body);
}

std::vector<Obligation> Approvals(const AnnualPlan& plan, const WorkCalendar& calendar) {
  std::vector<Obligation> all;
  for (const PlanApproval& approval : plan.approvals) {
    Obligation& owed = all.emplace_back();
    owed.key = ApproveKey(plan, approval.party);
    owed.kind = ObligationKind::kApprove;
    owed.resource = PlanName(plan.id);
    owed.agreement = plan.agreement;
    owed.unit = plan.unit;
    owed.body = approval.party;
    owed.title = plan.title;
    owed.working_days = kApproveWithin;
    owed.basis = *plan.submit_day;
    owed.due = DueAfter(*plan.submit_day, kApproveWithin, calendar);
    owed.calendar_revision = calendar.revision();
  }
  return all;
}

Obligation Fulfilment(const Commitment& commitment, const Occurrence& occurrence) {
  Obligation owed = Owed(commitment, occurrence);
  owed.key = FulfilKey(commitment.id, occurrence.number);
  owed.kind = ObligationKind::kFulfil;
  owed.body = commitment.content.lead;
  owed.rhythm = commitment.content.rhythm;
  owed.basis = occurrence.due.period.first;
  owed.due = occurrence.due;
  owed.calendar_revision = occurrence.calendar_revision;
  return owed;
}

std::vector<std::string> Confirmers(const Commitment& commitment,
                                    const std::vector<std::string>& parties) {
  if (!commitment.content.supporting.empty()) return commitment.content.supporting;
  std::vector<std::string> others = parties;
  std::erase(others, commitment.content.lead);
  return others;
}

std::vector<Obligation> Confirmations(const Commitment& commitment, const Occurrence& occurrence,
                                      const std::vector<std::string>& confirmers,
                                      const WorkCalendar& calendar) {
  std::vector<Obligation> all;
  for (const std::string& body : confirmers) {
    Obligation& owed = all.emplace_back(Owed(commitment, occurrence));
    owed.key = ConfirmKey(occurrence, body);
    owed.kind = ObligationKind::kConfirm;
    owed.body = body;
    owed.working_days = kConfirmWithin;
    owed.basis = *occurrence.fulfil_day;
    owed.due = DueAfter(*occurrence.fulfil_day, kConfirmWithin, calendar);
    owed.calendar_revision = calendar.revision();
  }
  return all;
}

std::vector<Notice> RejectionNotices(const AnnualPlan& before, const AnnualPlan& after) {
  std::vector<Notice> notices;
  for (const PlanApproval& approval : before.approvals) {
    if (!approval.day.has_value()) continue;
    Notice& notice = notices.emplace_back();
    notice.key = absl::StrCat("plan-rejected:", before.id, ":", before.round, ":", approval.party);
    notice.body = approval.party;
    notice.unit = before.unit;
    notice.resource = PlanName(before.id);
    notice.kind = "PLAN_REJECTED";
    notice.text_vi =
        absl::StrCat("Kế hoạch năm ", before.year,
                     " đã bị trả lại; phê duyệt của cơ quan không còn giá trị. Lý do: ",
                     Sentence(after.rejection->reason));
    notice.text_en = absl::StrCat(
        "The plan of ", before.year,
        " went back; your approval is void. Reason: ", Sentence(after.rejection->reason));
  }
  return notices;
}

Notice RefusalNotice(const Commitment& commitment, const Occurrence& occurrence) {
  Notice notice = About(
      commitment,
      absl::StrCat("refused:", commitment.id, ":", occurrence.number, ":", occurrence.refusals),
      commitment.content.lead, "CONFIRMATION_REFUSED");
  notice.text_vi =
      absl::StrCat("Nhiệm vụ “", commitment.content.title, "” (lần ", occurrence.number,
                   ") không được xác nhận hoàn thành. Lý do: ", Sentence(occurrence.refuse_reason));
  notice.text_en =
      absl::StrCat("Commitment “", commitment.content.title, "” (occurrence ", occurrence.number,
                   ") was not confirmed. Reason: ", Sentence(occurrence.refuse_reason));
  return notice;
}

std::vector<Notice> WithdrawalNotices(const Commitment& commitment) {
  std::vector<std::string> bodies = commitment.content.supporting;
  bodies.insert(bodies.begin(), commitment.content.lead);
  std::vector<Notice> notices;
  for (const std::string& body : bodies) {
    Notice& notice =
        notices.emplace_back(About(commitment, absl::StrCat("withdrawn:", commitment.id, ":", body),
                                   body, "COMMITMENT_WITHDRAWN"));
    notice.text_vi =
        absl::StrCat("Nhiệm vụ “", commitment.content.title,
                     "” đã được rút khỏi kế hoạch. Lý do: ", Sentence(commitment.withdraw_reason));
    notice.text_en =
        absl::StrCat("Commitment “", commitment.content.title,
                     "” was withdrawn. Reason: ", Sentence(commitment.withdraw_reason));
    if (commitment.open() > 0) {
      absl::StrAppend(&notice.text_vi, " Những lần đã quá hạn vẫn phải thực hiện.");
      absl::StrAppend(&notice.text_en, " What is overdue stays owed.");
    }
  }
  return notices;
}

Notice CancelNotice(const Commitment& commitment, const Occurrence& occurrence) {
  Notice notice = About(
      commitment,
      absl::StrCat("not-owed:", commitment.id, ":", occurrence.number, ":", occurrence.revision),
      commitment.content.lead, "COMMITMENT_NOT_OWED");
  notice.text_vi =
      absl::StrCat("Không còn phải thực hiện nhiệm vụ “", commitment.content.title, "” (lần ",
                   occurrence.number, "), do sự kiện không diễn ra trong thời gian của kế hoạch.");
  notice.text_en =
      absl::StrCat("Commitment “", commitment.content.title, "” (occurrence ", occurrence.number,
                   ") is no longer owed, since its event does not take place in the plan's time.");
  return notice;
}

Notice ShortenedNotice(const Commitment& commitment, const Occurrence& occurrence,
                       absl::CivilDay last) {
  Notice notice = CancelNotice(commitment, occurrence);
  notice.text_vi = absl::StrCat(
      "Không còn phải thực hiện nhiệm vụ “", commitment.content.title, "” (lần ", occurrence.number,
      ", hạn ", FormatDayVi(occurrence.due.day),
      "), do thời hạn của chương trình được sửa đổi, nay kết thúc ngày ", FormatDayVi(last), ".");
  notice.text_en = absl::StrCat("Commitment “", commitment.content.title, "” (occurrence ",
                                occurrence.number, ", due on ", FormatDay(occurrence.due.day),
                                ") is no longer owed, since the agreement's term was amended and "
                                "now ends on ",
                                FormatDay(last), ".");
  return notice;
}

Notice MoveNotice(const Commitment& commitment, const Occurrence& occurrence) {
  Notice notice =
      About(commitment,
            absl::StrCat("moved:", commitment.id, ":", occurrence.number, ":", occurrence.revision),
            commitment.content.lead, "DUE_DAY_MOVED");
  notice.text_vi =
      absl::StrCat("Hạn của nhiệm vụ “", commitment.content.title, "” (lần ", occurrence.number,
                   ") nay là ", FormatDayVi(occurrence.due.day), ", do sự kiện được dời ngày.");
  notice.text_en = absl::StrCat("Commitment “", commitment.content.title, "” (occurrence ",
                                occurrence.number, ") is now due on ",
                                FormatDay(occurrence.due.day), ", since its event was moved.");
  return notice;
}

}  // namespace phoihop::agreements::plans
