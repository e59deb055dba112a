// Asks the directory who a member is.
#ifndef PHOIHOP_SERVICES_GATEWAY_IDENTITY_MEMBER_FINDER_H_
#define PHOIHOP_SERVICES_GATEWAY_IDENTITY_MEMBER_FINDER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/context.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace phoihop::gateway {

// What a token says of a member.
struct KnownMember {
  // `members/{id}`.
  std::string name;
  // `bodies/{id}`; may be empty.
  std::string body;
};

class MemberFinder {
 public:
  virtual ~MemberFinder() = default;
  // NOT_FOUND for an unknown member. Within the deadline of the call.
  virtual absl::StatusOr<KnownMember> Find(const rpc::RequestContext& context,
                                           const std::string& name) = 0;
};

// Asks with the gateway's own token.
std::unique_ptr<MemberFinder> NewDirectoryMemberFinder(std::shared_ptr<grpc::Channel> directory,
                                                       std::function<std::string()> own_token);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_IDENTITY_MEMBER_FINDER_H_
