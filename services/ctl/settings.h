// Where the services are and who is asking.
#ifndef PHOIHOP_SERVICES_CTL_SETTINGS_H_
#define PHOIHOP_SERVICES_CTL_SETTINGS_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace phoihop::ctl {

// The services that have a ledger and a gRPC port, the gateway last.
const std::vector<std::string>& ServiceNames();

// `key=value` lines as deploy/up writes them; a value may contain anything but a line
// break. A later line wins.
std::map<std::string, std::string> ParseConfig(std::string_view text);

// Settings of one run.
struct Settings {
  // Data folder; may be empty when everything is given by flags.
  std::string data;
  // The folder's mark, from which request ids of its bootstrap are made.
  std::string id;
  // host:port by service.
  std::map<std::string, std::string> addresses;
  // host:port of the gateway's HTTP port; empty when not known.
  std::string http_address;
  // Folder with the certificate of phoihopctl; empty when connections are not encrypted.
  std::string tls_dir;
  // Whether the gateway's gRPC port is encrypted, too.
  bool gateway_tls = false;
  // The private key of services/ctl, and the folder with everybody's public keys.
  std::string key_file;
  std::string trusted_keys_dir;

  // DATA/name.
  std::string File(std::string_view name) const;
};

// From --data and its config file; the flags --directory_address and so on, given or set
// by the environment, win. FAILED_PRECONDITION when --data names no data folder.
absl::StatusOr<Settings> LoadSettings();

// The whole content of a file; NOT_FOUND or UNAVAILABLE with the path.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_SETTINGS_H_
