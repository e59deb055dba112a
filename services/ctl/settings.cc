#include "services/ctl/settings.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/config/flags.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/ctl/flags.h"

namespace phoihop::ctl {
namespace {

using StringFlag = absl::Flag<std::string>;

// The value that somebody gave, by the command line or the environment; empty when it is
// still the default.
std::string Given(const StringFlag& flag) {
  const std::string value = absl::GetFlag(flag);
  return value == absl::GetFlagReflectionHandle(flag).DefaultValue() ? "" : value;
}

const std::map<std::string, const StringFlag*>& AddressFlags() {
  static const auto* const flags = new std::map<std::string, const StringFlag*>{
      {"directory", &FLAGS_directory_address}, {"agreements", &FLAGS_agreements_address},
      {"opinions", &FLAGS_opinions_address},   {"reporting", &FLAGS_reporting_address},
      {"gateway", &FLAGS_gateway_address},
  };
  return *flags;
}

}  // namespace

const std::vector<std::string>& ServiceNames() {
  static const auto* const names =
      new std::vector<std::string>{"directory", "agreements", "opinions", "reporting", "gateway"};
  return *names;
}

std::map<std::string, std::string> ParseConfig(std::string_view text) {
  std::map<std::string, std::string> values;
  for (const absl::string_view line : absl::StrSplit(AbslView(text), '\n')) {
    const size_t equals = line.find('=');
    if (equals == absl::string_view::npos || line[0] == '#') continue;
    values[std::string(line.substr(0, equals))] = std::string(line.substr(equals + 1));
  }
  return values;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::Status(
        errno == ENOENT ? absl::StatusCode::kNotFound : absl::StatusCode::kUnavailable,
        absl::StrCat(path, ": ", std::strerror(errno)));
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Settings::File(std::string_view name) const {
  return absl::StrCat(data, "/", AbslView(name));
}

absl::StatusOr<Settings> LoadSettings() {
  Settings settings;
  settings.data = absl::GetFlag(FLAGS_data);
  std::map<std::string, std::string> config;
  if (!settings.data.empty()) {
    absl::StatusOr<std::string> text = ReadFile(settings.File("config"));
    if (!text.ok() && !absl::IsNotFound(text.status())) return text.status();
    if (text.ok()) config = ParseConfig(*text);
    settings.key_file = settings.File("keys/private/ctl.key");
    settings.trusted_keys_dir = settings.File("keys/trusted");
  }
  settings.id = config["id"];
  // Where services have peers on other machines they do not listen on loopback.
  const auto host = [&config](const std::string& service) {
    const std::string& address = config[service == "gateway" ? "gateway_address" : "address"];
    return address.empty() ? "127.0.0.1" : address;
  };
  for (const auto& [service, flag] : AddressFlags()) {
    const std::string port =
        config[service == "gateway" ? "grpc_port" : absl::StrCat(service, "_port")];
    const bool from_folder = Given(*flag).empty() && !port.empty();
    settings.addresses[service] =
        from_folder ? absl::StrCat(host(service), ":", port) : absl::GetFlag(*flag);
  }
  settings.tls_dir = absl::GetFlag(FLAGS_tls_dir);
  if (settings.tls_dir.empty() && config["tls"] == "on")
    settings.tls_dir = settings.File("tls/ctl");
  settings.gateway_tls = absl::GetFlag(FLAGS_gateway_tls);
  if (!config["http_port"].empty()) {
    settings.http_address = absl::StrCat(host("gateway"), ":", config["http_port"]);
  }
  if (std::string given = Given(FLAGS_signing_key_file); !given.empty()) settings.key_file = given;
  if (std::string given = Given(FLAGS_trusted_keys_dir); !given.empty()) {
    settings.trusted_keys_dir = given;
  }
  return settings;
}

}  // namespace phoihop::ctl
