// The handlers one by one, and what they share. Private to this room's rpc part.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_METHODS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_METHODS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/access/snapshot.h"
#include "common/rpc/context.h"
#include "phoihop/agreements/v1/reviews.pb.h"
#include "services/agreements/domain/agreement.h"
#include "services/agreements/reviews/figures.h"
#include "services/agreements/reviews/handlers.h"

namespace phoihop::agreements::reviews {

inline constexpr std::string_view kWriteReviews = "agreements.review.write";
inline constexpr std::string_view kApproveReviews = "agreements.review.approve";

// The one answer for what does not exist and what is out of scope.
absl::Status VisitNotFound(const std::string& id);
absl::Status ReviewNotFound(const std::string& id);
absl::Status EvaluationNotFound(const std::string& id);

// The agreement when the caller holds `permission` over it, otherwise NOT_FOUND.
absl::StatusOr<Agreement> RequireAgreement(std::optional<Agreement> found, const std::string& id,
                                           const access::Snapshot& snapshot,
                                           const access::Caller& caller,
                                           std::string_view permission);

// How far the agreement is carried out by the units below it as of a day; not within a
// transaction, since it reads a snapshot of its own.
absl::StatusOr<std::vector<LevelCoverage>> ReadCoverage(const ReviewParts& parts,
                                                        const rpc::RequestContext& ctx,
                                                        const access::Snapshot& snapshot,
                                                        const Agreement& agreement,
                                                        absl::CivilDay day);

// What the bodies were to do in an interval, and did, as the command sees it.
absl::StatusOr<PartyRecords> ReadRecords(const ReviewParts& parts, ledger::Transaction& tx,
                                         const std::string& agreement, const DayInterval& interval);

// The contract says what each method does and which errors it gives.
#define PHOIHOP_REVIEW_METHOD(method, response)                                                 \
  absl::StatusOr<v1::response> method(const ReviewParts& parts, const rpc::RequestContext& ctx, \
                                      const v1::method##Request& request)
PHOIHOP_REVIEW_METHOD(CreateVisit, SupervisionVisit);
PHOIHOP_REVIEW_METHOD(GetVisit, SupervisionVisit);
PHOIHOP_REVIEW_METHOD(ListVisits, ListVisitsResponse);
PHOIHOP_REVIEW_METHOD(UpdateVisit, SupervisionVisit);
PHOIHOP_REVIEW_METHOD(CancelVisit, SupervisionVisit);
PHOIHOP_REVIEW_METHOD(CreateReview, Review);
PHOIHOP_REVIEW_METHOD(GetReview, Review);
PHOIHOP_REVIEW_METHOD(ListReviews, ListReviewsResponse);
PHOIHOP_REVIEW_METHOD(UpdateReview, Review);
PHOIHOP_REVIEW_METHOD(RefreshReview, Review);
PHOIHOP_REVIEW_METHOD(ApproveReview, Review);
PHOIHOP_REVIEW_METHOD(DeleteReview, Review);
PHOIHOP_REVIEW_METHOD(FollowUpProposal, Review);
PHOIHOP_REVIEW_METHOD(CompleteFollowUp, Review);
PHOIHOP_REVIEW_METHOD(ListEvaluationFormulas, ListEvaluationFormulasResponse);
PHOIHOP_REVIEW_METHOD(CreateEvaluation, Evaluation);
PHOIHOP_REVIEW_METHOD(GetEvaluation, Evaluation);
PHOIHOP_REVIEW_METHOD(ListEvaluations, ListEvaluationsResponse);
#undef PHOIHOP_REVIEW_METHOD

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_METHODS_H_
