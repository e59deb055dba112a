// A cascade of one day seen on the units of a later day, with the difference explained by
// succession. Pure. Nothing is apportioned: every unit of both days stands in one row.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_AS_IT_IS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_AS_IT_IS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/access/unit_tree.h"
#include "services/agreements/coverage/lineage.h"
#include "services/agreements/domain/coverage.h"

namespace phoihop::agreements {

// How a unit stands to a programme. The numbers are those of the contract.
enum class CoverageState {
  kSigned = 1,
  kMissing = 2,
  // Descends from units that had signed and from others.
  kPartlySigned = 3,
  // Descends from units that are not expected.
  kNotExpected = 4,
  // No source says from which units it descends, or only a kept code does.
  kNotExplained = 5,
};

// A unit of the earlier day from which one of the later day descends.
struct Predecessor {
  int64_t unit = 0;
  CoverageState state = CoverageState::kNotExpected;
  Descent descent = Descent::kContinued;
};

// A unit of the later day.
struct ViewUnit {
  ExpectedUnit unit;
  CoverageState state = CoverageState::kNotExplained;
  // By id.
  std::vector<Predecessor> predecessors;
};

// What became of the expected units of one level that had signed, or of the others. The last six
// add up to `units`.
struct Fate {
  std::string level;
  bool is_signed = false;
  int units = 0;
  int continued = 0;
  int merged = 0;
  int split = 0;
  int not_explained = 0;
  int elsewhere = 0;
  int ended = 0;
};

// The units of one level of the later day. The last five add up to `units`.
struct ViewLevel {
  std::string level;
  int units = 0;
  int signed_units = 0;
  int partly_signed = 0;
  int missing = 0;
  int not_expected = 0;
  int not_explained = 0;
};

// The whole view.
struct AsItIs {
  // The units of the later day whose subtrees it holds, by id.
  std::vector<int64_t> roots;
  // In order.
  std::vector<ViewUnit> units;
  std::vector<ViewLevel> levels;
  // By level from the top down, signed before missing.
  std::vector<Fate> fates;
};

// Sees the cascade of `day` within `asked` on the units of `view_day`. The roots are `asked`
// where it exists on that day, else what it became, else what the expected units became. A
// unit that the programme's own unit became is no unit of the view. `expected` is in order.
AsItIs SeeAsItIs(const access::UnitTree& tree, const Lineage& lineage, int64_t asked,
                 int64_t programme_unit, absl::CivilDay day, absl::CivilDay view_day,
                 absl::Span<const ExpectedUnit> expected, const Standings& standings);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_AS_IT_IS_H_
