#include "services/agreements/rpc/cascade.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/names/names.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements {
namespace {

// Up to this many units of the subtree asked, their members are picked by unit; for more,
// reading the whole cascade is as quick.
constexpr size_t kMaxPickedUnits = 256;

absl::Time Patience(const rpc::RequestContext& ctx) {
  return std::min(ctx.deadline(), absl::Now() + absl::Seconds(30));
}

// The unit and all units above it on that day.
std::vector<int64_t> UnitAndAbove(const access::UnitTree& tree, int64_t unit, absl::CivilDay day) {
  std::vector<int64_t> units;
  for (std::optional<int64_t> at = unit; at.has_value(); at = tree.ParentOn(*at, day)) {
    units.push_back(*at);
  }
  return units;
}

// OK when the caller may read the programme and its unit is the one asked or lies above it.
absl::Status RequireProgramme(AgreementStore& store, const access::Snapshot& snapshot,
                              const rpc::RequestContext& ctx, const CascadeAsked& asked) {
  ASSIGN_OR_RETURN(const std::optional<Agreement> programme,
                   store.Find(asked.programme, Patience(ctx)));
  if (!programme.has_value() || !MayRead(snapshot, ctx.caller(), *programme) ||
      !snapshot.tree->IsWithin(asked.unit, programme->unit, asked.day)) {
    return AgreementNotFound(asked.programme);
  }
  return absl::OkStatus();
}

}  // namespace

int64_t Cascade::programme_unit() const {
  return records.programme.has_value() ? records.programme->unit : asked.unit;
}

Standings Cascade::standings() const {
  std::optional<absl::CivilDay> from;
  if (records.programme.has_value()) from = records.programme->in_force_from;
  if (from.has_value() && *from > asked.day) from.reset();
  return Standings(records.members, asked.day, from);
}

absl::StatusOr<Cascade> ReadCascade(AgreementStore& store, const access::SnapshotSource& snapshots,
                                    const rpc::RequestContext& ctx, const CascadeAsked& asked,
                                    CascadePurpose purpose) {
  Cascade cascade{asked, {}, {}, {}};
  ASSIGN_OR_RETURN(cascade.snapshot, snapshots.Get());
  const access::UnitTree& tree = cascade.tree();
  RETURN_IF_ERROR(access::RequireUnit(cascade.snapshot, ctx.caller(), kReadPermission, asked.unit,
                                      asked.day, kUnitType, UnitName(asked.unit)));
  if (!asked.programme.empty()) {
    RETURN_IF_ERROR(RequireProgramme(store, cascade.snapshot, ctx, asked));
  }
  CoverageQuery query;
  query.day = asked.day;
  query.programme = asked.programme;
  query.with_agreements = purpose == CascadePurpose::kList;
  query.programme_units = UnitAndAbove(tree, asked.unit, asked.day);
  const std::vector<int64_t> subtree = tree.Subtree(asked.unit, asked.day);
  if (subtree.size() <= kMaxPickedUnits) query.member_units = subtree;
  ASSIGN_OR_RETURN(cascade.records, store.ReadCoverage(query, Patience(ctx)));
  ctx.set_position(cascade.records.position);
  const CascadeTarget everything;
  cascade.expected = ExpectedUnits(
      tree, asked.unit, subtree, cascade.programme_unit(), asked.day,
      cascade.records.programme.has_value() ? cascade.records.programme->target : everything);
  if (purpose == CascadePurpose::kList) SortInOrder(cascade.expected);
  return cascade;
}

}  // namespace phoihop::agreements
