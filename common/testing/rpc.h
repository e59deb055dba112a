// Servers without sockets, and callers without keys, for tests of handlers.
#ifndef PHOIHOP_COMMON_TESTING_RPC_H_
#define PHOIHOP_COMMON_TESTING_RPC_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/access/caller.h"
#include "common/rpc/auth.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"

namespace phoihop::testing {

// Callers for tests.
access::Caller Member(std::string id, std::string body = "");  // `members/{id}`
access::Caller Service(std::string name);                      // `services/{name}`

// Accepts as a token the name of a caller: `members/lan`, `services/ctl`, or
// `members/lan as bodies/7`. Anything else is refused.
class FakeAuthenticator : public rpc::Authenticator {
 public:
  absl::StatusOr<access::Caller> Authenticate(std::string_view token) const override;
};

// Grants that a test hands out itself; may change while the server runs.
class FakePermissions : public rpc::PermissionChecker {
 public:
  // The member holds the permission over some unit, or over the whole country.
  void Allow(const std::string& member, const std::string& permission, bool country = false);
  // Every question gets this error, OK for none.
  void Fail(absl::Status status);

  absl::StatusOr<bool> HoldsAnywhere(const access::Caller& caller,
                                     std::string_view permission) const override;
  absl::StatusOr<bool> HoldsForCountry(const access::Caller& caller,
                                       std::string_view permission) const override;

 private:
  mutable absl::Mutex mutex_;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, bool> held_ ABSL_GUARDED_BY(mutex_);
};

// A server that is reached through channel() and listens nowhere. It believes the tokens
// of FakeAuthenticator:
//   TestServer server([&](rpc::Server::Builder& builder) { handlers.Register(builder); });
//   auto stub = OpinionsService::NewStub(server.channel());
//   EXPECT_THAT(rpc::Call(*stub, &OpinionsService::Stub::GetEntry, request, As("members/lan")),
//               IsOk());
class TestServer {
 public:
  // Fails the test when the server does not start.
  explicit TestServer(const std::function<void(rpc::Server::Builder&)>& prepare,
                      rpc::ServerOptions options = {});

  // Null when the server did not start.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  FakePermissions& permissions() { return *permissions_; }
  rpc::Server& server() { return *server_; }

 private:
  std::shared_ptr<FakePermissions> permissions_;
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

// Options of a call in somebody's name, `members/lan`, that ends after 10 seconds.
rpc::CallOptions As(std::string token);

}  // namespace phoihop::testing

#endif  // PHOIHOP_COMMON_TESTING_RPC_H_
