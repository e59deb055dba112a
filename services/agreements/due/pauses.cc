#include "services/agreements/due/pauses.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::agreements {
namespace {

absl::Status RequireOpen(const StoredObligation& stored) {
  if (stored.obligation.state == ObligationState::kOpen) return absl::OkStatus();
  return Precondition("OBLIGATION_NOT_OPEN",
                      {"It was met or withdrawn already, so its deadline does not run.",
                       "Việc đã hoàn thành hoặc đã rút nên thời hạn không còn tính."},
                      ObligationName(stored.id));
}

void ComputeAnew(const StoredObligation& before, const WorkCalendar& calendar,
                 StoredObligation& after) {
  after.obligation.due = Recompute(after.obligation, calendar);
  after.obligation.calendar_revision = calendar.revision();
  if (after.obligation.due.day != before.obligation.due.day) {
    after.previous_due = before.obligation.due.day;
  }
}

}  // namespace

absl::StatusOr<StoredObligation> Paused(const StoredObligation& before, DayInterval days,
                                        const std::string& reason, absl::CivilDay today,
                                        const WorkCalendar& calendar) {
  RETURN_IF_ERROR(RequireOpen(before));
  const Obligation& o = before.obligation;
  if (o.due.day < today) {
    return Precondition("OBLIGATION_OVERDUE",
                        {"It is overdue; a pause cannot make it punctual again.",
                         "Việc đã quá hạn; tạm dừng không thể làm cho đúng hạn trở lại."},
                        ObligationName(before.id));
  }
  if (days.first < today) {
    return InvalidField(
        "pause.start_date", "PAUSE_IN_PAST",
        {"A pause begins today or later.", "Thời gian tạm dừng phải bắt đầu từ hôm nay trở đi."});
  }
  if (days.first > o.due.day) {
    return InvalidField("pause.start_date", "PAUSE_AFTER_DUE_DATE",
                        {"A pause begins on the due date at the latest.",
                         "Thời gian tạm dừng phải bắt đầu chậm nhất vào ngày đến hạn."});
  }
  if (days.last - days.first >= kMaxPauseDays) {
    return InvalidField(
        "pause.end_date", "PAUSE_TOO_LONG",
        {"A pause lasts at most 366 days.", "Thời gian tạm dừng không được quá 366 ngày."});
  }
  for (const DayInterval& other : o.pauses) {
    if (days.first <= other.last && other.first <= days.last) {
      return InvalidField("pause.start_date", "PAUSES_OVERLAP",
                          {"The pause overlaps another one; end that one first.",
                           "Thời gian tạm dừng trùng với lần tạm dừng khác; hãy kết thúc lần đó "
                           "trước."});
    }
  }
  StoredObligation after = before;
  KeepFixedDay(after.obligation);
  after.pause_reasons.resize(o.pauses.size());
  const auto place = std::upper_bound(
      o.pauses.begin(), o.pauses.end(), days,
      [](const DayInterval& a, const DayInterval& b) { return a.first < b.first; });
  const auto index = place - o.pauses.begin();
  after.obligation.pauses.insert(after.obligation.pauses.begin() + index, days);
  after.pause_reasons.insert(after.pause_reasons.begin() + index, reason);
  ComputeAnew(before, calendar, after);
  return after;
}

absl::StatusOr<StoredObligation> Resumed(const StoredObligation& before, const std::string& reason,
                                         absl::CivilDay today, const WorkCalendar& calendar) {
  RETURN_IF_ERROR(RequireOpen(before));
  const std::vector<DayInterval>& pauses = before.obligation.pauses;
  size_t at = 0;
  while (at < pauses.size() && pauses[at].last < today) ++at;
  if (at == pauses.size()) {
    return Precondition("OBLIGATION_NOT_PAUSED",
                        {"No pause runs now or is to come.",
                         "Hiện không có thời gian tạm dừng nào đang chạy hoặc sắp tới."},
                        ObligationName(before.id));
  }
  StoredObligation after = before;
  after.pause_reasons.resize(pauses.size());
  if (pauses[at].first >= today) {
    // It never began; the record and the notice tell of it.
    after.obligation.pauses.erase(after.obligation.pauses.begin() + static_cast<int>(at));
    after.pause_reasons.erase(after.pause_reasons.begin() + static_cast<int>(at));
  } else {
    after.obligation.pauses[at].last = today - 1;
    absl::StrAppend(&after.pause_reasons[at], "; ", reason);
  }
  ComputeAnew(before, calendar, after);
  return after;
}

}  // namespace phoihop::agreements
