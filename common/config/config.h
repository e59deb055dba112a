// Configuration by Abseil flags and environment.
#ifndef PHOIHOP_COMMON_CONFIG_CONFIG_H_
#define PHOIHOP_COMMON_CONFIG_CONFIG_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace phoihop::config {

// Sets flags from the environment, then from the command line, and returns the
// positional arguments. `--help` prints `usage` and the flags and exits with 0; a bad
// value or an unknown flag is told on stderr and exits with 2 (1 for an unknown
// flag, which Abseil handles). Call it first in main().
std::vector<std::string> Init(int argc, char** argv, std::string_view usage);

// The variable for a flag: `PHOIHOP_GRPC_PORT` for `grpc_port`.
std::string EnvironmentName(std::string_view flag);

// Sets each flag for which `lookup` has a variable. INVALID_ARGUMENT names the
// variable, not its value.
absl::Status SetFlagsFrom(
    const std::function<std::optional<std::string>(const std::string& variable)>& lookup);

// What --help prints.
std::string HelpText(std::string_view usage);

// Reads a secret: a file of at most 64 KB that nobody but its owner can read or
// write, without its last line break. FAILED_PRECONDITION when it is missing, empty
// or too open; the text names the path and how to mend it, never the content.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

}  // namespace phoihop::config

#endif  // PHOIHOP_COMMON_CONFIG_CONFIG_H_
