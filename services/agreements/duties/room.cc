#include "services/agreements/duties/room.h"

namespace phoihop::agreements {

DutyRoom::DutyRoom(setup::Backend* backend, const access::SnapshotSource* snapshots,
                   AgreementStore* agreements, EventStore* events, ObligationBook* book,
                   AttachmentCatalog* attachments, const BodyCatalog* bodies)
    : store_(duties::NewMysqlDutyStore(backend->pool.get())),
      parts_({store_.get(), events, agreements, book, attachments, backend->writer.get(), snapshots,
              bodies, backend->page_tokens.get()}) {}

void DutyRoom::AddHandlers(rpc::Server::Builder& builder) const {
  duties::AddDutyHandlers(parts_, builder);
}

}  // namespace phoihop::agreements
