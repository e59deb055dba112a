#include "common/testing/rpc.h"

#include "absl/time/clock.h"
#include "common/status/errors.h"
#include "gtest/gtest.h"

namespace phoihop::testing {

access::Caller Member(std::string id, std::string body) {
  return {access::Caller::kMember, "members/" + id, std::move(body), "test-session"};
}

access::Caller Service(std::string name) {
  return {access::Caller::kService, "services/" + name, "", "test-session"};
}

absl::StatusOr<access::Caller> FakeAuthenticator::Authenticate(std::string_view token) const {
  constexpr std::string_view kMembers = "members/", kServices = "services/", kAs = " as ";
  if (token.starts_with(kServices)) return Service(std::string(token.substr(kServices.size())));
  if (token.starts_with(kMembers)) {
    const size_t as = token.find(kAs);
    const std::string id(token.substr(kMembers.size(), as - kMembers.size()));
    return as == token.npos ? Member(id) : Member(id, std::string(token.substr(as + kAs.size())));
  }
  return Unauthenticated("TOKEN_INVALID", {"Not accepted.", "Không được chấp nhận."});
}

void FakePermissions::Allow(const std::string& member, const std::string& permission,
                            bool country) {
  absl::MutexLock lock(&mutex_);
  held_[{member, permission}] = country;
}

void FakePermissions::Fail(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  failure_ = std::move(status);
}

absl::StatusOr<bool> FakePermissions::HoldsAnywhere(const access::Caller& caller,
                                                    std::string_view permission) const {
  absl::MutexLock lock(&mutex_);
  if (!failure_.ok()) return failure_;
  return held_.contains({caller.name, std::string(permission)});
}

absl::StatusOr<bool> FakePermissions::HoldsForCountry(const access::Caller& caller,
                                                      std::string_view permission) const {
  absl::MutexLock lock(&mutex_);
  if (!failure_.ok()) return failure_;
  const auto found = held_.find({caller.name, std::string(permission)});
  return found != held_.end() && found->second;
}

TestServer::TestServer(const std::function<void(rpc::Server::Builder&)>& prepare,
                       rpc::ServerOptions options)
    : permissions_(std::make_shared<FakePermissions>()) {
  options.port = -1;
  rpc::Server::Builder builder(std::move(options));
  builder.set_authenticator(std::make_shared<FakeAuthenticator>());
  builder.set_permission_checker(permissions_);
  prepare(builder);
  absl::StatusOr<std::unique_ptr<rpc::Server>> server = builder.Start();
  if (!server.ok()) {
    ADD_FAILURE() << server.status();
    return;
  }
  server_ = *std::move(server);
  channel_ = server_->InProcessChannel();
}

rpc::CallOptions As(std::string token) {
  rpc::CallOptions options;
  options.deadline = absl::Now() + absl::Seconds(10);
  options.bearer = std::move(token);
  return options;
}

}  // namespace phoihop::testing
