// The methods that read.
#include <string>
#include <utility>
#include <vector>

#include "common/names/names.h"
#include "common/paging/paging.h"
#include "common/status/macros.h"
#include "services/agreements/reviews/converters.h"
#include "services/agreements/reviews/methods.h"
#include "services/agreements/rpc/room_methods.h"

namespace phoihop::agreements::reviews {

absl::StatusOr<v1::SupervisionVisit> GetVisit(const ReviewParts& parts,
                                              const rpc::RequestContext& ctx,
                                              const v1::GetVisitRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("visits/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Visit> found, parts.store->FindVisit(id, RoomPatience(ctx)));
  ASSIGN_OR_RETURN(const Visit visit, RequireChild(std::move(found), VisitNotFound(id), snapshot,
                                                   ctx.caller(), kReadPermission));
  return ToProto(visit);
}

absl::StatusOr<v1::ListVisitsResponse> ListVisits(const ReviewParts& parts,
                                                  const rpc::RequestContext& ctx,
                                                  const v1::ListVisitsRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const ListQuery query, ReadUnitList<ListQuery>(*parts.page_tokens, ctx, snapshot,
                                                                  request, VisitFilter()));
  ASSIGN_OR_RETURN(const ListPage<Visit> page, parts.store->ListVisits(query, RoomPatience(ctx)));
  v1::ListVisitsResponse response;
  for (const Visit& visit : page.rows) *response.add_visits() = ToProto(visit);
  response.set_next_page_token(NextPageToken(*parts.page_tokens, ctx, request, page.next));
  return response;
}

absl::StatusOr<v1::Review> GetReview(const ReviewParts& parts, const rpc::RequestContext& ctx,
                                     const v1::GetReviewRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("reviews/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Review> found, parts.store->FindReview(id, RoomPatience(ctx)));
  ASSIGN_OR_RETURN(const Review review, RequireChild(std::move(found), ReviewNotFound(id), snapshot,
                                                     ctx.caller(), kReadPermission));
  return ToProto(review);
}

absl::StatusOr<v1::ListReviewsResponse> ListReviews(const ReviewParts& parts,
                                                    const rpc::RequestContext& ctx,
                                                    const v1::ListReviewsRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(ListQuery query, ReadUnitList<ListQuery>(*parts.page_tokens, ctx, snapshot,
                                                            request, ReviewFilter()));
  query.show_deleted = request.show_deleted();
  ASSIGN_OR_RETURN(const ListPage<Review> page, parts.store->ListReviews(query, RoomPatience(ctx)));
  v1::ListReviewsResponse response;
  for (const Review& review : page.rows) *response.add_reviews() = ToProto(review);
  response.set_next_page_token(NextPageToken(*parts.page_tokens, ctx, request, page.next));
  return response;
}

absl::StatusOr<v1::ListEvaluationFormulasResponse> ListEvaluationFormulas(
    const ReviewParts& parts, const rpc::RequestContext& ctx,
    const v1::ListEvaluationFormulasRequest& request) {
  ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size(), 50, 1000));
  ASSIGN_OR_RETURN(const int after, ReadNumberToken(*parts.page_tokens, ctx, request));
  ASSIGN_OR_RETURN(const std::vector<Formula> formulas,
                   parts.store->ListFormulas(RoomPatience(ctx)));
  v1::ListEvaluationFormulasResponse response;
  for (const Formula& formula : formulas) {
    if (formula.version <= after) continue;
    if (response.evaluation_formulas_size() == limit) {
      const int last = response.evaluation_formulas(limit - 1).version();
      response.set_next_page_token(
          NextPageToken(*parts.page_tokens, ctx, request, absl::StrCat(last)));
      break;
    }
    *response.add_evaluation_formulas() = ToProto(formula);
  }
  return response;
}

absl::StatusOr<v1::Evaluation> GetEvaluation(const ReviewParts& parts,
                                             const rpc::RequestContext& ctx,
                                             const v1::GetEvaluationRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("evaluations/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Evaluation> found,
                   parts.store->FindEvaluation(id, RoomPatience(ctx)));
  ASSIGN_OR_RETURN(const Evaluation evaluation,
                   RequireChild(std::move(found), EvaluationNotFound(id), snapshot, ctx.caller(),
                                kReadPermission));
  return ToProto(evaluation);
}

absl::StatusOr<v1::ListEvaluationsResponse> ListEvaluations(
    const ReviewParts& parts, const rpc::RequestContext& ctx,
    const v1::ListEvaluationsRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const ListQuery query, ReadUnitList<ListQuery>(*parts.page_tokens, ctx, snapshot,
                                                                  request, EvaluationFilter()));
  ASSIGN_OR_RETURN(const ListPage<Evaluation> page,
                   parts.store->ListEvaluations(query, RoomPatience(ctx)));
  v1::ListEvaluationsResponse response;
  for (const Evaluation& evaluation : page.rows) *response.add_evaluations() = ToProto(evaluation);
  response.set_next_page_token(NextPageToken(*parts.page_tokens, ctx, request, page.next));
  return response;
}

}  // namespace phoihop::agreements::reviews
