// The methods that read.
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/names/names.h"
#include "common/status/macros.h"
#include "services/agreements/plans/converters.h"
#include "services/agreements/plans/methods.h"
#include "services/agreements/rpc/room_methods.h"

namespace phoihop::agreements::plans {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 1000;
constexpr int kDefaultOccurrences = 100;

// The number after which the list of a commitment's parts goes on, 0 at its beginning; the
// commitment's id in `id`.
template <class Request>
absl::StatusOr<int> ReadParent(const PlanParts& parts, const rpc::RequestContext& ctx,
                               const Request& request, std::string& id) {
  ASSIGN_OR_RETURN(id, ParseName("commitments/*", request.parent(), "parent"));
  ASSIGN_OR_RETURN(const int at, ReadNumberToken(*parts.page_tokens, ctx, request));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Commitment> found,
                   parts.store->FindCommitment(id, RoomPatience(ctx)));
  RETURN_IF_ERROR(Require(std::move(found), id, snapshot, ctx.caller(), kReadPermission).status());
  return at;
}

}  // namespace

absl::StatusOr<v1::ListEventsResponse> ListEvents(const PlanParts& parts,
                                                  const rpc::RequestContext& ctx,
                                                  const v1::ListEventsRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const ListQuery query, ReadUnitList<ListQuery>(*parts.page_tokens, ctx, snapshot,
                                                                  request, EventFields()));
  ASSIGN_OR_RETURN(const ListPage<Event> page, parts.store->ListEvents(query, RoomPatience(ctx)));
  v1::ListEventsResponse response;
  for (const Event& event : page.rows) *response.add_events() = ToProto(event);
  response.set_next_page_token(NextPageToken(*parts.page_tokens, ctx, request, page.next));
  return response;
}

absl::StatusOr<v1::AnnualPlan> GetPlan(const PlanParts& parts, const rpc::RequestContext& ctx,
                                       const v1::GetPlanRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("plans/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<AnnualPlan> found, parts.store->FindPlan(id, RoomPatience(ctx)));
  ASSIGN_OR_RETURN(const AnnualPlan plan,
                   Require(std::move(found), id, snapshot, ctx.caller(), kReadPermission));
  return ToProto(plan);
}

absl::StatusOr<v1::ListPlansResponse> ListPlans(const PlanParts& parts,
                                                const rpc::RequestContext& ctx,
                                                const v1::ListPlansRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(ListQuery query, ReadUnitList<ListQuery>(*parts.page_tokens, ctx, snapshot,
                                                            request, PlanFields()));
  query.show_deleted = request.show_deleted();
  ASSIGN_OR_RETURN(const ListPage<AnnualPlan> page,
                   parts.store->ListPlans(query, RoomPatience(ctx)));
  v1::ListPlansResponse response;
  for (const AnnualPlan& plan : page.rows) *response.add_plans() = ToProto(plan);
  response.set_next_page_token(NextPageToken(*parts.page_tokens, ctx, request, page.next));
  return response;
}

absl::StatusOr<v1::Commitment> GetCommitment(const PlanParts& parts, const rpc::RequestContext& ctx,
                                             const v1::GetCommitmentRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("commitments/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Commitment> found,
                   parts.store->FindCommitment(id, RoomPatience(ctx)));
  ASSIGN_OR_RETURN(const Commitment commitment,
                   Require(std::move(found), id, snapshot, ctx.caller(), kReadPermission));
  return ToProto(commitment);
}

absl::StatusOr<v1::ListCommitmentsResponse> ListCommitments(
    const PlanParts& parts, const rpc::RequestContext& ctx,
    const v1::ListCommitmentsRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(ListQuery query, ReadUnitList<ListQuery>(*parts.page_tokens, ctx, snapshot,
                                                            request, CommitmentFields()));
  query.show_deleted = request.show_deleted();
  ASSIGN_OR_RETURN(const ListPage<Commitment> page,
                   parts.store->ListCommitments(query, RoomPatience(ctx)));
  v1::ListCommitmentsResponse response;
  for (const Commitment& commitment : page.rows) {
    *response.add_commitments() = ToProto(commitment);
  }
  response.set_next_page_token(NextPageToken(*parts.page_tokens, ctx, request, page.next));
  return response;
}

absl::StatusOr<v1::ListCommitmentOccurrencesResponse> ListCommitmentOccurrences(
    const PlanParts& parts, const rpc::RequestContext& ctx,
    const v1::ListCommitmentOccurrencesRequest& request) {
  ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size(), kDefaultOccurrences, kMaxPage));
  std::string id;
  ASSIGN_OR_RETURN(const int after, ReadParent(parts, ctx, request, id));
  ASSIGN_OR_RETURN(std::vector<Occurrence> occurrences,
                   parts.store->ListOccurrences(id, after, limit + 1, RoomPatience(ctx)));
  v1::ListCommitmentOccurrencesResponse response;
  if (static_cast<int>(occurrences.size()) > limit) {
    occurrences.pop_back();
    response.set_next_page_token(
        NextPageToken(*parts.page_tokens, ctx, request, absl::StrCat(occurrences.back().number)));
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
  std::string id;
  ASSIGN_OR_RETURN(const int number, ReadParent(parts, ctx, request, id));
  // Newest first.
  const int before = number == 0 ? std::numeric_limits<int>::max() : number;
  ASSIGN_OR_RETURN(std::vector<Progress> entries,
                   parts.store->ListProgress(id, before, limit + 1, RoomPatience(ctx)));
  v1::ListProgressResponse response;
  if (static_cast<int>(entries.size()) > limit) {
    entries.pop_back();
    response.set_next_page_token(
        NextPageToken(*parts.page_tokens, ctx, request, absl::StrCat(entries.back().number)));
  }
  for (const Progress& entry : entries) *response.add_progress() = ToProto(entry);
  return response;
}

}  // namespace phoihop::agreements::plans
