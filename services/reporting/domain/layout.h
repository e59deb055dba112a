// Whose records count for a report, on which days, and in which of its rows.
#ifndef PHOIHOP_SERVICES_REPORTING_DOMAIN_LAYOUT_H_
#define PHOIHOP_SERVICES_REPORTING_DOMAIN_LAYOUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/access/unit_tree.h"
#include "common/time/civil.h"

namespace phoihop::reporting {

// What a unit was called on the last day on which a report counts it.
struct UnitLabel {
  int64_t unit = 0;
  std::string code;
  std::string name;
  std::string level;

  friend bool operator==(const UnitLabel&, const UnitLabel&) = default;
};

// Days on which the records of one unit count, all of them in the same rows.
struct Segment {
  int64_t unit = 0;
  DayInterval days;
  // The row directly below: index into Layout::children, -1 for the report's own unit.
  int child = -1;
  // The levels that these records count for, indexes into Layout::levels, ascending.
  std::vector<int> levels;

  friend bool operator==(const Segment&, const Segment&) = default;
};

// Every record counts by the tree of its own day. So a unit that ended, or moved to another
// parent, counts where it was while it was there, and nothing is counted twice or lost:
// the segments without a child and those of all children together are the whole.
struct Layout {
  UnitLabel root;
  // The report's interval, cut to the days on which its unit existed.
  DayInterval days;
  // The units that were directly below on any of these days, in order of code.
  std::vector<UnitLabel> children;
  // The levels below the report's unit that occur, from the highest down.
  std::vector<std::string> levels;
  // Units of each of these levels.
  std::vector<int> unit_counts;
  // In order of unit and day.
  std::vector<Segment> segments;
};

// The last day of `days` on which the unit existed; nothing when it did on none.
std::optional<absl::CivilDay> LastDayOf(const access::UnitTree& tree, int64_t unit,
                                        DayInterval days);

// The layout of a report about `root`; nothing when it existed on none of the days.
std::optional<Layout> MakeLayout(const access::UnitTree& tree, int64_t root, DayInterval days);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_DOMAIN_LAYOUT_H_
