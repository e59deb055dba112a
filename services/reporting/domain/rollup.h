// From counts of units to the rows of a report. Pure arithmetic: sums only, so totals are
// conserved.
#ifndef PHOIHOP_SERVICES_REPORTING_DOMAIN_ROLLUP_H_
#define PHOIHOP_SERVICES_REPORTING_DOMAIN_ROLLUP_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "services/reporting/domain/cascade.h"
#include "services/reporting/domain/indicators.h"
#include "services/reporting/domain/layout.h"
#include "services/reporting/domain/rows.h"

namespace phoihop::reporting {

// What was recorded in one segment of a layout.
struct SegmentCounts {
  Figures::Part complaints;
  Figures::Part recommendations;
  int64_t opinion_entries = 0;

  friend bool operator==(const SegmentCounts&, const SegmentCounts&) = default;
};

// The rows of a report, in the layout's order.
struct Rollup {
  // The levels of `Figures::signed_by_level`, from the highest down: those with a unit that
  // is expected to sign. Empty when no programme is in force.
  std::vector<std::string> signed_levels;
  Figures total;
  // What is recorded at the report's own unit. It and the children add up to the total.
  Figures own;
  std::vector<Figures> children;
  std::vector<Figures> levels;
};

// Adds up. `counts` has one entry for each segment; `cascade` is nothing when no programme
// is in force. A unit is expected to sign when it exists on the cascade's day below the
// programme's unit; it counts in the rows of that day.
Rollup RollUp(const Layout& layout, absl::Span<const SegmentCounts> counts,
              const std::optional<Cascade>& cascade, const access::UnitTree& tree);

// The rule of counting said as plainly as it can be, over rows in memory: what the store
// does by counters and indexes is tested against this. Resolved means resolved by `end`.
std::vector<SegmentCounts> CountPlainly(absl::Span<const PetitionRow> petitions,
                                        absl::Span<const OpinionRow> opinions,
                                        absl::Span<const Segment> segments, absl::CivilDay end);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_DOMAIN_ROLLUP_H_
