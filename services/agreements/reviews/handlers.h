// The methods of ReviewsService.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_HANDLERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_HANDLERS_H_

#include "common/access/snapshot.h"
#include "common/ledger/writer.h"
#include "common/paging/paging.h"
#include "common/rpc/server.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/duties/duty_figures.h"
#include "services/agreements/plans/handlers.h"
#include "services/agreements/plans/plan_figures.h"
#include "services/agreements/reviews/review_store.h"
#include "services/agreements/rpc/body_catalog.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements::reviews {

// What they stand on; everything outlives them. Thread safe.
struct ReviewParts {
  ReviewStore* store = nullptr;
  AgreementStore* agreements = nullptr;
  CommitmentFigures* commitments = nullptr;
  DutyFigures* duties = nullptr;
  ObligationBook* book = nullptr;
  ledger::Writer* writer = nullptr;
  const access::SnapshotSource* snapshots = nullptr;
  const BodyCatalog* bodies = nullptr;
  const PageTokens* page_tokens = nullptr;
  // Null: no follow-up becomes a commitment.
  const plans::PlanParts* plans = nullptr;
};

// Registers them. The contract says what each method does and which errors it gives.
void AddReviewHandlers(const ReviewParts& parts, rpc::Server::Builder& builder);

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_HANDLERS_H_
