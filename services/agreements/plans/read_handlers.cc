// The methods that read.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/filter/filter.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/plans/converters.h"
#include "services/agreements/plans/methods.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements::plans {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 1000;
constexpr int kDefaultOccurrences = 100;

// The query of a list over units. What may be shown at the units of the tree asked is asked
// again for each row: a unit may have belonged elsewhere when the row began.
template <class Request>
absl::StatusOr<ListQuery> ReadQuery(const PlanParts& parts, const rpc::RequestContext& ctx,
                                    const access::Snapshot& snapshot, const Request& request,
                                    const filter::Fields& fields) {
  Checker check;
  const int64_t unit = check.Unit("unit", request.unit());
  const std::optional<absl::CivilDay> given = check.OptionalDay("on_date", request.on_date());
  RETURN_IF_ERROR(check.status());
  ListQuery query;
  ASSIGN_OR_RETURN(query.filter, filter::ParseFilter(request.filter(), fields));
  ASSIGN_OR_RETURN(query.order, filter::ParseOrderBy(request.order_by(), fields));
  if (query.order.size() > 1) {
    return InvalidField(
        "order_by", "TOO_MANY_FIELDS",
        {"This list is ordered by one field.", "Danh sách này chỉ sắp xếp theo một trường."});
  }
  ASSIGN_OR_RETURN(query.limit, PageSize(request.page_size(), kDefaultPage, kMaxPage));
  ASSIGN_OR_RETURN(query.cursor,
                   parts.page_tokens->Decode(request.page_token(), filter::BoundTo(request),
                                             ctx.caller().ActorName()));
  const absl::CivilDay day =
      given.value_or(DefaultDay(*snapshot.tree, unit, VietnamDay(ctx.now())));
  RETURN_IF_ERROR(access::RequireUnit(snapshot, ctx.caller(), kReadPermission, unit, day, kUnitType,
                                      UnitName(unit)));
  query.units = {unit};
  if (request.include_subtree()) {
    query.units = snapshot.tree->Subtree(unit, day);
    std::sort(query.units.begin(), query.units.end());
  }
  query.visible = [&snapshot, &ctx](int64_t at, absl::CivilDay row_day) {
    return MayActOn(snapshot, ctx.caller(), kReadPermission, at, row_day);
  };
  return query;
}

template <class Request>
std::string NextToken(const PlanParts& parts, const rpc::RequestContext& ctx,
                      const Request& request, const std::string& next) {
  return parts.page_tokens->Encode(next, filter::BoundTo(request), ctx.caller().ActorName());
}

// The commitment whose parts are listed, and where the list goes on.
template <class Request>
absl::StatusOr<std::pair<std::string, int>> ReadParent(const PlanParts& parts,
                                                       const rpc::RequestContext& ctx,
                                                       const Request& request, int begin) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("commitments/*", request.parent(), "parent"));
  ASSIGN_OR_RETURN(const std::string cursor,
                   parts.page_tokens->Decode(request.page_token(), filter::BoundTo(request),
                                             ctx.caller().ActorName()));
  int at = begin;
  if (!cursor.empty() && !absl::SimpleAtoi(cursor, &at)) {
    return InvalidField(
        "page_token", "INVALID_PAGE_TOKEN",
        {"The page token is not valid for this list.", "Mã trang không hợp lệ cho danh sách này."});
  }
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Commitment> found, parts.store->FindCommitment(id, Patience(ctx)));
  RETURN_IF_ERROR(Require(std::move(found), id, snapshot, ctx.caller(), kReadPermission).status());
  return std::make_pair(id, at);
}

}  // namespace

absl::StatusOr<v1::ListEventsResponse> ListEvents(const PlanParts& parts,
                                                  const rpc::RequestContext& ctx,
                                                  const v1::ListEventsRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const ListQuery query, ReadQuery(parts, ctx, snapshot, request, EventFields()));
  ASSIGN_OR_RETURN(const ListPage<Event> page, parts.store->ListEvents(query, Patience(ctx)));
  v1::ListEventsResponse response;
  for (const Event& event : page.rows) *response.add_events() = ToProto(event);
  response.set_next_page_token(NextToken(parts, ctx, request, page.next));
  return response;
}

