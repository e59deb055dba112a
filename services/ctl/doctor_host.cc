#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "services/ctl/doctor.h"

ABSL_FLAG(std::string, backup_dir, "",
          "doctor: the folder of deploy/backup, whose metrics.prom tells when backups succeeded");

namespace phoihop::ctl {
namespace {

namespace fs = std::filesystem;

constexpr double kDay = 86400;
constexpr double kGigabyte = 1 << 30;

void LookAtDisk(const std::string& check, const std::string& path, Diagnoses& out) {
  struct statvfs room {};
  if (statvfs(path.c_str(), &room) != 0 || room.f_blocks == 0) return;
  const double free = static_cast<double>(room.f_bavail) * static_cast<double>(room.f_frsize);
  const double part = static_cast<double>(room.f_bavail) / static_cast<double>(room.f_blocks);
  const std::string seen =
      absl::StrFormat("%.1f GB free (%.0f%%) at %s", free / kGigabyte, 100 * part, path);
  const std::string seen_vi =
      absl::StrFormat("còn %.1f GB (%.0f%%) tại %s", free / kGigabyte, 100 * part, path);
  const Text advice = {
      "Make room: old logs, binary logs (PURGE BINARY LOGS), old backups; or a "
      "larger disk. A full disk stops all writes.",
      "Dọn nhật ký cũ, binlog (PURGE BINARY LOGS), bản sao lưu cũ hoặc thêm đĩa. "
      "Đĩa đầy sẽ dừng mọi việc ghi."};
  if (free < 0.2 * kGigabyte || part < 0.02) {
    out.Broken(check, {seen, seen_vi}, advice);
  } else if (free < kGigabyte || part < 0.1) {
    out.Look(check, {seen, seen_vi}, advice);
  } else {
    out.Good(check, {seen, seen_vi});
  }
}

// Files of these folders that somebody besides their owner may read.
void LookAtKeys(const Settings& settings, Diagnoses& out) {
  std::vector<std::string> open;
  int files = 0;
  std::vector<std::string> folders = {settings.File("keys/private"), settings.File("secrets")};
  if (!settings.tls_dir.empty()) folders.push_back(settings.tls_dir);
  for (const std::string& folder : folders) {
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      const std::string name = at->path().filename().string();
      // A certificate may be read by everybody.
      if (folder == settings.tls_dir && name != "key.pem") continue;
      struct stat status {};
      if (stat(at->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
      ++files;
      if ((status.st_mode & 077) != 0) open.push_back(at->path().string());
    }
  }
  if (files == 0) return;
  if (open.empty()) {
    return out.Good("keys", {absl::StrCat(files, " key files, each for its owner alone"),
                             absl::StrCat(files, " tệp khóa, chỉ chủ sở hữu đọc được")});
  }
  const std::string names = absl::StrJoin(open, ", ");
  out.Broken("keys", {"others may read " + names, "người khác đọc được " + names},
             {"chmod 600 these files; if strangers have accounts here, make new keys "
              "(phoihopctl keys generate).",
              "chmod 600 các tệp này; nếu máy có người lạ, hãy tạo khóa mới (phoihopctl keys "
              "generate)."});
}

struct BackupRule {
  const char* kind;
  double look;
  double broken;
  const char* vi;
};
constexpr BackupRule kBackups[] = {{"full", 8 * kDay, 15 * kDay, "đầy đủ"},
                                   {"incremental", 26 * 3600, 3 * kDay, "phần tăng thêm"},
                                   {"archive", 15 * 60, 6 * 3600, "binlog"},
                                   {"drill", 35 * kDay, 1e12, "diễn tập khôi phục"}};

std::string Age(double seconds) {
  if (seconds < 2 * 3600) return absl::StrFormat("%.0f min", seconds / 60);
  return seconds < 2 * kDay ? absl::StrFormat("%.0f h", seconds / 3600)
                            : absl::StrFormat("%.0f d", seconds / kDay);
}

void LookAtBackups(const Settings& settings, Diagnoses& out) {
  std::string folder = absl::GetFlag(FLAGS_backup_dir);
  if (folder.empty() && !settings.data.empty()) folder = settings.File("backup");
  const absl::StatusOr<std::string> text = ReadFile(folder + "/metrics.prom");
  const Text advice = {"deploy/backup/backup --help; give the folder by --backup_dir.",
                       "Xem deploy/backup/backup --help; chỉ thư mục bằng --backup_dir."};
  if (folder.empty() || !text.ok()) {
    return out.Look("backup", {"no backup is known of", "chưa thấy bản sao lưu nào"}, advice);
  }
  const Metrics metrics(*text);
  const double now = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  for (const BackupRule& rule : kBackups) {
    const std::string check = absl::StrCat("backup.", rule.kind);
    const auto last =
        metrics.Get("phoihop_backup_last_success_timestamp_seconds", {{"kind", rule.kind}});
    if (!last.has_value()) {
      out.Look(check, {"never", absl::StrCat("chưa bao giờ (", rule.vi, ")")}, advice);
      continue;
    }
    const double age = now - *last;
    const Text seen = {Age(age) + " ago", absl::StrCat(rule.vi, ": cách đây ", Age(age))};
    if (age > rule.broken) {
      out.Broken(check, seen, advice);
    } else if (age > rule.look) {
      out.Look(check, seen, advice);
    } else {
      out.Good(check, seen);
    }
  }
}

}  // namespace

void LookAtHost(const Settings& settings, Diagnoses& out) {
  if (!settings.data.empty()) {
    LookAtDisk("disk", settings.data, out);
    LookAtKeys(settings, out);
  }
  LookAtBackups(settings, out);
}

}  // namespace phoihop::ctl
