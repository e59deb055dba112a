// Whether a caller may have one more call: asked after authentication, before any work.
#ifndef PHOIHOP_COMMON_RPC_ADMISSION_H_
#define PHOIHOP_COMMON_RPC_ADMISSION_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/access/caller.h"

namespace phoihop::rpc {

// Shares a server out among its callers. Thread safe.
class Admission {
 public:
  virtual ~Admission() = default;

  // A permit, held until the call is answered, or RESOURCE_EXHAUSTED with RetryInfo, which is then
  // the answer. `address` is where the call comes from, without a port; empty when not known.
  // Must be quick.
  virtual absl::StatusOr<std::shared_ptr<void>> Admit(const access::Caller& caller,
                                                      std::string_view address,
                                                      std::string_view method) = 0;

  // Where a call comes from whose connection comes from `peer` and whose last x-forwarded-for is
  // this ("" for none): what a proxy that is trusted says there, or the peer, as it is here.
  virtual std::string ClientAddress(std::string_view peer,
                                    std::string_view /*forwarded_for*/) const {
    return std::string(peer);
  }
};

// Metadata of calls within the process (see Server::InProcessChannel) that are made for a client
// elsewhere: its address. Ignored from anybody else.
inline constexpr char kClientAddressMetadata[] = "phoihop-client-address";

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_ADMISSION_H_
