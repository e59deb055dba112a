// Whose certificate a call came with.
#ifndef PHOIHOP_COMMON_RPC_CALLER_CHECK_H_
#define PHOIHOP_COMMON_RPC_CALLER_CHECK_H_

#include <grpcpp/server_context.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/rpc/server.h"

namespace phoihop::rpc {

// Lets calls of those processes through that ServerOptions names. It comes before the token:
// with a stolen one, nobody can call from elsewhere.
class CallerCheck {
 public:
  explicit CallerCheck(const ServerOptions& options);

  // UNAUTHENTICATED with the reason CALLER_CERTIFICATE, which says whose certificate it is.
  absl::Status Check(const grpc::ServerContextBase& context) const;

 private:
  // Names in certificates; empty when nothing is checked.
  std::vector<std::string> names_;
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_CALLER_CHECK_H_
