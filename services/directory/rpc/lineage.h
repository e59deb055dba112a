// The method of LineageService.
#ifndef PHOIHOP_SERVICES_DIRECTORY_RPC_LINEAGE_H_
#define PHOIHOP_SERVICES_DIRECTORY_RPC_LINEAGE_H_

#include "common/rpc/server.h"
#include "services/directory/rpc/cache.h"

namespace phoihop::directory {

// Makes the server serve it; the cache must outlive the server.
void AddLineageHandlers(const DirectoryCache* cache, rpc::Server::Builder& builder);

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_RPC_LINEAGE_H_
