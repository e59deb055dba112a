// The methods of PlansService: each parses, checks, makes one call, converts.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_HANDLERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_HANDLERS_H_

#include <vector>

#include "common/access/snapshot.h"
#include "common/ledger/writer.h"
#include "common/paging/paging.h"
#include "common/rpc/server.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/plans/event_store.h"
#include "services/agreements/plans/plan_store.h"
#include "services/agreements/rpc/body_catalog.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements::plans {

// What the handlers stand on; everything outlives them. Thread safe.
struct PlanParts {
  PlanStore* store = nullptr;
  EventStore* events = nullptr;
  AgreementStore* agreements = nullptr;
  ObligationBook* book = nullptr;
  AttachmentCatalog* attachments = nullptr;
  ledger::Writer* writer = nullptr;
  const access::SnapshotSource* snapshots = nullptr;
  const BodyCatalog* bodies = nullptr;
  const PageTokens* page_tokens = nullptr;
  // Other rooms whose due dates count from events; commitments' do in any case.
  std::vector<EventListener*> listeners = {};
};

// Registers all of them.
void AddPlanHandlers(const PlanParts& parts, rpc::Server::Builder& builder);

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_HANDLERS_H_
