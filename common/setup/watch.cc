#include "common/setup/watch.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/mysql/error.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/operation.h"

namespace phoihop::setup {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(2);
constexpr absl::Duration kFiguresAtLeast = absl::Hours(1);

constexpr char kStatus[] =
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'wsrep_cluster_size', "
    "'wsrep_cluster_status', 'wsrep_local_state', 'wsrep_ready', 'Ssl_server_not_after')";
// As OpenSSL prints an ASN1_TIME.
constexpr char kNotAfter[] = "%b %d %H:%M:%S %Y GMT";
constexpr char kVersions[] =
    "SELECT set_name, MAX(number) FROM schema_migrations WHERE finished GROUP BY set_name";
// The state of a node that has everything and takes part.
constexpr char kSynced[] = "4";

// Whether transactions may be sent to it: a node of a cluster that has lost the others, or is
// catching up, may not.
bool Synced(std::map<std::string, std::string>& status) {
  if (status["wsrep_cluster_size"].empty() || status["wsrep_cluster_size"] == "0") return true;
  return status["wsrep_cluster_status"] == "Primary" && status["wsrep_ready"] == "ON" &&
         status["wsrep_local_state"] == kSynced;
}

// What to do about it, for the log.
std::string_view AdviceFor(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  if (reason == "DATABASE_LOGIN_REFUSED") {
    return "put the password of this database user into the file of --mysql_password_file, or set "
           "that one in the database (deploy/rotate passwords does both); it is read at each new "
           "connection, without a restart";
  }
  if (reason == "STORAGE_FULL") return "make room on the database's disk";
  return "see whether the database runs and can be reached; it is tried again by itself";
}

// Says in the log when the database stops answering, or for another reason than before, and when
// it answers again.
class Trouble {
 public:
  void Note(const absl::Status& status) {
    const int number = status.ok() ? 0 : std::max(1, mysql::ErrorNumber(status));
    if (std::exchange(number_, number) == number) return;
    if (status.ok()) {
      LogInfo("the database answers again");
    } else {
      const std::string said = mysql::ErrorText(status);
      LogError("the database cannot be used",
               {{"error", said.empty() ? StdView(status.message()) : std::string_view(said)},
                {"number", number},
                {"advice", AdviceFor(status)}});
    }
  }

 private:
  int number_ = 0;
};

// The newest of each set.
std::map<std::string_view, int> NewestOf(absl::Span<const mysql::Migration> migrations) {
  std::map<std::string_view, int> newest;
  for (const mysql::Migration& migration : migrations) {
    newest[migration.set] = std::max(newest[migration.set], migration.number);
  }
  return newest;
}

double Number(const std::string& text) {
  return text.empty() ? 0 : std::strtod(text.c_str(), nullptr);
}

}  // namespace

