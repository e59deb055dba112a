#include "services/agreements/reviews/room.h"

#include <utility>

namespace phoihop::agreements {

ReviewRoom::ReviewRoom(setup::Backend* backend, const access::SnapshotSource* snapshots,
                       AgreementStore* agreements, ObligationBook* book, const BodyCatalog* bodies,
                       plans::PlanParts plans)
    : store_(reviews::NewMysqlReviewStore(backend->pool.get())),
      commitments_(NewMysqlCommitmentFigures(backend->pool.get())),
      duties_(NewMysqlDutyFigures(backend->pool.get())),
      plans_(std::move(plans)),
      parts_{store_.get(),  agreements, commitments_.get(),
             duties_.get(), book,       backend->writer.get(),
             snapshots,     bodies,     backend->page_tokens.get(),
             &plans_} {}

void ReviewRoom::AddHandlers(rpc::Server::Builder& builder) const {
  reviews::AddReviewHandlers(parts_, builder);
}

}  // namespace phoihop::agreements
