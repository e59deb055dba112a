// The services as phoihopctl calls them, in the name of services/ctl. Includes gRPC.
#ifndef PHOIHOP_SERVICES_CTL_CLIENT_H_
#define PHOIHOP_SERVICES_CTL_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/access/tokens.h"
#include "common/rpc/client.h"
#include "services/ctl/settings.h"

namespace phoihop::ctl {

// Calls as services/ctl, whose private key only the host's administrator can read.
class Client {
 public:
  // Errors name the key or certificate file when it cannot be read.
  static absl::StatusOr<std::unique_ptr<Client>> Create(Settings settings);

  // A channel to a service of ServiceNames(), made once.
  std::shared_ptr<grpc::Channel> channel(const std::string& service);

  // Options of one call: identity, and a deadline this far from now.
  rpc::CallOptions Options(absl::Duration timeout) const;
  // The same with --timeout.
  rpc::CallOptions Options() const;

  const Settings& settings() const { return settings_; }

 private:
  Settings settings_;
  std::unique_ptr<access::TokenSigner> signer_;
  // Null when connections are not encrypted.
  std::shared_ptr<const rpc::TlsIdentity> tls_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
};

// A short-lived token of the member of --member, the administrator without it; the gateway
// records that it was issued. For what services/ctl has no right to itself.
absl::StatusOr<std::string> IssueToken(Client& client);

// Repeats a call with a request id while its service is not to be reached, as it may be in the
// first seconds of a start.
template <class Call>
auto Patiently(Call call) -> decltype(call()) {
  for (int attempt = 1;; ++attempt) {
    auto result = call();
    if (result.ok() || !absl::IsUnavailable(result.status()) || attempt == 20) return result;
    absl::SleepFor(absl::Milliseconds(250));
  }
}

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_CLIENT_H_
