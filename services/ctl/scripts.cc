#include "services/ctl/scripts.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/ctl/output.h"

namespace phoihop::ctl {
namespace {

namespace fs = std::filesystem;

// Where the command's word stands; 0 when there is none. Only --data may precede it.
int CommandWord(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--data" || argument == "-data") {
      ++i;
    } else if (argument.empty() || argument[0] != '-') {
      return i;
    }
  }
  return 0;
}

}  // namespace

int RunScript(int argc, char** argv) {
  const int word = CommandWord(argc, argv);
  if (word == 0) return -1;
  const std::string name = argv[word];
  if (name != "backup" && name != "restore") return -1;

  std::error_code error;
  const fs::path programs = fs::read_symlink("/proc/self/exe", error).parent_path();
  const std::string script = programs.parent_path().parent_path() / "deploy" / "backup" / name;
  // The script and what it starts use the programs beside this one.
  setenv("PHOIHOP_BIN", programs.c_str(), /*overwrite=*/1);
  std::vector<char*> arguments = {const_cast<char*>(script.c_str())};
  for (int i = 1; i < argc; ++i) {
    if (i != word) arguments.push_back(argv[i]);
  }
  arguments.push_back(nullptr);
  execv(script.c_str(), arguments.data());
  SayError("Không chạy được lệnh sao lưu; nó nằm trong thư mục mã nguồn",
           "The command cannot be run; it lies in the clone",
           absl::NotFoundError(absl::StrCat(script, ": ", strerror(errno))));
  return 1;
}

}  // namespace phoihop::ctl
