// The methods of DisseminationService.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_HANDLERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_HANDLERS_H_

#include "common/access/snapshot.h"
#include "common/ledger/writer.h"
#include "common/paging/paging.h"
#include "common/rpc/server.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/dissemination/session_store.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements::dissemination {

// What they stand on; everything outlives them. Thread safe.
struct Parts {
  SessionStore* sessions = nullptr;
  AgreementStore* agreements = nullptr;
  ledger::Writer* writer = nullptr;
  const access::SnapshotSource* snapshots = nullptr;
  const PageTokens* page_tokens = nullptr;
  // Null: no session has attachments.
  AttachmentCatalog* attachments = nullptr;
};

// Registers them. The contract says what each method does and which errors it gives.
void AddDisseminationHandlers(const Parts& parts, rpc::Server::Builder& builder);

}  // namespace phoihop::agreements::dissemination

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_HANDLERS_H_
