// The reviews of a running service, put together.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_ROOM_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_ROOM_H_

#include <memory>

#include "common/rpc/server.h"
#include "common/setup/backend.h"
#include "services/agreements/reviews/handlers.h"

namespace phoihop::agreements {

// Store, figures and handlers; for main.cc.
class ReviewRoom {
 public:
  // All of them outlive it.
  ReviewRoom(setup::Backend* backend, const access::SnapshotSource* snapshots,
             AgreementStore* agreements, ObligationBook* book, const BodyCatalog* bodies,
             plans::PlanParts plans);

  // Registers ReviewsService.
  void AddHandlers(rpc::Server::Builder& builder) const;

 private:
  const std::unique_ptr<reviews::ReviewStore> store_;
  const std::unique_ptr<CommitmentFigures> commitments_;
  const std::unique_ptr<DutyFigures> duties_;
  const plans::PlanParts plans_;
  const reviews::ReviewParts parts_;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_ROOM_H_
