#include "services/agreements/deadlines/runner_notices.h"

#include "absl/strings/str_cat.h"
#include "common/time/civil.h"

namespace phoihop::agreements {
namespace {

// The unit above, by the tree of today or, for a unit that has ended, of its last day.
int64_t ParentOf(int64_t unit, absl::CivilDay today, const access::UnitTree& tree) {
  const access::Unit* found = tree.Find(unit);
  if (found == nullptr || found->versions.empty()) return 0;
  const access::UnitVersion* version = found->On(today);
  return version != nullptr ? version->parent : found->versions.back().parent;
}

// Whose leaders hear of the unit: the nearest unit above that still exists, since a district that
// has ended with its communes has nobody who looks. Where all have ended up to the country, which
// cannot look after a commune, the last superior.
int64_t SuperiorOf(int64_t unit, absl::CivilDay today, const access::UnitTree& tree) {
  const int64_t last = ParentOf(unit, today, tree);
  int64_t above = last;
  while (above != 0 && !tree.ExistsOn(above, today)) above = ParentOf(above, today, tree);
  return above == 0 || above == access::kCountryUnit ? last : above;
}

// "Ban Tuyên giáo (Phường Cái Khế)", as far as it is known; `nobody` otherwise.
std::string WhoBelow(const std::string& body, int64_t unit, absl::CivilDay today,
                     const access::UnitTree& tree, const char* nobody) {
  const access::Unit* found = tree.Find(unit);
  if (found == nullptr || found->versions.empty()) return body.empty() ? nobody : body;
  const access::UnitVersion* version = found->On(today);
  const std::string& name = (version != nullptr ? *version : found->versions.back()).name;
  return body.empty() ? name : absl::StrCat(body, " (", name, ")");
}

Notice About(const StoredObligation& stored) {
  Notice notice;
  notice.body = stored.obligation.body;
  notice.unit = stored.obligation.unit;
  notice.resource = stored.obligation.resource;
  return notice;
}

}  // namespace

Notice MovedNotice(const StoredObligation& before, const StoredObligation& after) {
  const DueDay& old_due = before.obligation.due;
  const DueDay& due = after.obligation.due;
  const bool other_rule = before.obligation.calendar_revision == kOtherRule;
  Notice notice = About(after);
  notice.key = absl::StrCat("moved:", after.id, ":", after.obligation.calendar_revision, ":",
                            FormatDay(due.day));
  notice.kind = "DUE_DAY_MOVED";
  notice.text_vi = absl::StrCat(
      "Hạn của “", after.obligation.title, "” chuyển từ ", FormatDayVi(old_due.day), " sang ",
      FormatDayVi(due.day),
      other_rule ? " do tính lại thời gian tạm dừng. " : " do lịch làm việc thay đổi. ",
      due.calculation_vi);
  notice.text_en = absl::StrCat("The due date of \"", after.obligation.title, "\" moved from ",
                                FormatDay(old_due.day), " to ", FormatDay(due.day),
                                other_rule ? ", since its pauses were counted anew. "
                                           : ", since the working-day calendar changed. ",
                                due.calculation_en);
  return notice;
}

std::optional<Notice> StepNotice(const StoredObligation& stored, const EscalationStep& step,
                                 const std::string& body_name, absl::CivilDay today,
                                 const WorkCalendar& calendar, const access::UnitTree& tree) {
  const Obligation& o = stored.obligation;
  const std::string day_vi = FormatDayVi(o.due.day);
  const std::string day_en = FormatDay(o.due.day);
  const int late = o.due.day < today ? calendar.CountBetween(o.due.day + 1, today) : 0;
  Notice notice = About(stored);
  notice.key = absl::StrCat("step:", stored.id, ":", step.number, ":", day_en);
  switch (step.target) {
    case EscalationStep::Target::kBody:
      if (today <= o.due.day) {
        notice.kind = "DUE_SOON";
        notice.text_vi = absl::StrCat("Sắp đến hạn ", day_vi, ": ", o.title);
        notice.text_en = absl::StrCat("Due on ", day_en, ": ", o.title);
      } else {
        notice.kind = "OVERDUE";
        notice.text_vi = absl::StrCat("Đã quá hạn ", day_vi, ": ", o.title);
        notice.text_en = absl::StrCat("Overdue since ", day_en, ": ", o.title);
      }
      return notice;
    case EscalationStep::Target::kUnitLeaders:
      notice.body.clear();
      notice.kind = "OVERDUE_AT_UNIT";
      notice.text_vi =
          absl::StrCat(body_name.empty() ? "Một cơ quan của đơn vị" : body_name, " quá hạn ", late,
                       " ngày làm việc (hạn ", day_vi, "): ", o.title);
      notice.text_en = absl::StrCat(body_name.empty() ? "A body of the unit" : body_name, " is ",
                                    late, " working days late (due on ", day_en, "): ", o.title);
      return notice;
    case EscalationStep::Target::kSuperiorLeaders:
      notice.body.clear();
      notice.unit = SuperiorOf(o.unit, today, tree);
      if (notice.unit == 0) return std::nullopt;
      notice.kind = "OVERDUE_BELOW";
      notice.text_vi =
          absl::StrCat(WhoBelow(body_name, o.unit, today, tree, "Một đơn vị trực thuộc"),
                       " quá hạn ", late, " ngày làm việc (hạn ", day_vi, "): ", o.title);
      notice.text_en =
          absl::StrCat(WhoBelow(body_name, o.unit, today, tree, "A unit below"), " is ", late,
                       " working days late (due on ", day_en, "): ", o.title);
      return notice;
  }
  return std::nullopt;
}

}  // namespace phoihop::agreements
