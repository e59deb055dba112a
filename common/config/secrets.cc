#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/config/config.h"
#include "common/status/errors.h"

namespace phoihop::config {
namespace {

constexpr size_t kMaxSecretBytes = 64 << 10;

absl::Status Bad(const std::string& path, const std::string& what) {
  return Precondition("SECRET_FILE",
                      {absl::StrCat("Secret file ", path, ": ", what, "."),
                       absl::StrCat("Tệp bí mật ", path, " không dùng được.")},
                      path);
}

}  // namespace

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  if (path.empty()) return Bad("(none)", "no file was configured");
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Bad(path, std::strerror(errno));
  const auto close_file = absl::MakeCleanup([fd] { close(fd); });
  // Of the open file, so that it cannot be exchanged between check and reading.
  struct stat info {};
  if (fstat(fd, &info) != 0) return Bad(path, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return Bad(path, "is not a regular file");
  // A volume with secrets belongs to root in Kubernetes, and to the group that the pod alone has.
  const bool of_pod = info.st_uid == 0 && geteuid() != 0 && info.st_gid == getegid();
  if ((info.st_mode & (of_pod ? 037 : 077)) != 0) {
    return Bad(path, "can be read by others; run 'chmod 600' on it");
  }
  std::string content(kMaxSecretBytes + 1, '\0');
  size_t size = 0;
  while (size < content.size()) {
    const ssize_t n = read(fd, content.data() + size, content.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Bad(path, std::strerror(errno));
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  if (size > kMaxSecretBytes) return Bad(path, "is larger than 64 KB");
  content.resize(size);
  if (!content.empty() && content.back() == '\n') content.pop_back();
  if (!content.empty() && content.back() == '\r') content.pop_back();
  if (content.empty()) return Bad(path, "is empty");
  return content;
}

}  // namespace phoihop::config
