#include "common/rpc/peers.h"

#include <map>
#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/config/flags.h"
#include "common/rpc/client.h"
#include "common/rpc/service_config.h"
#include "common/rpc/tls.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::rpc {

absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectTo(std::string_view service, Repeat repeat) {
  static const auto* const flags = new std::map<std::string, const absl::Flag<std::string>*>{
      {"directory", &FLAGS_directory_address},
      {"agreements", &FLAGS_agreements_address},
      {"opinions", &FLAGS_opinions_address},
      {"reporting", &FLAGS_reporting_address},
  };
  ChannelOptions options;
  options.service = std::string(service);
  const std::string addresses = absl::GetFlag(*flags->at(options.service));
  if (absl::Status status = TargetOf(addresses).status(); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", options.service, "_address: ", status.message()));
  }
  ASSIGN_OR_RETURN(options.tls, OwnIdentity());
  options.repeat_writes = repeat == Repeat::kWritesToo;
  return Connect(addresses, options);
}

}  // namespace phoihop::rpc
