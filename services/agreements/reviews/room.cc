#include "services/agreements/reviews/room.h"

namespace phoihop::agreements {

ReviewRoom::ReviewRoom(setup::Backend* backend, const access::SnapshotSource* snapshots,
                       AgreementStore* agreements, ObligationBook* book, const BodyCatalog* bodies)
    : store_(reviews::NewMysqlReviewStore(backend->pool.get())),
      commitments_(NewMysqlCommitmentFigures(backend->pool.get())),
      duties_(NewMysqlDutyFigures(backend->pool.get())),
      parts_{store_.get(),  agreements, commitments_.get(),
             duties_.get(), book,       backend->writer.get(),
             snapshots,     bodies,     backend->page_tokens.get()} {}

void ReviewRoom::AddHandlers(rpc::Server::Builder& builder) const {
  reviews::AddReviewHandlers(parts_, builder);
}

}  // namespace phoihop::agreements
