#ifndef PHOIHOP_SERVICES_OPINIONS_RPC_REGISTER_H_
#define PHOIHOP_SERVICES_OPINIONS_RPC_REGISTER_H_

#include "common/rpc/server.h"
#include "services/opinions/rpc/service.h"

namespace phoihop::opinions {

// Puts all handlers on a server. `service` must outlive it.
void RegisterOpinions(rpc::Server::Builder& builder, const OpinionsService* service);

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_RPC_REGISTER_H_
