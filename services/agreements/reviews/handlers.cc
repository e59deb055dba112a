#include "services/agreements/reviews/handlers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/domain/coverage.h"
#include "services/agreements/reviews/methods.h"
#include "services/agreements/rpc/cascade.h"
#include "services/agreements/rpc/room_methods.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements::reviews {

absl::Status VisitNotFound(const std::string& id) {
  return NotFound(v1::SupervisionVisit::descriptor()->full_name(), VisitName(id));
}

absl::Status ReviewNotFound(const std::string& id) {
  return NotFound(v1::Review::descriptor()->full_name(), ReviewName(id));
}

absl::Status EvaluationNotFound(const std::string& id) {
  return NotFound(v1::Evaluation::descriptor()->full_name(), EvaluationName(id));
}

absl::StatusOr<Agreement> RequireAgreement(std::optional<Agreement> found, const std::string& id,
                                           const access::Snapshot& snapshot,
                                           const access::Caller& caller,
                                           std::string_view permission) {
  if (!found.has_value()) return AgreementNotFound(id);
  RETURN_IF_ERROR(RequireParty(snapshot, caller, *found, permission));
  return *std::move(found);
}

absl::StatusOr<std::vector<LevelCoverage>> ReadCoverage(const ReviewParts& parts,
                                                        const rpc::RequestContext& ctx,
                                                        const access::Snapshot& snapshot,
                                                        const Agreement& agreement,
                                                        absl::CivilDay day) {
  CoverageQuery query;
  query.programme = agreement.id;
  query.day = day;
  ASSIGN_OR_RETURN(CoverageRecords records,
                   parts.agreements->ReadCoverage(query, RoomPatience(ctx)));
  if (!records.programme.has_value()) return std::vector<LevelCoverage>();
  RETURN_IF_ERROR(
      ReadTargets(*parts.agreements, day, RoomPatience(ctx), *records.programme).status());
  std::optional<absl::CivilDay> from = records.programme->in_force_from;
  if (from.has_value() && *from > day) from.reset();
  const std::vector<ExpectedUnit> expected =
      ExpectedUnits(*snapshot.tree, agreement.unit, agreement.unit, day, records.programme->target);
  return CountCoverage(*snapshot.tree, expected, Standings(records.members, day, from), 0);
}

absl::StatusOr<PartyRecords> ReadRecords(const ReviewParts& parts, ledger::Transaction& tx,
                                         const std::string& agreement,
                                         const DayInterval& interval) {
  PartyRecords records;
  ASSIGN_OR_RETURN(records.commitments, parts.commitments->Count(tx, agreement, interval));
  ASSIGN_OR_RETURN(records.deliveries, parts.duties->Deliveries(tx, agreement, interval));
  ASSIGN_OR_RETURN(records.requests, parts.duties->Requests(tx, agreement, interval));
  return records;
}

void AddReviewHandlers(const ReviewParts& parts, rpc::Server::Builder& builder) {
  const auto add = [&]<class Req, class Res>(
                       const char* method,
                       absl::StatusOr<Res> (*handler)(const ReviewParts&,
                                                      const rpc::RequestContext&, const Req&)) {
    builder.Unary<Req, Res>(absl::StrCat("phoihop.agreements.v1.ReviewsService/", method),
                            [parts, handler](const rpc::RequestContext& ctx, const Req& request) {
                              return handler(parts, ctx, request);
                            });
  };
  add("CreateVisit", &CreateVisit);
  add("GetVisit", &GetVisit);
  add("ListVisits", &ListVisits);
  add("UpdateVisit", &UpdateVisit);
  add("CancelVisit", &CancelVisit);
  add("CreateReview", &CreateReview);
  add("GetReview", &GetReview);
  add("ListReviews", &ListReviews);
  add("UpdateReview", &UpdateReview);
  add("RefreshReview", &RefreshReview);
  add("ApproveReview", &ApproveReview);
  add("DeleteReview", &DeleteReview);
  add("FollowUpProposal", &FollowUpProposal);
  add("CompleteFollowUp", &CompleteFollowUp);
  add("ListEvaluationFormulas", &ListEvaluationFormulas);
  add("CreateEvaluation", &CreateEvaluation);
  add("GetEvaluation", &GetEvaluation);
  add("ListEvaluations", &ListEvaluations);
}

}  // namespace phoihop::agreements::reviews