class DatabaseWatch::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    mysql::ConnectionOptions& connection = options_.connection;
    connection.connect_timeout = kTimeout;
    connection.read_timeout = kTimeout + absl::Seconds(1);
    connection.statement_timeout = kTimeout;
    for (const auto& [set, number] : NewestOf(options_.migrations)) {
      GetGauge("phoihop_database_schema_expected", "Newest migration that this program knows.",
               {{"set", std::string(set)}})
          .Set(number);
    }
    thread_ = std::thread([this] { Loop(); });
  }

  ~Impl() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    thread_.join();
  }

 private:
  void Loop() {
    const ScopedOperation operation("watch");
    while (true) {
      const bool connected = db_ != nullptr;
      absl::Status status = Look();
      // A session that somebody has ended says nothing about the database.
      if (!status.ok() && connected) {
        db_.reset();
        status = Look();
      }
      up_.Set(status.ok() ? 1 : 0);
      trouble_.Note(status);
      if (!status.ok()) {
        db_.reset();
        synced_.Set(0);
      }
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), options_.interval)) return;
    }
  }

  absl::Status Look() {
    const absl::Time asked = absl::Now();
    if (encrypted_ && asked >= opened_ + options_.certificate_interval) db_.reset();
    if (db_ == nullptr || db_->broken()) {
      db_.reset();
      ASSIGN_OR_RETURN(db_, mysql::Connection::Open(options_.connection));
      opened_ = asked;
    }
    return Ask();
  }

  absl::Status Ask() {
    const absl::Time asked = absl::Now();
    absl::Time theirs;
    RETURN_IF_ERROR(db_->Query("SELECT NOW(6), @@max_connections", {}, [&](const mysql::Row& row) {
      theirs = row.Time(0);
      limit_.Set(row.Double(1));
      return absl::OkStatus();
    }));
    const absl::Duration took = absl::Now() - asked;
    seconds_.Set(absl::ToDoubleSeconds(took));
    skew_.Set(absl::ToDoubleSeconds(theirs - (asked + took / 2)));
    std::map<std::string, std::string> status;
    RETURN_IF_ERROR(db_->Query(kStatus, {}, [&](const mysql::Row& row) {
      status[row.Text(0)] = row.Text(1);
      return absl::OkStatus();
    }));
    synced_.Set(Synced(status) ? 1 : 0);
    nodes_.Set(Number(status["wsrep_cluster_size"]));
    connections_.Set(Number(status["Threads_connected"]));
    NoteCertificate(status["Ssl_server_not_after"]);
    RETURN_IF_ERROR(db_->Query(kVersions, {}, [](const mysql::Row& row) {
      GetGauge("phoihop_database_schema_version", "Newest migration that the database has.",
               {{"set", row.Text(0)}})
          .Set(row.Double(1));
      return absl::OkStatus();
    }));
    return Figures();
  }

  // The end of the certificate that the server showed to this session; empty without TLS.
  void NoteCertificate(const std::string& end) {
    encrypted_ = !end.empty();
    if (!encrypted_) return;
    absl::Time at;
    const bool good = absl::ParseTime(kNotAfter, end, &at, nullptr);
    GetGauge("phoihop_tls_certificate_expiry_timestamp_seconds",
             "When a certificate ends, since 1970 in UTC; 0 if it cannot be read.",
             {{"name", "database"}})
        .Set(good ? absl::ToDoubleSeconds(at - absl::UnixEpoch()) : 0);
  }

  absl::Status Figures() {
    if (!options_.figures) return absl::OkStatus();
    const absl::Time now = absl::Now();
    if (now < figures_time_ + options_.figures_interval) return absl::OkStatus();
    const int64_t position = options_.position ? options_.position() : -1;
    if (position == figures_position_ && now < figures_time_ + kFiguresAtLeast) {
      return absl::OkStatus();
    }
    figures_time_ = now;
    const absl::Status status = options_.figures(*db_);
    if (status.ok()) {
      figures_position_ = position;
    } else {
      // Says nothing about whether the database is there.
      LogWarning("the figures for the metrics were not read", {{"error", status.message()}});
    }
    return absl::OkStatus();
  }

  Options options_;
  std::unique_ptr<mysql::Connection> db_;
  absl::Time opened_;
  bool encrypted_ = false;
  Trouble trouble_;
  absl::Time figures_time_ = absl::InfinitePast();
  std::optional<int64_t> figures_position_;
  Gauge up_ = GetGauge("phoihop_database_up", "Whether the database answers.");
  Gauge seconds_ =
      GetGauge("phoihop_database_answer_seconds", "How long it took for a trivial question.");
  Gauge skew_ = GetGauge("phoihop_database_clock_skew_seconds",
                         "How far the database's clock is ahead of this process's.");
  Gauge synced_ =
      GetGauge("phoihop_database_synced",
               "Whether the database takes transactions: a single server that answers, or a node "
               "of a cluster with a quorum that has everything.");
  Gauge nodes_ =
      GetGauge("phoihop_database_cluster_nodes", "Nodes of the cluster; 0 without a cluster.");
  Gauge connections_ = GetGauge("phoihop_database_connections", "Connections that it has.");
  Gauge limit_ = GetGauge("phoihop_database_connections_limit", "Connections that it allows.");
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

DatabaseWatch::DatabaseWatch(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
DatabaseWatch::~DatabaseWatch() = default;

}  // namespace phoihop::setup
