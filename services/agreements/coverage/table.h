// The units of a cascade as rows: what is listed and exported. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_TABLE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_TABLE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/access/unit_tree.h"
#include "services/agreements/coverage/as_it_is.h"
#include "services/agreements/domain/coverage.h"

namespace phoihop::agreements {

// One unit.
struct CoverageRow {
  ExpectedUnit unit;
  CoverageState state = CoverageState::kMissing;
  // Of a unit of the cascade's own day.
  std::optional<absl::CivilDay> since;
  // Days on which its first and its last agreement came into force, and by which it is to have
  // signed; of a unit of the cascade's own day.
  std::optional<absl::CivilDay> first_in_force;
  std::optional<absl::CivilDay> last_in_force;
  std::optional<absl::CivilDay> due;
  // Missing, and that day has passed.
  bool overdue = false;
  // Id of the agreement that covers it, and its document number; empty for none.
  std::string agreement;
  std::string agreement_number;
  // Of a unit of a later day.
  std::vector<Predecessor> predecessors;
};

// Which rows are wanted; empty and nothing for all.
struct RowFilter {
  std::string level;
  std::optional<CoverageState> state;

  bool Takes(const ExpectedUnit& unit, CoverageState unit_state) const {
    return (level.empty() || unit.version->level == level) &&
           (!state.has_value() || *state == unit_state);
  }
};

// The rows of the expected units, in their order; `standings` has their agreements.
std::vector<CoverageRow> Rows(const access::UnitTree& tree, absl::Span<const ExpectedUnit> expected,
                              const Standings& standings, const RowFilter& filter);
// Says by when the units of the cascade's own `day` are to have signed.
void SetDue(absl::CivilDay due, absl::CivilDay day, std::vector<CoverageRow>& rows);
// The rows of a view, in its order.
std::vector<CoverageRow> Rows(const AsItIs& view, const RowFilter& filter);

// The table as CSV. `day` is that of the cascade, whose tree names the predecessors; `view` says
// that the rows are of a later day. Nothing when it grows beyond `limit` bytes.
std::optional<std::string> ToCsv(const access::UnitTree& tree, absl::Span<const CoverageRow> rows,
                                 absl::CivilDay day, bool view, bool byte_order_mark, size_t limit);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_TABLE_H_
