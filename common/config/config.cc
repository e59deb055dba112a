#include "common/config/config.h"

#include <cstdio>
#include <cstdlib>
#include <map>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/parse.h"
#include "absl/flags/reflection.h"
#include "absl/flags/usage.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/views.h"

namespace phoihop::config {
namespace {

// Abseil's own flags and those of the test framework are not part of the usage.
bool IsOurs(const absl::CommandLineFlag& flag) {
  const std::string file = flag.Filename();
  return !absl::StrContains(file, "absl/") && !absl::StrContains(file, "gtest");
}

// By name, so that the help is in alphabetical order.
std::map<std::string, absl::CommandLineFlag*> OurFlags() {
  std::map<std::string, absl::CommandLineFlag*> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (IsOurs(*flag)) flags.emplace(std::string(name), flag);
  }
  return flags;
}

bool AsksForHelp(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--") return false;
    if (argument == "--help" || argument == "-help" || argument == "-h") return true;
  }
  return false;
}

}  // namespace

std::string EnvironmentName(std::string_view flag) {
  return absl::StrCat("PHOIHOP_", absl::AsciiStrToUpper(AbslView(flag)));
}

absl::Status SetFlagsFrom(
    const std::function<std::optional<std::string>(const std::string& variable)>& lookup) {
  FieldErrors errors;
  for (const auto& [name, flag] : OurFlags()) {
    const std::string variable = EnvironmentName(name);
    const std::optional<std::string> value = lookup(variable);
    if (!value.has_value()) continue;
    std::string error;
    if (!flag->ParseFrom(*value, &error)) {
      errors.Add(variable, "BAD_VALUE",
                 {absl::StrCat("is not a value for --", name), "Giá trị không hợp lệ."});
    }
  }
  return errors.ToStatus();
}

std::string HelpText(std::string_view usage) {
  std::string text = absl::StrCat(AbslView(usage), "\n\nFlags:\n");
  for (const auto& [name, flag] : OurFlags()) {
    const std::string preset = flag->DefaultValue();
    absl::StrAppend(&text, "  --", name, "\n      ", flag->Help(), ".",
                    preset.empty() ? "" : absl::StrCat(" Default: ", preset, "."),
                    " Environment: ", EnvironmentName(name), "\n");
  }
  return text;
}

std::vector<std::string> Init(int argc, char** argv, std::string_view usage) {
  if (AsksForHelp(argc, argv)) {
    std::fputs(HelpText(usage).c_str(), stdout);
    std::exit(0);
  }
  const absl::Status status = SetFlagsFrom([](const std::string& variable) {
    const char* value = std::getenv(variable.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
  if (!status.ok()) {
    for (const std::string& variable : ViolatedFields(status)) {
      std::fprintf(stderr, "The environment variable %s has a value that its flag refuses.\n",
                   variable.c_str());
    }
    std::exit(2);
  }
  absl::SetProgramUsageMessage(AbslView(usage));
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  return {rest.begin() + 1, rest.end()};
}

}  // namespace phoihop::config
