#include "services/ctl/client.h"

#include <utility>

#include "absl/flags/flag.h"
#include "absl/time/clock.h"
#include "common/rpc/tls.h"
#include "common/status/macros.h"
#include "services/ctl/flags.h"

namespace phoihop::ctl {

absl::StatusOr<std::unique_ptr<Client>> Client::Create(Settings settings) {
  auto client = std::make_unique<Client>();
  ASSIGN_OR_RETURN(client->signer_, access::TokenSigner::FromFile(settings.key_file));
  if (!settings.tls_dir.empty()) {
    ASSIGN_OR_RETURN(client->tls_, rpc::TlsIdentity::Open(settings.tls_dir));
  }
  client->settings_ = std::move(settings);
  return client;
}

std::shared_ptr<grpc::Channel> Client::channel(const std::string& service) {
  std::shared_ptr<grpc::Channel>& channel = channels_[service];
  if (channel == nullptr) {
    rpc::ChannelOptions options;
    if (service != "gateway" || settings_.gateway_tls) options.tls = tls_;
    options.service = service;
    channel = rpc::Connect(settings_.addresses.at(service), options);
  }
  return channel;
}

rpc::CallOptions Client::Options(absl::Duration timeout) const {
  rpc::CallOptions options;
  const absl::Time now = absl::Now();
  options.deadline = now + timeout;
  // One signature for each call: this is no place where that counts.
  if (auto token = signer_->SignOwn(now, timeout + absl::Minutes(1)); token.ok()) {
    options.bearer = *std::move(token);
  }
  return options;
}

rpc::CallOptions Client::Options() const { return Options(absl::GetFlag(FLAGS_timeout)); }

}  // namespace phoihop::ctl
