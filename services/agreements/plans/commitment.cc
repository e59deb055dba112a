#include "services/agreements/plans/commitment.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/details.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/plans/schedule.h"

namespace phoihop::agreements::plans {
namespace {

template <class T>
bool Has(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

absl::Status Refusal(const Commitment& commitment, std::string_view reason, Text message) {
  return Precondition(reason, std::move(message), CommitmentName(commitment.id));
}

absl::Status Withdrawn(const Commitment& commitment) {
  return Refusal(commitment, "COMMITMENT_WITHDRAWN",
                 {"The commitment was withdrawn.", "Nhiệm vụ này đã được rút."});
}

absl::Status Confirmed(const Commitment& commitment) {
  return Refusal(commitment, "COMMITMENT_CONFIRMED",
                 {"The commitment is confirmed; that stays.",
                  "Nhiệm vụ đã được xác nhận hoàn thành; kết quả này được giữ nguyên."});
}

absl::Status ChildrenOpen(const Commitment& commitment) {
  return Refusal(commitment, "CHILDREN_OPEN",
                 {"Parts of the commitment are open; they come first.",
                  "Còn nhiệm vụ thành phần chưa hoàn thành; hãy xử lý trước."});
}

absl::Status CheckDay(std::string_view field, absl::CivilDay day, absl::CivilDay earliest,
                      absl::Time now, Text too_early) {
  if (day > VietnamDay(now)) {
    return InvalidField(field, "DATE_IN_FUTURE",
                        {"The day lies in the future.", "Ngày này nằm trong tương lai."});
  }
  if (day < earliest) return InvalidField(field, "DATE_TOO_EARLY", std::move(too_early));
  return absl::OkStatus();
}

// OK when the member who gives the verdict is not on the side that reported.
absl::Status CheckMember(const Step& before, const Verdict& verdict) {
  const std::string resource = OccurrenceName(before.commitment.id, before.occurrence.number);
  if (!verdict.member_body.empty() && verdict.member_body == before.commitment.content.lead) {
    return AboutField(
        Precondition("CONFIRMER_IS_LEAD",
                     {"You act for the lead body, which cannot confirm what it reported; a "
                      "member of another body does.",
                      "Bạn thuộc cơ quan chủ trì nên không được xác nhận; phải do thành viên "
                      "của cơ quan khác xác nhận."},
                     resource),
        "body");
  }
  if (!verdict.member.empty() && verdict.member == verdict.reported_by) {
    return Precondition("CONFIRMER_IS_REPORTER",
                        {"You recorded the report; another member confirms or refuses it.",
                         "Bạn là người ghi nhận báo cáo này; phải do người khác xác nhận hoặc "
                         "từ chối."},
                        resource);
  }
  return absl::OkStatus();
}

// What both verdicts need.
absl::Status CheckVerdict(const Step& before, const Verdict& verdict, absl::Time now) {
  RETURN_IF_ERROR(RequireRunning(before.commitment));
  if (verdict.body == before.commitment.content.lead) {
    return InvalidField("body", "CONFIRMER_IS_LEAD",
                        {"The lead body cannot confirm what it reported; another party does.",
                         "Cơ quan chủ trì không được tự xác nhận; phải do một bên khác xác nhận."});
  }
  if (!Has(verdict.parties, verdict.body)) {
    return InvalidField("body", "NOT_A_PARTY",
                        {"This body is not a party of the agreement.",
                         "Cơ quan này không phải là một bên của chương trình."});
  }
  if (before.occurrence.state != OccurrenceState::kFulfilled) {
    return Precondition("OCCURRENCE_NOT_FULFILLED",
                        {"This occurrence is not reported as fulfilled, or it is settled.",
                         "Lần thực hiện này chưa được báo cáo hoàn thành hoặc đã được xử lý."},
                        OccurrenceName(before.commitment.id, before.occurrence.number));
  }
  RETURN_IF_ERROR(CheckMember(before, verdict));
  return CheckDay(
      "confirm_date", verdict.day, *before.occurrence.fulfil_day, now,
      {"The day lies before the day of the report.", "Ngày này sớm hơn ngày báo cáo hoàn thành."});
}

void Touch(Commitment& commitment, absl::Time now) {
  commitment.update_time = now;
  ++commitment.revision;
}

}  // namespace

absl::Status RequireRunning(const Commitment& commitment) {
  switch (commitment.state) {
    case CommitmentState::kActive:
    case CommitmentState::kFulfilled:
      return absl::OkStatus();
    case CommitmentState::kConfirmed:
      return Confirmed(commitment);
    case CommitmentState::kWithdrawn:
      if (commitment.occurrences > commitment.confirmed) return absl::OkStatus();
      return Withdrawn(commitment);
    case CommitmentState::kPlanned:
      break;
  }
  return Refusal(commitment, "COMMITMENT_NOT_ACTIVE",
                 {"The plan of the commitment is not approved yet.",
                  "Kế hoạch của nhiệm vụ này chưa được phê duyệt."});
}

std::string CommitmentName(const std::string& id) { return absl::StrCat("commitments/", id); }

std::string OccurrenceName(const std::string& commitment, int number) {
  return absl::StrCat("commitments/", commitment, "/occurrences/", number);
}

std::string ProgressName(const std::string& commitment, int number) {
  return absl::StrCat("commitments/", commitment, "/progress/", number);
}

CommitmentState StateOf(const Commitment& commitment, absl::CivilDay today) {
  if (commitment.state == CommitmentState::kWithdrawn) return commitment.state;
  if (commitment.occurrences == 0 || commitment.open() > 0) return CommitmentState::kActive;
  if (commitment.fulfilled > 0) return CommitmentState::kFulfilled;
  const bool more = CountsFromEvents(commitment.content.rhythm) && today <= commitment.days.last;
  return more ? CommitmentState::kActive : CommitmentState::kConfirmed;
}

std::optional<Commitment> Settle(const Commitment& commitment, int open_children, absl::Time now) {
  if (commitment.state != CommitmentState::kActive || open_children > 0 ||
      StateOf(commitment, commitment.days.last + 1) != CommitmentState::kConfirmed) {
    return std::nullopt;
  }
  Commitment after = commitment;
  after.state = CommitmentState::kConfirmed;
  Touch(after, now);
  return after;
}

Commitment NewCommitment(std::string id, const AnnualPlan& plan, CommitmentContent content,
                         absl::Time now) {
  Commitment commitment;
  commitment.id = std::move(id);
  commitment.plan = plan.id;
  commitment.agreement = plan.agreement;
  commitment.unit = plan.unit;
  commitment.term_start = plan.term_start;
  commitment.year = plan.year;
  commitment.days = plan.days;
  commitment.content = std::move(content);
  commitment.create_time = now;
  commitment.update_time = now;
  commitment.revision = 1;
  return commitment;
}

absl::StatusOr<Commitment> ChangeContent(const Commitment& commitment, CommitmentContent content,
                                         absl::Time now) {
  if (commitment.state == CommitmentState::kWithdrawn) return Withdrawn(commitment);
  if (commitment.state != CommitmentState::kPlanned) {
    return Precondition("PLAN_NOT_DRAFT",
                        {"The commitment's plan is approved; amend the plan instead.",
                         "Kế hoạch đã được phê duyệt; hãy điều chỉnh kế hoạch."},
                        PlanName(commitment.plan));
  }
  Commitment after = commitment;
  after.content = std::move(content);
  Touch(after, now);
  return after;
}

absl::StatusOr<Step> Fulfil(const Step& before, const Report& report, const DueDay& due,
                            absl::Time now) {
  RETURN_IF_ERROR(RequireRunning(before.commitment));
  if (report.body != before.commitment.content.lead) {
    return InvalidField("body", "NOT_LEAD",
                        {"Only the lead body reports a commitment as fulfilled.",
                         "Chỉ cơ quan chủ trì báo cáo hoàn thành nhiệm vụ."});
  }
  if (before.occurrence.state != OccurrenceState::kOpen) {
    return Precondition("OCCURRENCE_NOT_OPEN",
                        {"This occurrence was reported already, or is no longer owed.",
                         "Lần thực hiện này đã được báo cáo hoặc không còn phải thực hiện."},
                        OccurrenceName(before.commitment.id, before.occurrence.number));
  }
  RETURN_IF_ERROR(CheckDay("fulfil_date", report.day, *before.commitment.active_day, now,
                           {"The day lies before the day from which the commitment is owed.",
                            "Ngày này sớm hơn ngày nhiệm vụ bắt đầu phải thực hiện."}));
  if (report.refuse_day.has_value() && report.day < *report.refuse_day) {
    return InvalidField("fulfil_date", "DATE_TOO_EARLY",
                        {"The day lies before the day on which the last report was refused.",
                         "Ngày này sớm hơn ngày báo cáo trước không được xác nhận."});
  }
  if (report.evidence == 0) {
    return InvalidField("evidence", "EVIDENCE_REQUIRED",
                        {"A report needs evidence: a file or a document.",
                         "Báo cáo hoàn thành phải kèm minh chứng: tệp hoặc văn bản."});
  }
  Step after = before;
  Occurrence& occurrence = after.occurrence;
  occurrence.due = due;
  occurrence.state = OccurrenceState::kFulfilled;
  occurrence.fulfil_day = report.day;
  occurrence.late = report.day > due.day;
  ++occurrence.revision;
  Commitment& commitment = after.commitment;
  ++commitment.fulfilled;
  commitment.late += occurrence.late;
  commitment.state = StateOf(commitment, VietnamDay(now));
  Touch(commitment, now);
  return after;
}

absl::StatusOr<Step> Confirm(const Step& before, const Verdict& verdict, absl::Time now) {
  RETURN_IF_ERROR(CheckVerdict(before, verdict, now));
  Step after = before;
  Occurrence& occurrence = after.occurrence;
  occurrence.state = OccurrenceState::kConfirmed;
  occurrence.confirm_day = verdict.day;
  occurrence.confirmed_by = verdict.body;
  ++occurrence.revision;
  Commitment& commitment = after.commitment;
  --commitment.fulfilled;
  ++commitment.confirmed;
  commitment.state = StateOf(commitment, VietnamDay(now));
  if (commitment.state == CommitmentState::kConfirmed && verdict.open_children > 0) {
    return ChildrenOpen(before.commitment);
  }
  Touch(commitment, now);
  return after;
}

absl::StatusOr<Step> Refuse(const Step& before, const Verdict& verdict, std::string reason,
                            absl::Time now) {
  RETURN_IF_ERROR(CheckVerdict(before, verdict, now));
  Step after = before;
  Occurrence& occurrence = after.occurrence;
  Commitment& commitment = after.commitment;
  --commitment.fulfilled;
  commitment.late -= occurrence.late;
  occurrence.state = OccurrenceState::kOpen;
  occurrence.fulfil_day.reset();
  occurrence.late = false;
  ++occurrence.refusals;
  occurrence.refuse_reason = std::move(reason);
  ++occurrence.revision;
  commitment.state = StateOf(commitment, VietnamDay(now));
  Touch(commitment, now);
  return after;
}

absl::StatusOr<Commitment> AfterUpdate(const Commitment& commitment, const Progress& progress,
                                       absl::Time now) {
  RETURN_IF_ERROR(RequireRunning(commitment));
  if (progress.body != commitment.content.lead &&
      !Has(commitment.content.supporting, progress.body)) {
    return InvalidField("progress.body", "NOT_INVOLVED",
                        {"This body neither leads nor supports the commitment.",
                         "Cơ quan này không chủ trì cũng không phối hợp thực hiện nhiệm vụ."});
  }
  Commitment after = commitment;
  if (progress.percent.has_value()) after.percent = progress.percent;
  Touch(after, now);
  return after;
}

absl::StatusOr<Withdrawal> Withdraw(const Commitment& commitment,
                                    const std::vector<Occurrence>& occurrences, int open_children,
                                    int amendment, std::string reason, absl::Time now) {
  if (commitment.state == CommitmentState::kWithdrawn) return Withdrawn(commitment);
  if (commitment.state == CommitmentState::kConfirmed) return Confirmed(commitment);
  if (open_children > 0) return ChildrenOpen(commitment);
  Withdrawal withdrawal{commitment, {}};
  Commitment& after = withdrawal.commitment;
  for (const Occurrence& occurrence : occurrences) {
    const bool decided = occurrence.state == OccurrenceState::kConfirmed ||
                         occurrence.state == OccurrenceState::kCancelled;
    if (decided || occurrence.due.day < VietnamDay(now)) continue;
    Occurrence& cancelled = withdrawal.cancelled.emplace_back(occurrence);
    cancelled.state = OccurrenceState::kCancelled;
    ++cancelled.revision;
    --after.occurrences;
    after.fulfilled -= occurrence.state == OccurrenceState::kFulfilled;
    after.late -= occurrence.late;
  }
  after.state = CommitmentState::kWithdrawn;
  after.withdrawn_by = amendment;
  after.withdraw_reason = std::move(reason);
  Touch(after, now);
  return withdrawal;
}

}  // namespace phoihop::agreements::plans
