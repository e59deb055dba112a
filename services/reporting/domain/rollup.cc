#include "services/reporting/domain/rollup.h"

#include <algorithm>
#include <string>

namespace phoihop::reporting {
namespace {

// The level at which the segment's unit is expected to carry out the programme; empty when it
// is not: it lies elsewhere, or did not exist on the day.
std::string ExpectedLevel(const Cascade& cascade, const access::UnitTree& tree,
                          const Segment& segment) {
  if (!segment.days.Contains(cascade.as_of) || segment.unit == cascade.programme.unit ||
      !tree.IsWithin(segment.unit, cascade.programme.unit, cascade.as_of)) {
    return "";
  }
  return tree.Find(segment.unit)->On(cascade.as_of)->level;
}

}  // namespace

Rollup RollUp(const Layout& layout, absl::Span<const SegmentCounts> counts,
              const std::optional<Cascade>& cascade, const access::UnitTree& tree) {
  std::vector<std::string> expected(layout.segments.size());
  std::vector<std::string> signed_levels;
  if (cascade.has_value()) {
    for (size_t i = 0; i < expected.size(); ++i) {
      expected[i] = ExpectedLevel(*cascade, tree, layout.segments[i]);
    }
    for (const std::string& level : tree.Levels()) {
      if (std::find(expected.begin(), expected.end(), level) != expected.end()) {
        signed_levels.push_back(level);
      }
    }
  }
  Figures zero;
  zero.signed_by_level.resize(signed_levels.size());
  Rollup rollup{.signed_levels = signed_levels,
                .total = zero,
                .own = zero,
                .children = std::vector<Figures>(layout.children.size(), zero),
                .levels = std::vector<Figures>(layout.levels.size(), zero)};
  for (size_t i = 0; i < layout.segments.size(); ++i) {
    const Segment& segment = layout.segments[i];
    Figures figures = zero;
    figures.complaints = counts[i].complaints;
    figures.recommendations = counts[i].recommendations;
    figures.opinion_entries = counts[i].opinion_entries;
    if (!expected[i].empty()) {
      const auto level = std::find(signed_levels.begin(), signed_levels.end(), expected[i]);
      Figures::Part& part = figures.signed_by_level[level - signed_levels.begin()];
      part.denominator = 1;
      part.numerator = cascade->signed_units.contains(segment.unit) ? 1 : 0;
    }
    rollup.total += figures;
    (segment.child < 0 ? rollup.own : rollup.children[segment.child]) += figures;
    for (const int level : segment.levels) rollup.levels[level] += figures;
  }
  return rollup;
}

std::vector<SegmentCounts> CountPlainly(absl::Span<const PetitionRow> petitions,
                                        absl::Span<const OpinionRow> opinions,
                                        absl::Span<const Segment> segments, absl::CivilDay end) {
  std::vector<SegmentCounts> counts(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) {
    const Segment& segment = segments[i];
    for (const PetitionRow& row : petitions) {
      if (row.deleted || row.unit != segment.unit || !segment.days.Contains(row.received)) continue;
      Figures::Part& part = row.kind <= 2 ? counts[i].complaints : counts[i].recommendations;
      ++part.denominator;
      if (row.resolved.has_value() && *row.resolved <= end) ++part.numerator;
    }
    for (const OpinionRow& row : opinions) {
      if (!row.deleted && row.unit == segment.unit && segment.days.Contains(row.heard)) {
        ++counts[i].opinion_entries;
      }
    }
  }
  return counts;
}

}  // namespace phoihop::reporting
