#ifndef PHOIHOP_COMMON_STATUS_RPC_STATUS_H_
#define PHOIHOP_COMMON_STATUS_RPC_STATUS_H_

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace phoihop {

// What is shown to a client: code, message and details, serialised in less than
// 7.000 bytes, since gRPC drops a status whose details approach its 8 KB of
// metadata. Details that do not fit are left out, the least useful first.
//
// Only messages that were written for clients pass. A status without an
// ErrorInfo (from a library, a database, the operating system) and every
// INTERNAL, UNKNOWN and DATA_LOSS get a general text for their code instead, with the
// ErrorInfo and the LocalizedMessage that every error has; other payloads stay inside.
google::rpc::Status ToRpcStatus(const absl::Status& status);

// The reverse, for the answers of other services: details become payloads again.
absl::Status FromRpcStatus(const google::rpc::Status& status);

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_STATUS_RPC_STATUS_H_
