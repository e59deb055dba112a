// Asking a server whether it serves.
#ifndef PHOIHOP_COMMON_RPC_PROBE_H_
#define PHOIHOP_COMMON_RPC_PROBE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"

namespace phoihop::rpc {

// Asks grpc.health.v1.Health/Check about the whole server over a connection of its own, made
// now. OK when it is SERVING; otherwise why not.
absl::Status Probe(const std::string& address, const ChannelOptions& options,
                   absl::Duration timeout);

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_PROBE_H_
