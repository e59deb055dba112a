#include "services/gateway/identity/member_finder.h"

#include <utility>

#include "common/rpc/client.h"
#include "common/status/macros.h"
#include "phoihop/directory/v1/directory.grpc.pb.h"

namespace phoihop::gateway {
namespace {

class DirectoryMemberFinder : public MemberFinder {
 public:
  DirectoryMemberFinder(std::shared_ptr<grpc::Channel> directory,
                        std::function<std::string()> own_token)
      : stub_(directory::v1::DirectoryService::NewStub(std::move(directory))),
        own_token_(std::move(own_token)) {}

  absl::StatusOr<KnownMember> Find(const rpc::RequestContext& context,
                                   const std::string& name) override {
    rpc::CallOptions options;
    options.deadline = context.deadline();
    options.trace = context.trace();
    options.bearer = own_token_();
    directory::v1::GetMemberRequest request;
    request.set_name(name);
    ASSIGN_OR_RETURN(
        const directory::v1::Member member,
        rpc::Call(*stub_, &directory::v1::DirectoryService::Stub::GetMember, request, options));
    return KnownMember{member.name(), member.body()};
  }

 private:
  const std::unique_ptr<directory::v1::DirectoryService::Stub> stub_;
  const std::function<std::string()> own_token_;
};

}  // namespace

std::unique_ptr<MemberFinder> NewDirectoryMemberFinder(std::shared_ptr<grpc::Channel> directory,
                                                       std::function<std::string()> own_token) {
  return std::make_unique<DirectoryMemberFinder>(std::move(directory), std::move(own_token));
}

}  // namespace phoihop::gateway
