#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/status/views.h"
#include "common/telemetry/process.h"
#include "services/ctl/doctor.h"

namespace phoihop::ctl {
namespace {

constexpr double kClockLimit = 2;
constexpr double kNearLimit = 0.8;

using Processes = std::vector<Process>;

std::string Seconds(double seconds) {
  if (std::isinf(seconds)) return "∞";
  return absl::StrFormat("%.3g s", seconds);
}

void LookAtVersions(const Processes& processes, Diagnoses& out) {
  std::set<std::string> versions = {std::string(Version())};
  for (const Process& process : processes) {
    for (const Sample& sample : process.metrics.All("phoihop_build_info")) {
      const auto version = sample.labels.find("version");
      if (version != sample.labels.end()) versions.insert(version->second);
    }
  }
  const std::string all = absl::StrJoin(versions, ", ");
  if (versions.size() == 1) return out.Good("versions", {"all " + all, "đều là " + all});
  out.Look(
      "versions", {"different: " + all, "khác nhau: " + all},
      {"Finish the upgrade: see deploy/README.md.", "Hoàn tất nâng cấp: xem deploy/README.md."});
}

void LookAtMigrations(const Process& process, Diagnoses& out) {
  for (const Sample& expected : process.metrics.All("phoihop_database_schema_expected")) {
    const std::string set = expected.labels.at("set");
    const auto has = process.metrics.Get("phoihop_database_schema_version", {{"set", set}});
    if (!has.has_value()) continue;  // the database is down, which is told elsewhere
    const std::string numbers =
        absl::StrCat(static_cast<int>(*has), " / ", static_cast<int>(expected.value));
    if (*has >= expected.value) {
      out.Good("migrations." + set, {numbers, numbers});
    } else {
      out.Broken(
          "migrations." + set,
          {absl::StrCat("the database has ", numbers), absl::StrCat("mới có bước ", numbers)},
          {absl::StrCat("Run the service with --migrate_only (deploy/up does)."),
           "Chạy dịch vụ với --migrate_only (deploy/up tự làm việc này)."});
    }
  }
}

void LookAtClocks(const Process& process, Diagnoses& out) {
  const std::string check = absl::StrCat("clock.", process.service);
  const double now = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  const double own = process.metrics.Get("phoihop_time_seconds").value_or(now) - now;
  const double database = process.metrics.Get("phoihop_database_clock_skew_seconds").value_or(0);
  const double worst = std::max(std::abs(own), std::abs(database));
  const std::string seen = absl::StrFormat("%+.2f s, database %+.2f s", own, database);
  const std::string seen_vi = absl::StrFormat("%+.2f s, cơ sở dữ liệu %+.2f s", own, database);
  if (worst <= kClockLimit) return out.Good(check, {seen, seen_vi});
  out.Broken(check, {"differs from here by " + seen, "lệch so với máy này " + seen_vi},
             {"Set the clocks by NTP (timedatectl, chrony).", "Đồng bộ giờ bằng NTP (chrony)."});
}

void LookAtFeeds(const Process& process, Diagnoses& out) {
  for (const Sample& sample : process.metrics.All("phoihop_feed_seconds_since_message")) {
    const std::string feed = sample.labels.at("feed");
    const double lag =
        process.metrics.Get("phoihop_feed_lag_records", {{"feed", feed}}).value_or(0);
    const std::string check = absl::StrCat("feed.", process.service, ".", feed);
    const std::string seen = absl::StrCat(static_cast<int64_t>(lag), " records behind, heard ",
                                          Seconds(sample.value), " ago");
    const std::string seen_vi = absl::StrCat("chậm ", static_cast<int64_t>(lag),
                                             " bản ghi, nghe cách đây ", Seconds(sample.value));
    if (sample.value < 10 && lag < 1000) {
      out.Good(check, {seen, seen_vi});
    } else {
      out.Look(check, {seen, seen_vi},
               {"Does the service that is followed serve, and does lag shrink (phoihopctl top)?",
                "Dịch vụ được theo dõi có chạy không, độ chậm có giảm không (phoihopctl top)?"});
    }
  }
  const auto age = process.metrics.Get("phoihop_directory_snapshot_age_seconds");
  if (!age.has_value()) return;
  const std::string check = absl::StrCat("snapshot.", process.service);
  const Text seen = {Seconds(*age) + " old", "đã " + Seconds(*age)};
  if (*age < 5) {
    out.Good(check, seen);
  } else if (*age < 60) {
    out.Look(check, seen,
             {"The directory is silent; beyond 60 s calls are refused. Look at it.",
              "Danh bạ im lặng; quá 60 giây sẽ từ chối. Xem dịch vụ directory."});
  } else {
    out.Broken(check, seen,
               {"Calls are refused: get the directory to run.",
                "Đang từ chối yêu cầu: khôi phục dịch vụ directory."});
  }
}

// A use and its limit.
void LookAtShare(const std::string& check, double used, double limit, const Text& advice,
                 Diagnoses& out) {
  if (limit <= 0) return;
  const std::string seen =
      absl::StrCat(static_cast<int64_t>(used), " / ", static_cast<int64_t>(limit));
  if (used <= kNearLimit * limit) return out.Good(check, {seen, seen});
  out.Look(check, {seen, seen}, advice);
}

void LookAtLimits(const Process& process, Diagnoses& out) {
  const Metrics& metrics = process.metrics;
  const std::string& name = process.service;
  LookAtShare(
      absl::StrCat("queue.", name), metrics.Max("phoihop_rpc_queue_depth"),
      metrics.Max("phoihop_rpc_queue_capacity"),
      {"Overload: see RUNBOOK.md, PhoihopQueueFull.", "Quá tải: xem RUNBOOK.md, PhoihopQueueFull."},
      out);
  for (const Sample& pool : metrics.All("phoihop_mysql_pool_in_use")) {
    const Labels labels = {{"pool", pool.labels.at("pool")}};
    LookAtShare(absl::StrCat("pool.", name, ".", labels.at("pool")), pool.value,
                metrics.Get("phoihop_mysql_pool_size", labels).value_or(0),
                {"Statements are slow or too many: see the slow statements in its log.",
                 "Lệnh chậm hoặc quá nhiều: xem các lệnh chậm (slow statement) trong nhật ký."},
                out);
  }
  LookAtShare(absl::StrCat("files.", name), metrics.Max("process_open_fds"),
              metrics.Max("process_max_fds"),
              {"Raise LimitNOFILE / ulimit -n.", "Tăng LimitNOFILE / ulimit -n."}, out);
  LookAtShare(absl::StrCat("lanes.", name), metrics.Max("phoihop_lane_waiting"),
              metrics.Max("phoihop_lane_queue_capacity"),
              {"Writes do not get through: see RUNBOOK.md, PhoihopLaneQueueFull.",
               "Ghi bị ùn: xem RUNBOOK.md, PhoihopLaneQueueFull."},
              out);
  if (const double busy = metrics.Max("phoihop_lane_busy_seconds"); busy > 5) {
    out.Broken(
        absl::StrCat("lane.", name),
        {"a lane is at one batch since " + Seconds(busy), "một làn ghi kẹt " + Seconds(busy)},
        {"Who holds locks? SHOW ENGINE INNODB STATUS; see RUNBOOK.md, PhoihopLaneStuck.",
         "Ai giữ khóa? SHOW ENGINE INNODB STATUS; xem RUNBOOK.md, PhoihopLaneStuck."});
  }
  if (metrics.Get("phoihop_gateway_limits_file_good").value_or(1) == 0) {
    out.Look("limits_file", {"has a mistake; the limits before it hold", "sai; dùng hạn mức cũ"},
             {"Its log names the mistake.", "Nhật ký của cổng kết nối nêu chỗ sai."});
  }
}

// Each lease has one holder among the replicas of a service.
void LookAtLeases(const Processes& processes, Diagnoses& out) {
  std::map<std::string, double> held;
  for (const Process& process : processes) {
    for (const Sample& sample : process.metrics.All("phoihop_lease_held")) {
      held[absl::StrCat(process.service, ".", sample.labels.at("name"))] += sample.value;
    }
  }
  for (const auto& [name, count] : held) {
    const std::string check = absl::StrCat("lease.", name);
    if (count == 1) {
      out.Good(check, {"held", "có bản giữ"});
    } else {
      out.Look(check,
               {absl::StrCat("held by ", static_cast<int>(count), " replicas"),
                absl::StrCat(static_cast<int>(count), " bản đang giữ")},
               {"Look again in 10 s; none for longer: scheduled work stands still, see the log.",
                "Xem lại sau 10 giây; nếu vẫn không có: việc theo lịch ngừng, xem nhật ký."});
    }
  }
}

void LookAtDatabaseFromProcess(const Process& process, Diagnoses& out) {
  const auto up = process.metrics.Get("phoihop_database_up");
  if (!up.has_value()) return;
  const std::string check = absl::StrCat("database.", process.service);
  const double seconds = process.metrics.Get("phoihop_database_answer_seconds").value_or(0);
  if (*up == 0) {
    out.Broken(check, {"does not answer", "không trả lời"},
               {"Is MariaDB running, with room on its disk? See RUNBOOK.md, PhoihopDatabaseDown.",
                "MariaDB có chạy, đĩa còn chỗ không? Xem RUNBOOK.md, PhoihopDatabaseDown."});
  } else if (process.metrics.Get("phoihop_database_synced").value_or(1) == 0) {
    out.Broken(
        check, {"the node is not synced or has no quorum", "nút không đồng bộ, mất đa số"},
        {"deploy/cluster/node status on each node; see RUNBOOK.md, PhoihopDatabaseNotSynced.",
         "Chạy deploy/cluster/node status ở từng nút; xem RUNBOOK.md."});
  } else if (seconds > 0.2) {
    out.Look(check, {"answers in " + Seconds(seconds), "trả lời sau " + Seconds(seconds)},
             {"Overloaded, or far away?", "Quá tải, hay mạng chậm?"});
  } else {
    out.Good(check, {"answers in " + Seconds(seconds), "trả lời sau " + Seconds(seconds)});
  }
}

}  // namespace

void LookAtProcesses(const Processes& processes, Diagnoses& out) {
  if (processes.empty()) return;
  LookAtVersions(processes, out);
  for (const Process& process : processes) {
    LookAtDatabaseFromProcess(process, out);
    LookAtMigrations(process, out);
    LookAtClocks(process, out);
    LookAtFeeds(process, out);
    LookAtLimits(process, out);
    LookAtCertificates(process, out);
  }
  LookAtLeases(processes, out);
}

}  // namespace phoihop::ctl
