// What the methods on coverage have in common: a cascade as of a day, read once.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_CASCADE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_CASCADE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/access/snapshot.h"
#include "common/fields/fields.h"
#include "common/rpc/context.h"
#include "services/agreements/domain/coverage.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements {

// Which cascade is asked for.
struct CascadeAsked {
  int64_t unit = 0;
  absl::CivilDay day;
  // Id; empty: the one that ChooseProgramme names.
  std::string programme;
};

// Reads the fields `unit`, `on_date` and `programme` of a request; without a date the day is
// `today`.
template <class Request>
CascadeAsked ReadCascadeAsked(const Request& request, absl::CivilDay today, Checker& check) {
  CascadeAsked asked;
  asked.unit = check.Unit("unit", request.unit());
  asked.day = check.OptionalDay("on_date", request.on_date()).value_or(today);
  if (!request.programme().empty()) {
    asked.programme = check.Name("programme", "agreements/*", request.programme());
  }
  return asked;
}

// A cascade as of a day, within the unit asked.
struct Cascade {
  CascadeAsked asked;
  // Holds the tree that `expected_units` points into.
  access::Snapshot snapshot;
  CoverageRecords records;
  // See ReadTargets.
  std::vector<TargetVersion> targets;
  // For kList in order, for kCount by id; never null. Shared: it follows from the tree.
  std::shared_ptr<const std::vector<ExpectedUnit>> expected_units;

  const std::vector<ExpectedUnit>& expected() const { return *expected_units; }
  const access::UnitTree& tree() const { return *snapshot.tree; }
  // Unit of the programme or, when none is in force, the one asked.
  int64_t programme_unit() const;
  // How the units stand; the cascade must outlive it.
  Standings standings() const;
};

// The versions of the programme's target that hold by the day, in order; none where it was never
// amended. Puts the target of that day in place of the present one: who was expected on a past day
// does not change with a later amendment, nor before one takes effect.
absl::StatusOr<std::vector<TargetVersion>> ReadTargets(AgreementStore& store, absl::CivilDay day,
                                                       absl::Time deadline,
                                                       ProgrammeCandidate& programme);

// What a cascade is read for.
enum class CascadePurpose {
  // Figures: units in no order, members without their agreements.
  kCount,
  // Rows: units in order, members with their agreements.
  kList,
};

// Reads it when the caller may read at the unit on the day, and the programme where one is
// named; NOT_FOUND otherwise. INVALID_ARGUMENT with PROGRAMME_IS_AMENDMENT when that is one. `ctx`
// gets the position.
absl::StatusOr<Cascade> ReadCascade(AgreementStore& store, const access::SnapshotSource& snapshots,
                                    const rpc::RequestContext& ctx, const CascadeAsked& asked,
                                    CascadePurpose purpose);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_CASCADE_H_
