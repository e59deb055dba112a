#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/access/tokens.h"
#include "services/ctl/commands.h"
#include "services/ctl/output.h"

namespace phoihop::ctl {

int GenerateKeys(const Settings& settings, const Arguments& arguments) {
  if (arguments.empty() || settings.data.empty()) {
    std::fputs("keys generate --data DIR IDENTITY...\n", stderr);
    return 2;
  }
  for (const std::string& identity : arguments) {
    const std::string file = settings.File(absl::StrCat("keys/private/", identity, ".key"));
    const absl::StatusOr<std::string> kid = access::GenerateKey(
        absl::StrCat("services/", identity), file, settings.File("keys/trusted"));
    if (!kid.ok()) {
      SayError(absl::StrCat("Không tạo được khóa của ", identity),
               absl::StrCat("The key of ", identity, " could not be made"), kid.status());
      return 1;
    }
    Say(absl::StrCat("Đã tạo khóa ", *kid), absl::StrCat("made the key ", *kid));
  }
  return 0;
}

}  // namespace phoihop::ctl
