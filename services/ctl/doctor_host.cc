#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "services/ctl/doctor.h"

ABSL_FLAG(std::string, backup_dir, "",
          "doctor: the folder of deploy/backup; that of the data folder's config when empty");

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
  // Without one.
  Verdict never;
  const char* vi;
  Text advice;
};

// `look` is the age at which the alerts of deploy/monitoring fire; `broken` is the doctor's own.
const std::vector<BackupRule>& BackupRules() {
  static const auto* const rules = new std::vector<BackupRule>{
      {"full",
       8 * kDay,
       15 * kDay,
       Verdict::kBroken,
       "đầy đủ",
       {"Make one now: phoihopctl --data DIR backup full; then see why its timer did not.",
        "Sao lưu ngay: phoihopctl --data DIR backup full; rồi xem vì sao lịch không chạy."}},
      {"incremental",
       26 * 3600,
       3 * kDay,
       Verdict::kLook,
       "phần tăng thêm",
       {"Make one now: phoihopctl --data DIR backup incremental; then see why its timer did not.",
        "Sao lưu ngay: phoihopctl --data DIR backup incremental; rồi xem vì sao lịch không chạy."}},
      {"archive",
       15 * 60,
       6 * 3600,
       Verdict::kLook,
       "binlog",
       {"What was written since is in no backup. Does `backup archive` run (deploy/up --backup "
        "DIR; "
        "DATA/log/archive/current), has the backups' disk room?",
        "Dữ liệu ghi từ lúc đó chưa được sao lưu. `backup archive` có chạy không (deploy/up "
        "--backup DIR; DATA/log/archive/current), đĩa sao lưu còn chỗ không?"}},
      {"drill",
       35 * kDay,
       1e12,
       Verdict::kLook,
       "diễn tập khôi phục",
       {"Try a restore: deploy/backup/drill --data DIR. What was never restored may be no backup.",
        "Khôi phục thử: deploy/backup/drill --data DIR. Chưa thử thì chưa chắc dùng được."}}};
  return *rules;
}

Text Age(double seconds) {
  seconds = std::max(0.0, seconds);
  if (seconds < 2 * 3600) {
    const std::string minutes = absl::StrFormat("%.0f", seconds / 60);
    return {minutes + " min", minutes + " phút"};
  }
  const bool hours = seconds < 2 * kDay;
  const std::string number = absl::StrFormat("%.0f", seconds / (hours ? 3600 : kDay));
  return {number + (hours ? " h" : " d"), number + (hours ? " giờ" : " ngày")};
}

// The folder of the backups: the flag's, or what `deploy/up --backup` remembers.
std::string BackupFolder(const Settings& settings) {
  std::string folder = absl::GetFlag(FLAGS_backup_dir);
  if (!folder.empty() || settings.data.empty()) return folder;
  const absl::StatusOr<std::string> text = ReadFile(settings.File("config"));
  return text.ok() ? ParseConfig(*text)["backup_dir"] : "";
}

void LookAtBackup(const BackupRule& rule, std::optional<double> last, Diagnoses& out) {
  const std::string check = absl::StrCat("backup.", rule.kind);
  Text seen = {"never", absl::StrCat("chưa bao giờ (", rule.vi, ")")};
  Verdict verdict = rule.never;
  if (last.has_value()) {
    const double age = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()) - *last;
    const Text text = Age(age);
    seen = {text.en + " ago", absl::StrCat(rule.vi, ": cách đây ", text.vi)};
    verdict = age > rule.broken ? Verdict::kBroken
              : age > rule.look ? Verdict::kLook
                                : Verdict::kGood;
  }
  if (verdict == Verdict::kGood) {
    out.Good(check, seen);
  } else if (verdict == Verdict::kLook) {
    out.Look(check, seen, rule.advice);
  } else {
    out.Broken(check, seen, rule.advice);
  }
}

// There may be backups, but not for the eyes of who asks.
void CannotLook(const std::string& folder, const std::string& why, Diagnoses& out) {
  out.Broken("backup",
             {absl::StrCat(folder, " cannot be read: ", why),
              absl::StrCat("không đọc được ", folder, ": ", why)},
             {"Run the doctor as who makes the backups; if it is that one, look at the disk.",
              "Hãy chạy doctor bằng người thực hiện sao lưu; nếu đã đúng người, kiểm tra ổ đĩa."});
}

void LookAtBackups(const Settings& settings, Diagnoses& out) {
  const std::string folder = BackupFolder(settings);
  if (folder.empty()) {
    return out.Look(
        "backup", {"no backup folder is known", "chưa biết thư mục sao lưu"},
        {"Have backups made: deploy/up --backup DIR, in containers deploy/compose backup, and the "
         "rest of deploy/backup/README.md. A folder that only others know: --backup_dir DIR.",
         "Hãy đặt sao lưu: deploy/up --backup DIR, với container deploy/compose backup, và phần "
         "còn lại của deploy/backup/README.md. Thư mục chỉ nơi khác biết: --backup_dir DIR."});
  }
  std::error_code error;
  const fs::file_type type = fs::status(folder, error).type();
  const absl::StatusOr<std::string> file = ReadFile(folder + "/metrics/backup.prom");
  if (type != fs::file_type::directory && type != fs::file_type::not_found) {
    return CannotLook(folder, error.message(), out);
  }
  if (type == fs::file_type::not_found) {
    return out.Broken("backup", {folder + " is not there", "không có thư mục " + folder},
                      {"Is the backups' disk mounted? Nothing is backed up until it is.",
                       "Ổ đĩa sao lưu đã gắn chưa? Khi chưa có thì không sao lưu được gì."});
  }
  // Without the file nothing has succeeded yet.
  if (!file.ok() && !absl::IsNotFound(file.status())) {
    return CannotLook(folder, std::string(file.status().message()), out);
  }
  out.Good("backup", {"in " + folder, "tại " + folder});
  const Metrics metrics(file.value_or(""));
  const auto last = [&](const char* kind) {
    return metrics.Get("phoihop_backup_last_success_timestamp_seconds", {{"kind", kind}});
  };
  for (const BackupRule& rule : BackupRules()) {
    std::optional<double> at = last(rule.kind);
    // A full copy holds everything that an incremental one would.
    if (rule.kind == std::string_view("incremental")) at = std::max(at, last("full"));
    LookAtBackup(rule, at, out);
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
