// The methods of CoverageService.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_HANDLERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_HANDLERS_H_

#include "common/access/snapshot.h"
#include "common/paging/paging.h"
#include "common/rpc/server.h"
#include "services/agreements/coverage/lineage_source.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements {

// What they stand on; everything outlives them. Thread safe.
struct CoverageParts {
  AgreementStore* store = nullptr;
  const access::SnapshotSource* snapshots = nullptr;
  LineageSource* lineage = nullptr;
  const PageTokens* page_tokens = nullptr;
};

// Registers them. GetCoverage is a method of AgreementsService and registered there.
void AddCoverageHandlers(const CoverageParts& parts, rpc::Server::Builder& builder);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_HANDLERS_H_
