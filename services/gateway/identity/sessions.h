// The handlers of SessionService: signing in, issuing tokens, setting logins.
#ifndef PHOIHOP_SERVICES_GATEWAY_IDENTITY_SESSIONS_H_
#define PHOIHOP_SERVICES_GATEWAY_IDENTITY_SESSIONS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/ledger/writer.h"
#include "common/rpc/context.h"
#include "services/gateway/identity/login_guard.h"
#include "services/gateway/identity/member_finder.h"
#include "services/gateway/identity/passwords.h"
#include "services/gateway/identity/tokens.h"
#include "services/gateway/store/credentials.h"

namespace phoihop::gateway::v1 {
class CreateSessionRequest;
class IssueTokenRequest;
class Session;
class SetCredentialRequest;
class SetCredentialResponse;
}  // namespace phoihop::gateway::v1

namespace phoihop::gateway {

// Thread safe.
class Sessions {
 public:
  struct Parts {
    CredentialStore* store;
    ledger::Writer* writer;
    TokenMint* mint;
    Passwords* passwords;
    LoginGuard* guard;
    MemberFinder* members;
    // Keys what stands for a password in the memory of requests; secret, the same for all
    // replicas and after a restart.
    std::string secret_key;
    // Of the token that signing in gives.
    absl::Duration session_lifetime = absl::Hours(8);
  };

  explicit Sessions(Parts parts) : parts_(std::move(parts)) {}

  absl::StatusOr<v1::Session> CreateSession(const rpc::RequestContext& context,
                                            const v1::CreateSessionRequest& request);
  absl::StatusOr<v1::Session> IssueToken(const rpc::RequestContext& context,
                                         const v1::IssueTokenRequest& request);
  absl::StatusOr<v1::SetCredentialResponse> SetCredential(const rpc::RequestContext& context,
                                                          const v1::SetCredentialRequest& request);

 private:
  absl::StatusOr<KnownMember> MemberFor(const rpc::RequestContext& context,
                                        const v1::IssueTokenRequest& request);

  const Parts parts_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_IDENTITY_SESSIONS_H_
