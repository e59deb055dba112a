// The methods that read.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/fields/fields.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/domain/coverage.h"
#include "services/agreements/rpc/converters.h"
#include "services/agreements/rpc/handlers.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 1000;
constexpr int kDefaultMissing = 100;
constexpr int kMaxMissing = 1000;

// Up to this many units of the subtree asked, their members are picked by unit; for more,
// reading the whole cascade is as quick.
constexpr size_t kMaxPickedUnits = 256;

// OK when the caller may read at the unit on that day.
absl::Status RequireReadable(const access::Snapshot& snapshot, const access::Caller& caller,
                             int64_t unit, absl::CivilDay day) {
  return access::RequireUnit(snapshot, caller, kReadPermission, unit, day, kUnitType,
                             UnitName(unit));
}

// The unit and all units above it on that day.
std::vector<int64_t> UnitAndAbove(const access::UnitTree& tree, int64_t unit, absl::CivilDay day) {
  std::vector<int64_t> units;
  for (std::optional<int64_t> at = unit; at.has_value(); at = tree.ParentOn(*at, day)) {
    units.push_back(*at);
  }
  return units;
}

int MissingLimit(int asked) {
  if (asked < 0) return 0;
  return asked == 0 ? kDefaultMissing : std::min(asked, kMaxMissing);
}

// The programme named in a request, when the caller may read it and its unit is the one asked
// or lies above it.
absl::Status RequireProgramme(const Parts& parts, const access::Snapshot& snapshot,
                              const rpc::RequestContext& ctx, const std::string& id, int64_t unit,
                              absl::CivilDay day) {
  ASSIGN_OR_RETURN(const std::optional<Agreement> programme,
                   parts.store->Find(id, ReadDeadline(ctx)));
  if (!programme.has_value() || !MayRead(snapshot, ctx.caller(), *programme) ||
      !snapshot.tree->IsWithin(unit, programme->unit, day)) {
    return AgreementNotFound(id);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Agreement> GetAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                           const v1::GetAgreementRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("agreements/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const std::optional<Agreement> agreement,
                   parts.store->Find(id, ReadDeadline(ctx)));
  if (!agreement.has_value() || !MayRead(snapshot, ctx.caller(), *agreement)) {
    return AgreementNotFound(id);
  }
  return ToProto(*agreement);
}

absl::StatusOr<v1::ListAgreementsResponse> ListAgreements(
    const Parts& parts, const rpc::RequestContext& ctx, const v1::ListAgreementsRequest& request) {
  Checker check;
  const int64_t unit = check.Unit("unit", request.unit());
  const std::optional<absl::CivilDay> given = check.OptionalDay("on_date", request.on_date());
  ListQuery query;
  query.state = ReadState(request.state(), check);
  if (!request.parent().empty()) {
    query.parent = check.Name("parent", "agreements/*", request.parent());
  }
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(query.limit, PageSize(request.page_size(), kDefaultPage, kMaxPage));

  v1::ListAgreementsRequest asked = request;
  asked.clear_page_size();
  asked.clear_page_token();
  const std::string bound_to = asked.SerializeAsString();
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const std::string cursor,
                   parts.page_tokens->Decode(request.page_token(), bound_to, caller));
  if (!cursor.empty()) {
    ASSIGN_OR_RETURN(query.after, ParseCursor(cursor));
  }

  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  const absl::CivilDay day =
      given.value_or(DefaultDay(*snapshot.tree, unit, VietnamDay(ctx.now())));
  RETURN_IF_ERROR(RequireReadable(snapshot, ctx.caller(), unit, day));
  query.units = {unit};
  if (request.include_subtree()) {
    query.units = snapshot.tree->Subtree(unit, day);
    std::sort(query.units.begin(), query.units.end());
  }
  // A unit may have belonged elsewhere when an agreement's term began; then it is not shown.
  query.visible = [&](int64_t at, absl::CivilDay term_start) {
    return MayActOn(snapshot, ctx.caller(), kReadPermission, at, term_start);
  };

  ASSIGN_OR_RETURN(const ListPage page, parts.store->List(query, ReadDeadline(ctx)));
  v1::ListAgreementsResponse response;
  for (const Agreement& agreement : page.agreements) {
    *response.add_agreements() = ToProto(agreement);
  }
  if (page.next.has_value()) {
    response.set_next_page_token(
        parts.page_tokens->Encode(FormatCursor(*page.next), bound_to, caller));
  }
  return response;
}

absl::StatusOr<v1::Coverage> GetCoverage(const Parts& parts, const rpc::RequestContext& ctx,
                                         const v1::GetCoverageRequest& request) {
  Checker check;
  const int64_t unit = check.Unit("unit", request.unit());
  CoverageQuery query;
  query.day = check.OptionalDay("on_date", request.on_date()).value_or(VietnamDay(ctx.now()));
  if (!request.programme().empty()) {
    query.programme = check.Name("programme", "agreements/*", request.programme());
  }
  RETURN_IF_ERROR(check.status());

  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  const access::UnitTree& tree = *snapshot.tree;
  RETURN_IF_ERROR(RequireReadable(snapshot, ctx.caller(), unit, query.day));
  if (!query.programme.empty()) {
    RETURN_IF_ERROR(RequireProgramme(parts, snapshot, ctx, query.programme, unit, query.day));
  }
  query.programme_units = UnitAndAbove(tree, unit, query.day);
  query.member_units = tree.Subtree(unit, query.day);
  if (query.member_units.size() > kMaxPickedUnits) query.member_units.clear();

  ASSIGN_OR_RETURN(const CoverageRecords records,
                   parts.store->ReadCoverage(query, ReadDeadline(ctx)));
  v1::Coverage coverage;
  coverage.set_unit(UnitName(unit));
  coverage.set_on_date(FormatDay(query.day));
  coverage.set_position(records.position);
  ctx.set_position(records.position);
  int64_t programme_unit = unit;
  if (records.programme.has_value()) {
    programme_unit = records.programme->unit;
    coverage.set_programme(AgreementName(records.programme->id));
    coverage.set_programme_title(records.programme->title);
    coverage.set_programme_term_start(FormatDay(records.programme->term_start));
  }
  const std::vector<ExpectedUnit> expected = ExpectedUnits(tree, unit, programme_unit, query.day);
  for (const LevelCoverage& level :
       CountCoverage(expected, records.members, query.day, MissingLimit(request.missing_limit()))) {
    *coverage.add_levels() = ToProto(level);
  }
  return coverage;
}

}  // namespace phoihop::agreements
