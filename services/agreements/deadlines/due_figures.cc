#include "services/agreements/deadlines/due_figures.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "common/time/civil.h"

namespace phoihop::agreements {
namespace {

using ledger::SharedStatement;

constexpr SharedStatement kDays{
    "INSERT INTO due_days (body_id, day, unit_id, open_count)", 4,
    " ON DUPLICATE KEY UPDATE open_count = open_count + VALUES(open_count)"};

// A row that is not there has nothing open, so a new one may begin at today: what lies before
// counts as overdue at once. In a row that is there `rolled_to` decides, whoever moved it.
constexpr SharedStatement kTotals{
    "INSERT INTO due_totals (body_id, unit_id, open_count, overdue_count, rolled_to, last_day)", 6,
    " ON DUPLICATE KEY UPDATE"
    " overdue_count = overdue_count + IF(VALUES(last_day) < rolled_to, VALUES(open_count), 0),"
    " open_count = open_count + VALUES(open_count), last_day = VALUES(last_day)"};

constexpr SharedStatement kDone{
    "INSERT INTO due_done (body_id, year, unit_id, on_time_count, late_count)", 5,
    " ON DUPLICATE KEY UPDATE on_time_count = on_time_count + VALUES(on_time_count),"
    " late_count = late_count + VALUES(late_count)"};

// Shared statements run in order of their text: this one locks the head before the next
// one takes positions, and both come after the figures above.
constexpr SharedStatement kChangeHead{
    "INSERT INTO obligation_change_head (id, changes)", 2,
    " ON DUPLICATE KEY UPDATE changes = changes + VALUES(changes)"};
constexpr SharedStatement kChanges{
    "INSERT INTO obligation_changes (obligation_id, notice_id, change_time)", 3};
static_assert(kDays.head < kChangeHead.head && kDone.head < kChangeHead.head &&
              kTotals.head < kChangeHead.head && kChangeHead.head < kChanges.head);

// Orders rows as their primary keys do.
std::string OrderOf(const std::string& body, int64_t unit, const std::string& between) {
  return absl::StrFormat("%s %s %019d", body, between, unit);
}

}  // namespace

void DueFigures::Count(const StoredObligation& stored, int64_t by) {
  const Obligation& o = stored.obligation;
  for (const std::string& body : {std::string(), o.body}) {
    if (o.state == ObligationState::kOpen) {
      open_[{body, o.unit, o.due.day}] += by;
    } else if (o.state == ObligationState::kDone) {
      auto& [on_time, late] = done_[{body, o.unit, o.done_day->year()}];
      (o.late() ? late : on_time) += by;
    }
  }
}

void DueFigures::Change(const StoredObligation* before, const StoredObligation* after) {
  if (before != nullptr) Count(*before, -1);
  if (after != nullptr) Count(*after, 1);
  changed_.insert(after != nullptr ? after->id : before->id);
}

void DueFigures::Gather(ledger::Transaction& tx) const {
  const absl::CivilDay today = VietnamDay(tx.now());
  // For the totals all days that no clock takes for past are one.
  const absl::CivilDay future = today + 2;
  std::map<std::tuple<std::string, int64_t, absl::CivilDay>, int64_t> totals;
  for (const auto& [key, count] : open_) {
    const auto& [body, unit, day] = key;
    if (count == 0) continue;
    tx.Gather(kDays, OrderOf(body, unit, FormatDay(day)), {body, day, unit, count});
    totals[{body, unit, std::min(day, future)}] += count;
  }
  for (const auto& [key, count] : totals) {
    const auto& [body, unit, day] = key;
    if (count == 0) continue;
    tx.Gather(kTotals, OrderOf(body, unit, ""),
              {body, unit, count, day < today ? count : int64_t{0}, today, day});
  }
  for (const auto& [key, counts] : done_) {
    const auto& [body, unit, year] = key;
    if (counts.first == 0 && counts.second == 0) continue;
    tx.Gather(kDone, OrderOf(body, unit, absl::StrFormat("%04d", year)),
              {body, year, unit, counts.first, counts.second});
  }
  GatherChanges(tx, changed_);
}

void GatherChanges(ledger::Transaction& tx, const std::set<std::string>& obligations) {
  if (obligations.empty()) return;
  tx.Gather(kChangeHead, "", {int64_t{1}, static_cast<int64_t>(obligations.size())});
  for (const std::string& id : obligations) {
    tx.Gather(kChanges, id, {id, std::string(), tx.now()});
  }
}

void GatherNoticeChange(ledger::Transaction& tx, const std::string& notice) {
  tx.Gather(kChangeHead, "", {int64_t{1}, int64_t{1}});
  tx.Gather(kChanges, notice, {std::string(), notice, tx.now()});
}

}  // namespace phoihop::agreements
