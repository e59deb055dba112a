// How a service waits until its own data include a ledger position.
#ifndef PHOIHOP_COMMON_RPC_POSITION_GATE_H_
#define PHOIHOP_COMMON_RPC_POSITION_GATE_H_

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace phoihop::rpc {

// Whether what the service reads from now on includes the position, by the deadline. Asked on
// a worker, before the handler of a call that carries `phoihop-min-position`, and again while the
// answer is false. Looks where the handlers read, for instance at the same node of a cluster.
using PositionGate = std::function<absl::StatusOr<bool>(int64_t position, absl::Time deadline)>;

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_POSITION_GATE_H_
