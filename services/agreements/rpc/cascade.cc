#include "services/agreements/rpc/cascade.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "phoihop/agreements/v1/resources.pb.h"
#include "services/agreements/rpc/scope.h"
#include "services/agreements/rpc/tree_memory.h"

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
  if (programme->amendment.has_value()) {
    return InvalidField(
        "programme", "PROGRAMME_IS_AMENDMENT",
        {absl::StrCat("An amendment is followed by nobody; ask for what it amends: ",
                      AgreementName(programme->amendment->amends), "."),
         absl::StrCat("Văn bản sửa đổi không phải là chương trình để triển khai; hãy chọn chương "
                      "trình được sửa đổi: ",
                      AgreementName(programme->amendment->amends), ".")});
  }
  return absl::OkStatus();
}

// What decides which units are expected, beside the tree.
struct ExpectedKey {
  int64_t asked = 0;
  int64_t programme_unit = 0;
  absl::CivilDay day;
  CascadePurpose purpose = CascadePurpose::kCount;
  std::vector<std::string> levels;
  int64_t subtree = 0;
  std::vector<int64_t> units;

  friend bool operator==(const ExpectedKey&, const ExpectedKey&) = default;
};

// A country and its provinces on the days that are asked most. One takes some 200 kB at most.
constexpr size_t kRemembered = 64;

TreeMemory<ExpectedKey, std::vector<ExpectedUnit>>& ExpectedMemory() {
  static auto* const memory = new TreeMemory<ExpectedKey, std::vector<ExpectedUnit>>(kRemembered);
  return *memory;
}

// The subtrees of units that are asked.
TreeMemory<std::pair<int64_t, absl::CivilDay>, std::vector<int64_t>>& SubtreeMemory() {
  static auto* const memory =
      new TreeMemory<std::pair<int64_t, absl::CivilDay>, std::vector<int64_t>>(kRemembered);
  return *memory;
}

absl::StatusOr<CascadeTarget> TargetOf(const v1::Agreement& version) {
  const v1::Agreement::CascadeTarget& from = version.cascade_target();
  CascadeTarget target;
  target.levels.assign(from.levels().begin(), from.levels().end());
  if (!from.subtree().empty()) {
    ASSIGN_OR_RETURN(target.subtree, ParseUnitName(from.subtree(), "subtree"));
  }
  for (const std::string& unit : from.units()) {
    ASSIGN_OR_RETURN(target.units.emplace_back(), ParseUnitName(unit, "units"));
  }
  if (!from.due_date().empty()) {
    ASSIGN_OR_RETURN(target.due, ParseDay(from.due_date()));
  }
  return target;
}

}  // namespace

absl::StatusOr<std::vector<TargetVersion>> ReadTargets(AgreementStore& store, absl::CivilDay day,
                                                       absl::Time deadline,
                                                       ProgrammeCandidate& programme) {
  std::vector<TargetVersion> targets;
  // Most programmes were never amended.
  if (!programme.version_date.has_value() ||
      programme.version_date <= programme.in_force_from.value_or(kEndOfDays)) {
    return targets;
  }
  ASSIGN_OR_RETURN(const std::vector<HistoryEntry> versions,
                   store.ReadHistory(programme.id, HistoryEntry::Kind::kVersion, deadline));
  for (const HistoryEntry& entry : versions) {
    v1::Agreement version;
    if (!version.ParseFromString(entry.payload)) {
      return Internal("a stored version cannot be read");
    }
    // The first one also holds for the days before it was in force.
    if (!targets.empty() && version.version_date() > FormatDay(day)) break;
    ASSIGN_OR_RETURN(const absl::CivilDay from, ParseDay(version.version_date()));
    ASSIGN_OR_RETURN(CascadeTarget target, TargetOf(version));
    targets.push_back({from, std::move(target)});
  }
  if (*programme.version_date <= day) {
    targets.push_back({*programme.version_date, programme.target});
  } else if (!targets.empty()) {
    programme.target = targets.back().target;
  }
  return targets;
}

int64_t Cascade::programme_unit() const {
  return records.programme.has_value() ? records.programme->unit : asked.unit;
}

Standings Cascade::standings() const {
  std::optional<absl::CivilDay> from;
  if (records.programme.has_value()) from = records.programme->in_force_from;
  if (from.has_value() && *from > asked.day) from.reset();
  Standings standings(records.members, asked.day, from);
  standings.SetTargets(targets, programme_unit());
  return standings;
}

absl::StatusOr<Cascade> ReadCascade(AgreementStore& store, const access::SnapshotSource& snapshots,
                                    const rpc::RequestContext& ctx, const CascadeAsked& asked,
                                    CascadePurpose purpose) {
  Cascade cascade;
  cascade.asked = asked;
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
  const std::shared_ptr<const std::vector<int64_t>> subtree =
      SubtreeMemory().Get(cascade.snapshot.tree, {asked.unit, asked.day},
                          [&] { return tree.Subtree(asked.unit, asked.day); });
  if (subtree->size() <= kMaxPickedUnits) query.member_units = *subtree;
  ASSIGN_OR_RETURN(cascade.records, store.ReadCoverage(query, Patience(ctx)));
  ctx.set_position(cascade.records.position);
  if (cascade.records.programme.has_value()) {
    ASSIGN_OR_RETURN(cascade.targets,
                     ReadTargets(store, asked.day, Patience(ctx), *cascade.records.programme));
  }
  CascadeTarget target;
  if (cascade.records.programme.has_value()) target = cascade.records.programme->target;
  const int64_t programme_unit = cascade.programme_unit();
  cascade.expected_units = ExpectedMemory().Get(
      cascade.snapshot.tree,
      {asked.unit, programme_unit, asked.day, purpose, target.levels, target.subtree, target.units},
      [&] {
        std::vector<ExpectedUnit> units =
            ExpectedUnits(tree, asked.unit, *subtree, programme_unit, asked.day, target);
        if (purpose == CascadePurpose::kList) {
          SortInOrder(units);
        } else {
          std::sort(units.begin(), units.end(),
                    [](const ExpectedUnit& a, const ExpectedUnit& b) { return a.id < b.id; });
        }
        return units;
      });
  return cascade;
}

}  // namespace phoihop::agreements
