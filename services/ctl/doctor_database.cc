#include <pwd.h>
#include <unistd.h>

#include <map>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/config/config.h"
#include "common/config/flags.h"
#include "common/mysql/connection.h"
#include "common/mysql/error.h"
#include "services/ctl/doctor.h"

namespace phoihop::ctl {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(3);

constexpr char kVariables[] =
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit', "
    "'sync_binlog', 'sql_mode', 'character_set_server', 'innodb_doublewrite', 'log_bin', "
    "'binlog_format', 'open_files_limit', 'max_connections', 'max_allowed_packet', 'local_infile', "
    "'wsrep_on', 'transaction_isolation', 'version')";
constexpr char kStatus[] =
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_cluster_status', "
    "'wsrep_local_state_comment', 'wsrep_ready', 'wsrep_flow_control_paused', 'Threads_connected')";

using Values = std::map<std::string, std::string>;

std::string UserName() {
  const passwd* const entry = getpwuid(geteuid());
  return entry == nullptr ? "root" : entry->pw_name;
}

// The server of --mysql_socket or --mysql_host, or else of the data folder, whose administrator is
// whoever owns it.
mysql::ConnectionOptions OptionsFor(const Settings& settings) {
  mysql::ConnectionOptions options;
  options.socket = absl::GetFlag(FLAGS_mysql_socket);
  options.host = absl::GetFlag(FLAGS_mysql_host);
  options.port = absl::GetFlag(FLAGS_mysql_port);
  options.user = absl::GetFlag(FLAGS_mysql_user);
  if (const std::string file = absl::GetFlag(FLAGS_mysql_password_file); !file.empty()) {
    options.password = config::ReadSecretFile(file).value_or("");
  }
  if (options.socket.empty() && options.host.empty() && !settings.data.empty()) {
    const auto text = ReadFile(settings.File("config"));
    if (text.ok()) options.socket = ParseConfig(*text)["mysql_socket"];
  }
  if (options.user.empty()) options.user = UserName();
  options.connect_timeout = kPatience;
  options.read_timeout = kPatience + absl::Seconds(1);
  options.statement_timeout = kPatience;
  return options;
}

absl::Status Read(mysql::Connection& db, const char* sql, Values& values) {
  return db.Query(sql, {}, [&](const mysql::Row& row) {
    values[row.Text(0)] = row.Text(1);
    return absl::OkStatus();
  });
}

// A setting that must have this value.
void Expect(Values& values, const std::string& name, const std::string& wanted, Verdict otherwise,
            const Text& why, Diagnoses& out) {
  const std::string check = "mariadb." + name;
  const std::string& value = values[name];
  const Text seen = {value, value};
  if (absl::EqualsIgnoreCase(value, wanted)) return out.Good(check, seen);
  const Text advice = {absl::StrCat("Set ", name, " = ", wanted, ": ", why.en),
                       absl::StrCat("Đặt ", name, " = ", wanted, ": ", why.vi)};
  if (otherwise == Verdict::kBroken) {
    out.Broken(check, seen, advice);
  } else {
    out.Look(check, seen, advice);
  }
}

void LookAtSettings(Values& values, bool cluster, Diagnoses& out) {
  const Text lose = {"otherwise a crash loses what was acknowledged",
                     "nếu không, sự cố sẽ làm mất dữ liệu đã xác nhận"};
  // In a cluster the other nodes have it; there both are a matter of taste.
  const Verdict durable = cluster ? Verdict::kLook : Verdict::kBroken;
  Expect(values, "innodb_flush_log_at_trx_commit", "1", durable, lose, out);
  if (values["log_bin"] == "ON") Expect(values, "sync_binlog", "1", durable, lose, out);
  Expect(values, "innodb_doublewrite", "ON", Verdict::kBroken,
         {"a power cut would damage pages", "mất điện sẽ làm hỏng trang dữ liệu"}, out);
  Expect(values, "character_set_server", "utf8mb4", Verdict::kLook,
         {"tables made by hand would not keep Vietnamese", "bảng tạo tay sẽ hỏng tiếng Việt"}, out);
  if (!cluster) {
    Expect(values, "log_bin", "ON", Verdict::kLook,
           {"without it a restore cannot reach a chosen second",
            "thiếu nó không khôi phục được đến đúng thời điểm"},
           out);
  }
  if (values["log_bin"] == "ON") {
    Expect(values, "binlog_format", "ROW", Verdict::kBroken,
           {"statements do not repeat exactly", "lệnh chạy lại không cho kết quả y hệt"}, out);
  }
  Expect(values, "local_infile", "OFF", Verdict::kLook,
         {"a client could be made to send files", "máy khách có thể bị lừa gửi tệp"}, out);
  if (absl::StrContains(values["sql_mode"], "STRICT_")) {
    out.Good("mariadb.sql_mode", {"strict", "nghiêm ngặt"});
  } else {
    out.Look("mariadb.sql_mode", {values["sql_mode"], values["sql_mode"]},
             {"Add STRICT_ALL_TABLES.", "Thêm STRICT_ALL_TABLES."});
  }
  int64_t files = 0;
  if (absl::SimpleAtoi(values["open_files_limit"], &files) && files < 4096) {
    out.Look("mariadb.open_files_limit", {values["open_files_limit"], values["open_files_limit"]},
             {"Raise LimitNOFILE of MariaDB to 16384 or more.",
              "Tăng LimitNOFILE của MariaDB lên ít nhất 16384."});
  } else {
    out.Good("mariadb.open_files_limit", {values["open_files_limit"], values["open_files_limit"]});
  }
}

void LookAtCluster(Values& status, Diagnoses& out) {
  const std::string state =
      absl::StrCat(status["wsrep_cluster_status"], ", ", status["wsrep_local_state_comment"], ", ",
                   status["wsrep_cluster_size"], " nodes, ready ", status["wsrep_ready"]);
  const Text seen = {state, state};
  int64_t nodes = 0;
  (void)absl::SimpleAtoi(status["wsrep_cluster_size"], &nodes);
  if (status["wsrep_cluster_status"] != "Primary" || status["wsrep_ready"] != "ON" ||
      status["wsrep_local_state_comment"] != "Synced") {
    out.Broken("galera", seen,
               {"deploy/cluster/node status and recover; see RUNBOOK.md, PhoihopDatabaseNotSynced.",
                "Dùng deploy/cluster/node status, recover; xem RUNBOOK.md."});
  } else if (nodes < 3 || nodes % 2 == 0) {
    out.Look("galera", seen,
             {"Three (or another odd number of) nodes keep a quorum when one dies.",
              "Cần ba nút (số lẻ) để còn đa số khi một nút hỏng."});
  } else {
    out.Good("galera", seen);
  }
}

}  // namespace

