#include "services/agreements/dissemination/totals.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"

namespace phoihop::agreements::dissemination {

Figures& Figures::operator+=(const Figures& other) {
  records += other.records;
  sessions += other.sessions;
  attendances += other.attendances;
  copies += other.copies;
  return *this;
}

Figures Figures::operator-() const { return {-records, -sessions, -attendances, -copies}; }

Figures FiguresOf(const Session& session) {
  if (session.delete_time.has_value()) return {};
  const Content& content = session.content;
  return {1, content.session_count, content.attendance_count, content.copy_count};
}

Totals AddUp(const access::UnitTree& tree, absl::Span<const access::Membership> memberships,
             absl::Span<const UnitFigures> rows) {
  absl::flat_hash_map<int64_t, const std::string*> levels;
  for (const access::Membership& membership : memberships) {
    const access::UnitVersion* version = tree.Find(membership.unit)->On(membership.from);
    if (version != nullptr) levels.emplace(membership.unit, &version->level);
  }
  std::map<std::string, LevelTotals> by_level;
  Totals totals;
  for (const UnitFigures& row : rows) {
    const auto level = levels.find(row.unit);
    if (level == levels.end() || row.figures.empty()) continue;
    LevelTotals& sum = by_level[*level->second];
    sum.kinds[row.kind] += row.figures;
    sum.figures += row.figures;
    totals.kinds[row.kind] += row.figures;
    totals.figures += row.figures;
  }
  for (const std::string& level : tree.Levels()) {
    const auto found = by_level.find(level);
    if (found == by_level.end()) continue;
    found->second.level = level;
    totals.levels.push_back(std::move(found->second));
  }
  return totals;
}

Cut CutToMonths(absl::CivilDay from, absl::CivilDay until) {
  absl::CivilMonth first(from);
  if (absl::CivilDay(first) < from) ++first;
  const absl::CivilMonth end(until);
  const absl::CivilDay first_day(first), end_day(end);
  // Within one month, or over no whole one.
  if (end_day <= first_day) return {{first_day, first_day}, {from, until}, {until, until}};
  return {{first_day, end_day}, {from, first_day}, {end_day, until}};
}

}  // namespace phoihop::agreements::dissemination
