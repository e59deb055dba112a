// GetCoverage: the figures of a day by level.
#include <algorithm>
#include <vector>

#include "common/fields/fields.h"
#include "common/names/names.h"
#include "common/status/macros.h"
#include "common/text/text.h"
#include "common/time/civil.h"
#include "services/agreements/rpc/cascade.h"
#include "services/agreements/rpc/handlers.h"

namespace phoihop::agreements {
namespace {

constexpr int kDefaultMissing = 100;
constexpr int kMaxMissing = 1000;

int MissingLimit(int asked) {
  if (asked < 0) return 0;
  return asked == 0 ? kDefaultMissing : std::min(asked, kMaxMissing);
}

v1::Coverage::LevelCoverage ToProto(const LevelCoverage& level) {
  v1::Coverage::LevelCoverage wire;
  wire.set_level(level.level);
  wire.set_signed_count(level.signed_count);
  wire.set_expected_count(level.expected_count);
  wire.set_rate_text(FormatRateVi(level.signed_count, level.expected_count));
  for (const LevelCoverage::Missing& one : level.missing) {
    v1::Coverage::MissingUnit& missing = *wire.add_missing();
    missing.set_unit(UnitName(one.unit.id));
    missing.set_code(one.unit.version->code);
    missing.set_display_name(one.unit.version->name);
    if (one.since.has_value()) missing.set_since_date(FormatDay(*one.since));
  }
  if (level.first_in_force.has_value()) {
    wire.set_first_in_force_date(FormatDay(*level.first_in_force));
  }
  if (level.last_in_force.has_value()) {
    wire.set_last_in_force_date(FormatDay(*level.last_in_force));
  }
  return wire;
}

}  // namespace

absl::StatusOr<v1::Coverage> GetCoverage(const Parts& parts, const rpc::RequestContext& ctx,
                                         const v1::GetCoverageRequest& request) {
  Checker check;
  const CascadeAsked asked = ReadCascadeAsked(request, VietnamDay(ctx.now()), check);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const Cascade cascade,
                   ReadCascade(*parts.store, *parts.snapshots, ctx, asked, CascadePurpose::kCount));

  v1::Coverage coverage;
  coverage.set_unit(UnitName(asked.unit));
  coverage.set_on_date(FormatDay(asked.day));
  coverage.set_position(cascade.records.position);
  bool all_signed = true;
  for (const LevelCoverage& level :
       CountCoverage(cascade.tree(), cascade.expected(), cascade.standings(),
                     MissingLimit(request.missing_limit()))) {
    *coverage.add_levels() = ToProto(level);
    all_signed = all_signed && level.signed_count == level.expected_count;
  }
  if (!cascade.records.programme.has_value()) return coverage;
  const ProgrammeCandidate& programme = *cascade.records.programme;
  coverage.set_programme(AgreementName(programme.id));
  coverage.set_programme_title(programme.title);
  coverage.set_programme_term_start(FormatDay(programme.term_start));
  if (programme.target.due.has_value()) {
    coverage.set_due_date(FormatDay(*programme.target.due));
    coverage.set_overdue(asked.day > *programme.target.due && !all_signed);
  }
  return coverage;
}

}  // namespace phoihop::agreements
