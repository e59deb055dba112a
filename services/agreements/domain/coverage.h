// How far a programme is followed by the units below it. Pure functions of the tree of
// units and of what was signed.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COVERAGE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COVERAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/access/unit_tree.h"

namespace phoihop::agreements {

// An agreement that descends from a programme, as far as coverage needs it.
struct CascadeMember {
  // Id of the unit at which it was signed.
  int64_t unit = 0;
  absl::CivilDay in_force_from;
  // Exclusive.
  absl::CivilDay in_force_until;

  friend bool operator==(const CascadeMember&, const CascadeMember&) = default;
};

// A programme that may be the one whose coverage is asked.
struct ProgrammeCandidate {
  std::string id;
  std::string title;
  int64_t unit = 0;
  absl::CivilDay term_start;
  // Names a parent itself.
  bool has_parent = false;
  // Agreements that descend from it have come into force.
  bool has_cascade = false;

  friend bool operator==(const ProgrammeCandidate&, const ProgrammeCandidate&) = default;
};

// The programme to report on when none was named: the one of the oldest term that has a
// cascade; while none has one, the oldest without a parent. Of terms that begin on one day
// the highest unit's comes first, since the others carry it out, then that of the least id.
// Null when there is none. `candidates` are in force on the day at one of `units`: the unit
// asked, then those above it from the nearest up.
const ProgrammeCandidate* ChooseProgramme(absl::Span<const ProgrammeCandidate> candidates,
                                          absl::Span<const int64_t> units);

// A unit that ought to have an agreement, as it was on the day asked.
struct ExpectedUnit {
  int64_t id = 0;
  std::string code;
  std::string name;
  std::string level;

  friend bool operator==(const ExpectedUnit&, const ExpectedUnit&) = default;
};

// The units that existed on `day` within the subtree of `asked`, itself included, and below
// `programme_unit`, that excluded. Empty when either did not exist then. Ordered by level
// from the top down, then by code.
std::vector<ExpectedUnit> ExpectedUnits(const access::UnitTree& tree, int64_t asked,
                                        int64_t programme_unit, absl::CivilDay day);

// The coverage of one level.
struct LevelCoverage {
  std::string level;
  int expected_count = 0;
  // Never more than expected: only expected units are counted, and each once.
  int signed_count = 0;
  // The first of the units without an agreement in force, in order of code.
  std::vector<ExpectedUnit> missing;
  // The earliest and latest day on which one of the signed units came under an agreement
  // that is in force; nothing when none has signed.
  std::optional<absl::CivilDay> first_in_force;
  std::optional<absl::CivilDay> last_in_force;
};

// Counts `members` in force on `day` against `expected`, which is ordered as ExpectedUnits
// gives it. Members of units that are not expected do not count. At most `missing_limit`
// missing units are listed for a level; levels without an expected unit are left out.
std::vector<LevelCoverage> CountCoverage(absl::Span<const ExpectedUnit> expected,
                                         absl::Span<const CascadeMember> members,
                                         absl::CivilDay day, int missing_limit);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COVERAGE_H_
