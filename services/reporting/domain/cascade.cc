#include "services/reporting/domain/cascade.h"

#include <string_view>
#include <tuple>

namespace phoihop::reporting {

bool InForceOn(const AgreementRow& agreement, absl::CivilDay day) {
  return !agreement.deleted && agreement.in_force_date.has_value() &&
         *agreement.in_force_date <= day && day <= agreement.term_end;
}

std::vector<int64_t> UnitAndAbove(const access::UnitTree& tree, int64_t unit, absl::CivilDay day) {
  std::vector<int64_t> units;
  if (!tree.ExistsOn(unit, day)) return units;
  std::optional<int64_t> next = unit;
  // The bound keeps a circle in bad data from going round for ever.
  while (next.has_value() && *next != 0 && units.size() < 32) {
    units.push_back(*next);
    next = tree.ParentOn(*next, day);
  }
  return units;
}

const Candidate* ChooseProgramme(absl::Span<const Candidate> candidates, absl::CivilDay day) {
  const Candidate* chosen = nullptr;
  const auto rank = [](const Candidate& candidate) {
    return std::make_tuple(!candidate.has_cascade, candidate.agreement.term_start,
                           std::string_view(candidate.agreement.id));
  };
  for (const Candidate& candidate : candidates) {
    if (!InForceOn(candidate.agreement, day)) continue;
    if (!candidate.has_cascade && !candidate.agreement.parent.empty()) continue;
    if (chosen == nullptr || rank(candidate) < rank(*chosen)) chosen = &candidate;
  }
  return chosen;
}

}  // namespace phoihop::reporting
