// The other services, as the flags of this process say where they are.
#ifndef PHOIHOP_COMMON_RPC_PEERS_H_
#define PHOIHOP_COMMON_RPC_PEERS_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace phoihop::rpc {

// Whether the channel repeats writes by itself; see ChannelOptions::repeat_writes.
enum class Repeat { kReads, kWritesToo };

// A channel to `directory`, `agreements`, `opinions` or `reporting`, at --directory_address
// and so on, with the certificates of --tls_dir. Errors name the flag. Nothing is connected
// yet.
absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectTo(std::string_view service,
                                                         Repeat repeat = Repeat::kReads);

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_PEERS_H_
