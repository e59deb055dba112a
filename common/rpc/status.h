// The one place where absl::Status becomes gRPC's.
#ifndef PHOIHOP_COMMON_RPC_STATUS_H_
#define PHOIHOP_COMMON_RPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace phoihop::rpc {

// As clients get it: google.rpc.Status in `grpc-status-details-bin`, the rules of
// ToRpcStatus applied.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The reverse; details become payloads.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_STATUS_H_
