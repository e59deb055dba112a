// A programme and the agreements that carry it out, for signed of expected.
#ifndef PHOIHOP_SERVICES_REPORTING_DOMAIN_CASCADE_H_
#define PHOIHOP_SERVICES_REPORTING_DOMAIN_CASCADE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/access/unit_tree.h"
#include "services/reporting/domain/rows.h"

namespace phoihop::reporting {

// Whether the agreement is in force on the day: signed by all, from the day of the last
// signature to the end of its term.
bool InForceOn(const AgreementRow& agreement, absl::CivilDay day);

// The units whose agreements may be the programme of a report: the unit itself and all above
// it in the tree of the day, the unit first. Empty when it did not exist.
std::vector<int64_t> UnitAndAbove(const access::UnitTree& tree, int64_t unit, absl::CivilDay day);

// An agreement at the report's unit or above it, which may be the programme.
struct Candidate {
  AgreementRow agreement;
  // Agreements that descend from it have come into force.
  bool has_cascade = false;
};

// The programme of a report: of those in force on the day the one of the oldest term (then of
// the least id) that has a cascade; while none has one, the oldest without a parent. Null
// when there is none. The agreements service chooses in the same way.
const Candidate* ChooseProgramme(absl::Span<const Candidate> candidates, absl::CivilDay day);

// What is known of the cascade of a report's programme as of a day.
struct Cascade {
  AgreementRow programme;
  absl::CivilDay as_of;
  // Units with an agreement in force on the day that descends from the programme.
  absl::flat_hash_set<int64_t> signed_units;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_DOMAIN_CASCADE_H_
