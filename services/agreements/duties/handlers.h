// The methods of DutiesService: each parses, checks, makes one call, converts.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_HANDLERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_HANDLERS_H_

#include "common/access/snapshot.h"
#include "common/ledger/writer.h"
#include "common/paging/paging.h"
#include "common/rpc/server.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/duties/duty_store.h"
#include "services/agreements/plans/event_store.h"
#include "services/agreements/rpc/body_catalog.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements::duties {

// What the handlers stand on; everything outlives them. Thread safe.
struct DutyParts {
  DutyStore* store = nullptr;
  EventStore* events = nullptr;
  AgreementStore* agreements = nullptr;
  ObligationBook* book = nullptr;
  AttachmentCatalog* attachments = nullptr;
  ledger::Writer* writer = nullptr;
  const access::SnapshotSource* snapshots = nullptr;
  const BodyCatalog* bodies = nullptr;
  const PageTokens* page_tokens = nullptr;
};

// Registers all of them.
void AddDutyHandlers(const DutyParts& parts, rpc::Server::Builder& builder);

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_HANDLERS_H_