absl::StatusOr<v1::AnnualPlan> GetPlan(const PlanParts& parts, const rpc::RequestContext& ctx,
                                       const v1::GetPlanRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("plans/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<AnnualPlan> found, parts.store->FindPlan(id, Patience(ctx)));
  ASSIGN_OR_RETURN(const AnnualPlan plan,
                   Require(std::move(found), id, snapshot, ctx.caller(), kReadPermission));
  return ToProto(plan);
}

absl::StatusOr<v1::ListPlansResponse> ListPlans(const PlanParts& parts,
                                                const rpc::RequestContext& ctx,
                                                const v1::ListPlansRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(ListQuery query, ReadQuery(parts, ctx, snapshot, request, PlanFields()));
  query.show_deleted = request.show_deleted();
  ASSIGN_OR_RETURN(const ListPage<AnnualPlan> page, parts.store->ListPlans(query, Patience(ctx)));
  v1::ListPlansResponse response;
  for (const AnnualPlan& plan : page.rows) *response.add_plans() = ToProto(plan);
  response.set_next_page_token(NextToken(parts, ctx, request, page.next));
  return response;
}

absl::StatusOr<v1::Commitment> GetCommitment(const PlanParts& parts, const rpc::RequestContext& ctx,
                                             const v1::GetCommitmentRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("commitments/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Commitment> found, parts.store->FindCommitment(id, Patience(ctx)));
  ASSIGN_OR_RETURN(const Commitment commitment,
                   Require(std::move(found), id, snapshot, ctx.caller(), kReadPermission));
  return ToProto(commitment);
}

absl::StatusOr<v1::ListCommitmentsResponse> ListCommitments(
    const PlanParts& parts, const rpc::RequestContext& ctx,
    const v1::ListCommitmentsRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(ListQuery query, ReadQuery(parts, ctx, snapshot, request, CommitmentFields()));
  query.show_deleted = request.show_deleted();
  ASSIGN_OR_RETURN(const ListPage<Commitment> page,
                   parts.store->ListCommitments(query, Patience(ctx)));
  v1::ListCommitmentsResponse response;
  for (const Commitment& commitment : page.rows) {
    *response.add_commitments() = ToProto(commitment);
  }
  response.set_next_page_token(NextToken(parts, ctx, request, page.next));
  return response;
}

absl::StatusOr<v1::ListCommitmentOccurrencesResponse> ListCommitmentOccurrences(
    const PlanParts& parts, const rpc::RequestContext& ctx,
    const v1::ListCommitmentOccurrencesRequest& request) {
  ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size(), kDefaultOccurrences, kMaxPage));
  ASSIGN_OR_RETURN(const auto parent, ReadParent(parts, ctx, request, 0));
  ASSIGN_OR_RETURN(
      std::vector<Occurrence> occurrences,
      parts.store->ListOccurrences(parent.first, parent.second, limit + 1, Patience(ctx)));
  v1::ListCommitmentOccurrencesResponse response;
  if (static_cast<int>(occurrences.size()) > limit) {
    occurrences.pop_back();
    response.set_next_page_token(
        NextToken(parts, ctx, request, absl::StrCat(occurrences.back().number)));
  }
  for (const Occurrence& occurrence : occurrences) {
    *response.add_occurrences() = ToProto(occurrence);
  }
  return response;
}

absl::StatusOr<v1::ListProgressResponse> ListProgress(const PlanParts& parts,
                                                      const rpc::RequestContext& ctx,
                                                      const v1::ListProgressRequest& request) {
  ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size(), kDefaultPage, kMaxPage));
  ASSIGN_OR_RETURN(const auto parent,
                   ReadParent(parts, ctx, request, std::numeric_limits<int>::max()));
  ASSIGN_OR_RETURN(
      std::vector<Progress> entries,
      parts.store->ListProgress(parent.first, parent.second, limit + 1, Patience(ctx)));
  v1::ListProgressResponse response;
  if (static_cast<int>(entries.size()) > limit) {
    entries.pop_back();
    response.set_next_page_token(
        NextToken(parts, ctx, request, absl::StrCat(entries.back().number)));
  }
  for (const Progress& entry : entries) *response.add_progress() = ToProto(entry);
  return response;
}

}  // namespace phoihop::agreements::plans
