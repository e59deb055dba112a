#include "services/gateway/identity/tokens.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::gateway {

absl::StatusOr<std::shared_ptr<const ClientAuthenticator>> ClientAuthenticator::Create(
    const std::string& trusted_keys_dir, const Clock* clock) {
  std::shared_ptr<ClientAuthenticator> result(new ClientAuthenticator);
  access::TokenVerifier::Options options;
  options.trusted_keys_dir = trusted_keys_dir;
  options.clock = clock;
  ASSIGN_OR_RETURN(result->services_, access::TokenVerifier::Create(options));
  options.audience = std::string(kClientAudience);
  options.member_issuers = {"services/gateway"};
  ASSIGN_OR_RETURN(result->clients_, access::TokenVerifier::Create(options));
  return result;
}

absl::StatusOr<access::Caller> ClientAuthenticator::Authenticate(std::string_view token) const {
  const absl::StatusOr<access::Claims> client = clients_->Verify(token);
  if (client.ok()) {
    access::Caller caller = access::CallerOf(*client);
    if (caller.kind == access::Caller::kMember) return caller;
  } else {
    const absl::StatusOr<access::Claims> service = services_->Verify(token);
    if (service.ok()) {
      access::Caller caller = access::CallerOf(*service);
      if (caller.kind == access::Caller::kService && caller.name == kCtl) return caller;
    } else if (ErrorReason(service.status()) == "TOKEN_EXPIRED") {
      return service.status();
    }
    return client.status();
  }
  return Unauthenticated("TOKEN_INVALID",
                         {"The token is not accepted.", "Mã đăng nhập không được chấp nhận."});
}

absl::StatusOr<std::string> TokenMint::ForClient(access::Claims claims) const {
  claims.issuer.clear();
  claims.audience = std::string(kClientAudience);
  return signer_->Sign(std::move(claims));
}

namespace {

// Whether a kept token may be used again. After a clock was set back, none may: the services
// would take it for one of the future.
bool Good(absl::Time until, absl::Time now) {
  return now < until && until - now <= TokenMint::kReuse;
}

}  // namespace

absl::StatusOr<std::string> TokenMint::ForServices(const access::Caller& member) {
  const absl::Time now = clock_->Now();
  // A key that has been replaced may be trusted no longer soon.
  const std::string key =
      absl::StrCat(member.name, "\n", member.body, "\n", member.session, "\n", signer_->key_id());
  {
    absl::MutexLock lock(&mutex_);
    const auto it = kept_.find(key);
    if (it != kept_.end() && Good(it->second.until, now)) return it->second.token;
  }
  access::Claims claims;
  claims.subject = member.name;
  claims.body = member.body;
  claims.id = member.session;
  claims.issued_at = now;
  claims.expires_at = now + kServiceLifetime;
  ASSIGN_OR_RETURN(std::string token, signer_->Sign(std::move(claims)));
  absl::MutexLock lock(&mutex_);
  if (kept_.size() >= kMaxKept) {
    absl::erase_if(kept_, [&](const auto& item) { return item.second.until <= now; });
    if (kept_.size() >= kMaxKept) kept_.clear();
  }
  kept_[key] = {token, now + kReuse};
  return token;
}

std::string TokenMint::Own() {
  const absl::Time now = clock_->Now();
  const std::string key_id = signer_->key_id();
  absl::MutexLock lock(&mutex_);
  if (!Good(own_.until, now) || key_id != own_key_) {
    absl::StatusOr<std::string> token = signer_->SignOwn(now, kServiceLifetime);
    if (!token.ok()) return "";
    own_ = {*std::move(token), now + kReuse};
    own_key_ = key_id;
  }
  return own_.token;
}

}  // namespace phoihop::gateway
