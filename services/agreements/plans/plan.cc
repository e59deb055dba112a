#include "services/agreements/plans/plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/details.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::agreements::plans {
namespace {

absl::Status NotApproving(const AnnualPlan& plan) {
  return Precondition("PLAN_NOT_APPROVING",
                      {"The plan does not lie before the parties for approval.",
                       "Kế hoạch không ở trạng thái trình các bên phê duyệt."},
                      PlanName(plan.id));
}

absl::Status RequireApproved(const AnnualPlan& plan) {
  if (plan.state == PlanState::kApproved) return absl::OkStatus();
  return Precondition(
      "PLAN_NOT_APPROVED",
      {"Only an approved plan that is not closed is amended or closed.",
       "Chỉ kế hoạch đã được phê duyệt và chưa kết thúc mới được điều chỉnh hoặc kết thúc."},
      PlanName(plan.id));
}

absl::Status RequireRoom(const AnnualPlan& plan, int more) {
  if (plan.commitments + more <= kMaxCommitments) return absl::OkStatus();
  return Precondition("PLAN_FULL",
                      {"A plan has at most 500 commitments; withdraw some first.",
                       "Kế hoạch có tối đa 500 nhiệm vụ; hãy rút bớt trước."},
                      PlanName(plan.id));
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

// The place of the party among the approvals.
absl::StatusOr<size_t> PlaceOf(const AnnualPlan& plan, const std::string& party) {
  for (size_t i = 0; i < plan.approvals.size(); ++i) {
    if (plan.approvals[i].party == party) return i;
  }
  return InvalidField("party", "NOT_A_PARTY",
                      {"This body is not a party of the agreement.",
                       "Cơ quan này không phải là một bên của chương trình."});
}

absl::Status Run(AnnualPlan& plan, const plan_command::Rename& rename, absl::Time,
                 std::string_view) {
  RETURN_IF_ERROR(RequireDraft(plan));
  plan.title = rename.title;
  return absl::OkStatus();
}

absl::Status Run(AnnualPlan& plan, const plan_command::Delete&, absl::Time, std::string_view) {
  RETURN_IF_ERROR(RequireDraft(plan));
  plan.state = PlanState::kDeleted;
  return absl::OkStatus();
}

absl::Status Run(AnnualPlan& plan, const plan_command::Count& count, absl::Time, std::string_view) {
  RETURN_IF_ERROR(RequireDraft(plan));
  RETURN_IF_ERROR(RequireRoom(plan, count.more));
  plan.commitments += count.more;
  return absl::OkStatus();
}

absl::Status Run(AnnualPlan& plan, const plan_command::Submit& submit, absl::Time now,
                 std::string_view) {
  RETURN_IF_ERROR(RequireDraft(plan));
  if (plan.commitments == 0) {
    return Precondition("PLAN_EMPTY",
                        {"The plan has no commitments; add one before it is submitted.",
                         "Kế hoạch chưa có nhiệm vụ nào; hãy thêm trước khi trình."},
                        PlanName(plan.id));
  }
  RETURN_IF_ERROR(CheckDay("submit_date", submit.day, plan.days.first - 366, now,
                           {"The day lies more than a year before the plan.",
                            "Ngày này sớm hơn thời gian của kế hoạch quá một năm."}));
  plan.state = PlanState::kApproving;
  plan.submit_day = submit.day;
  ++plan.round;
  plan.approvals.clear();
  for (const std::string& party : submit.parties) {
    PlanApproval approval;
    approval.party = party;
    plan.approvals.push_back(std::move(approval));
  }
  return absl::OkStatus();
}

absl::Status Run(AnnualPlan& plan, const plan_command::Approve& approve, absl::Time now,
                 std::string_view actor) {
  if (plan.state == PlanState::kDraft || plan.state == PlanState::kDeleted) {
    return NotApproving(plan);
  }
  ASSIGN_OR_RETURN(const size_t place, PlaceOf(plan, approve.party));
  PlanApproval& approval = plan.approvals[place];
  if (approval.day.has_value()) {
    return AboutField(
        Precondition("PARTY_HAS_APPROVED",
                     {"This party has approved the plan.", "Bên này đã phê duyệt kế hoạch."},
                     PlanName(plan.id)),
        "party");
  }
  if (plan.state != PlanState::kApproving) return NotApproving(plan);
  RETURN_IF_ERROR(CheckDay("approve_date", approve.day, *plan.submit_day, now,
                           {"The day lies before the day on which the plan was submitted.",
                            "Ngày này sớm hơn ngày trình kế hoạch."}));
  for (const PlanApproval& other : plan.approvals) {
    if (!other.day.has_value() || other.recorded_by != actor) continue;
    return AboutField(
        Precondition("MEMBER_HAS_APPROVED",
                     {"You have approved the plan for another party; the leader of this party "
                      "must approve it.",
                      "Bạn đã phê duyệt kế hoạch cho một bên khác; lãnh đạo của bên này phải "
                      "tự phê duyệt."},
                     PlanName(plan.id)),
        "party");
  }
  approval = {approve.party,          approve.day,        approve.approver_name,
              approve.approver_title, std::string(actor), now};
  absl::CivilDay last = approve.day;
  for (const PlanApproval& other : plan.approvals) {
    if (!other.day.has_value()) return absl::OkStatus();
    last = std::max(last, *other.day);
  }
  plan.state = PlanState::kApproved;
  plan.approve_day = last;
  return absl::OkStatus();
}

absl::Status Run(AnnualPlan& plan, const plan_command::Reject& reject, absl::Time now,
                 std::string_view actor) {
  if (plan.state != PlanState::kApproving) return NotApproving(plan);
  RETURN_IF_ERROR(PlaceOf(plan, reject.party).status());
  plan.state = PlanState::kDraft;
  plan.submit_day.reset();
  plan.approvals.clear();
  plan.rejection = {reject.party, reject.reason, VietnamDay(now), std::string(actor)};
  return absl::OkStatus();
}

absl::Status Run(AnnualPlan& plan, const plan_command::Amend& amend, absl::Time now,
                 std::string_view actor) {
  RETURN_IF_ERROR(RequireApproved(plan));
  RETURN_IF_ERROR(RequireRoom(plan, amend.added - amend.withdrawn));
  if (static_cast<int>(plan.amendments.size()) >= kMaxAmendments) {
    return Precondition(
        "TOO_MANY_AMENDMENTS",
        {"The plan was amended 100 times already.", "Kế hoạch đã được điều chỉnh 100 lần."},
        PlanName(plan.id));
  }
  plan.commitments += amend.added - amend.withdrawn;
  plan.amendments.push_back({static_cast<int>(plan.amendments.size()) + 1, VietnamDay(now),
                             amend.reason, std::string(actor), amend.added, amend.withdrawn});
  return absl::OkStatus();
}

absl::Status Run(AnnualPlan& plan, const plan_command::Close& close, absl::Time now,
                 std::string_view) {
  RETURN_IF_ERROR(RequireApproved(plan));
  if (close.open > 0 && VietnamDay(now) <= plan.days.last) {
    return Precondition("PLAN_NOT_OVER",
                        {"The plan's time is not over and commitments in it are open.",
                         "Kế hoạch chưa hết thời gian và còn nhiệm vụ chưa hoàn thành."},
                        PlanName(plan.id));
  }
  plan.state = PlanState::kClosed;
  return absl::OkStatus();
}

}  // namespace

absl::Status PlanExists(const std::string& id) {
  return AboutField(AlreadyExists("AnnualPlan", PlanName(id), "PLAN_EXISTS",
                                  {"The agreement has a plan of this year.",
                                   "Chương trình đã có kế hoạch của năm này."}),
                    "plan.year");
}

std::string PlanName(const std::string& id) { return absl::StrCat("plans/", id); }

absl::Status RequireDraft(const AnnualPlan& plan) {
  if (plan.state == PlanState::kDraft) return absl::OkStatus();
  return Precondition("PLAN_NOT_DRAFT",
                      {"The plan is no longer a draft. While it lies before the parties it is "
                       "fixed; afterwards it is changed by amendments.",
                       "Kế hoạch không còn là dự thảo. Khi đang trình phê duyệt thì không sửa "
                       "được; sau khi phê duyệt chỉ thay đổi bằng điều chỉnh."},
                      PlanName(plan.id));
}

absl::StatusOr<AnnualPlan> NewPlan(std::string id, const PlanGround& ground, int year,
                                   std::string title, absl::Time now) {
  AnnualPlan plan;
  plan.days = {std::max(absl::CivilDay(year, 1, 1), ground.term.first),
               std::min(absl::CivilDay(year, 12, 31), ground.term.last)};
  if (plan.days.empty()) {
    return InvalidField("plan.year", "YEAR_OUTSIDE_TERM",
                        {"The year lies outside the agreement's term.",
                         "Năm này nằm ngoài thời hạn của chương trình."});
  }
  if (!ground.in_force) {
    return Precondition("AGREEMENT_NOT_IN_FORCE",
                        {"The agreement is not in force; plans are made under one that is.",
                         "Chương trình chưa hoặc không còn hiệu lực nên không lập kế hoạch được."},
                        absl::StrCat("agreements/", ground.agreement));
  }
  plan.id = std::move(id);
  plan.agreement = ground.agreement;
  plan.unit = ground.unit;
  plan.term_start = ground.term.first;
  plan.year = year;
  plan.title = std::move(title);
  plan.create_time = now;
  plan.update_time = now;
  plan.revision = 1;
  return plan;
}

absl::StatusOr<AnnualPlan> Apply(const AnnualPlan& plan, const PlanCommand& command, absl::Time now,
                                 std::string_view actor) {
  AnnualPlan after = plan;
  RETURN_IF_ERROR(std::visit([&](const auto& c) { return Run(after, c, now, actor); }, command));
  after.update_time = now;
  ++after.revision;
  return after;
}

}  // namespace phoihop::agreements::plans
