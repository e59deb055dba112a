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
#include "services/agreements/rpc/converters.h"
#include "services/agreements/rpc/handlers.h"
#include "services/agreements/rpc/list_fields.h"
#include "services/agreements/rpc/scope.h"
#include "services/agreements/rpc/succession.h"
#include "services/agreements/rpc/versions.h"
#include "services/agreements/rpc/write_common.h"

namespace phoihop::agreements {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 1000;

}  // namespace

absl::StatusOr<Agreement> FindReadable(const Parts& parts, const rpc::RequestContext& ctx,
                                       const access::Snapshot& snapshot, const std::string& id) {
  ASSIGN_OR_RETURN(std::optional<Agreement> agreement, parts.store->Find(id, ReadDeadline(ctx)));
  if (!agreement.has_value() || !MayRead(snapshot, ctx.caller(), *agreement)) {
    return AgreementNotFound(id);
  }
  return *std::move(agreement);
}

absl::StatusOr<v1::Agreement> GetAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                           const v1::GetAgreementRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "agreements/*", request.name());
  const std::optional<absl::CivilDay> day = check.OptionalDay("on_date", request.on_date());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(Agreement agreement, FindReadable(parts, ctx, snapshot, id));
  if (agreement.level.empty()) {
    // Written before levels were kept.
    agreement.level = LevelOf(*snapshot.tree, agreement.unit, agreement.term_start);
  }
  if (!day.has_value()) {
    v1::Agreement answer = ToProto(agreement);
    ResolveParties(snapshot, VietnamDay(ctx.now()), answer);
    return answer;
  }
  ASSIGN_OR_RETURN(std::vector<v1::AgreementVersion> versions,
                   ReadVersions(parts, agreement, ReadDeadline(ctx)));
  const std::string on = FormatDay(*day);
  for (v1::AgreementVersion& version : versions) {
    if (version.effective_date() <= on && on <= version.end_date()) {
      // However it ended: on that day it was in force.
      version.mutable_agreement()->set_state(v1::Agreement::IN_FORCE);
      ResolveParties(snapshot, *day, *version.mutable_agreement());
      return std::move(*version.mutable_agreement());
    }
  }
  return NotInForceOnDate(id);
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
  if (!request.amends().empty()) {
    query.amends = check.Name("amends", "agreements/*", request.amends());
  }
  query.deleted = request.show_deleted();
  const auto wanted = filter::ParseFilter(request.filter(), ListFields());
  if (!wanted.ok()) check.AddStatus("filter", wanted.status());
  const auto order = filter::ParseOrderBy(request.order_by(), ListFields());
  if (!order.ok()) check.AddStatus("order_by", order.status());
  RETURN_IF_ERROR(check.status());
  query.filter = FindNumbers(*wanted);
  if (!order->empty()) {
    // Each of them orders all agreements but those of one key, for which their ids do.
    if (order->size() > 1) {
      return InvalidField(
          "order_by", "ONE_FIELD",
          {"Agreements are ordered by one field.", "Chỉ sắp xếp chương trình theo một trường."});
    }
    query.ascending = !order->front().descending;
    if (order->front().field == "update_time") query.order = ListOrder::kUpdateTime;
  }
  ASSIGN_OR_RETURN(query.limit, PageSize(request.page_size(), kDefaultPage, kMaxPage));

  v1::ListAgreementsRequest asked = request;
  asked.clear_page_size();
  asked.clear_page_token();
  const std::string bound_to = asked.SerializeAsString();
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const std::string cursor,
                   parts.page_tokens->Decode(request.page_token(), bound_to, caller));
  if (!cursor.empty()) {
    ASSIGN_OR_RETURN(query.after, ParseCursor(cursor, query.order));
  }

  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  const absl::CivilDay day =
      given.value_or(DefaultDay(*snapshot.tree, unit, VietnamDay(ctx.now())));
  RETURN_IF_ERROR(RequireReadable(snapshot, ctx.caller(), unit, day));
  query.filter = WithPredecessors(std::move(query.filter), ListFields(), snapshot);
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
    ResolveParties(snapshot, given.value_or(VietnamDay(ctx.now())),
                   *response.mutable_agreements()->rbegin());
    if (!agreement.level.empty()) continue;
    response.mutable_agreements()->rbegin()->set_level(
        LevelOf(*snapshot.tree, agreement.unit, agreement.term_start));
  }
  if (page.next.has_value()) {
    response.set_next_page_token(
        parts.page_tokens->Encode(FormatCursor(*page.next, query.order), bound_to, caller));
  }
  return response;
}

}  // namespace phoihop::agreements