void LookAtDatabase(const Settings& settings, Diagnoses& out) {
  const mysql::ConnectionOptions options = OptionsFor(settings);
  if (options.socket.empty() && options.host.empty()) {
    return out.Look(
        "mariadb", {"not looked at: no address", "không xem: chưa biết địa chỉ"},
        {"Give --mysql_host or --mysql_socket, --mysql_user and "
         "--mysql_password_file.",
         "Thêm --mysql_host hoặc --mysql_socket, --mysql_user, --mysql_password_file."});
  }
  const auto db = mysql::Connection::Open(options);
  Values variables;
  Values status;
  absl::Status read = db.status();
  if (read.ok()) read = Read(**db, kVariables, variables);
  if (read.ok()) read = Read(**db, kStatus, status);
  if (!read.ok()) {
    const std::string why = mysql::ErrorNumber(read) == 0
                                ? std::string(read.message())
                                : absl::StrCat("error ", mysql::ErrorNumber(read));
    return out.Look("mariadb",
                    {absl::StrCat("could not be looked at as ", options.user, ": ", why),
                     absl::StrCat("không xem được với người dùng ", options.user, ": ", why)},
                    {"If the services' own database checks are good it runs: run this as its "
                     "administrator.",
                     "Nếu các mục database.* đều tốt thì nó vẫn chạy: chạy lệnh này bằng người "
                     "quản trị."});
  }
  const bool cluster = variables["wsrep_on"] == "ON" && status["wsrep_cluster_size"] != "0";
  out.Good("mariadb.version", {variables["version"], variables["version"]});
  LookAtSettings(variables, cluster, out);
  if (cluster) LookAtCluster(status, out);
}

}  // namespace phoihop::ctl
