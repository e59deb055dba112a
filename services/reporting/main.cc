// The reporting process.
#include <map>
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "common/access/directory_follower.h"
#include "common/config/flags.h"
#include "common/ledger/service.h"
#include "common/mysql/connection.h"
#include "common/rpc/peers.h"
#include "common/rpc/service_main.h"
#include "common/setup/backend.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "migrations/reporting_store.h"
#include "services/reporting/projection/grpc_feeds.h"
#include "services/reporting/projection/live.h"
#include "services/reporting/rpc/service.h"
#include "services/reporting/store/mysql_projection_store.h"
#include "services/reporting/store/mysql_report_store.h"

namespace phoihop::reporting {
namespace {

// Following has connections of its own, so that it goes on while reports are read: one for
// each feed, one to look and one to clean up.
constexpr int kFollowingConnections = 5;
// A recount: one for each feed, and three for comparing and taking it.
constexpr int kRecountConnections = 6;
// A replica that is frozen within a batch loses its locks after so long, and another one goes on.
// Comparing a recount thinks for longer between its statements.
constexpr absl::Duration kIdleTransaction = absl::Seconds(5);

constexpr absl::Duration kStartLimit = absl::Seconds(30);

// Everything that lives as long as the process serves, in order of dependence.
struct Process {
  std::unique_ptr<setup::Backend> backend;
  std::unique_ptr<mysql::Pool> following_pool;
  std::unique_ptr<mysql::Pool> recount_pool;
  std::unique_ptr<MysqlReportStore> reports;
  std::unique_ptr<MysqlProjectionStore> projection;
  std::unique_ptr<MysqlProjectionStore> followed;
  std::unique_ptr<MysqlProjectionStore> recounted;
  std::unique_ptr<access::DirectoryFollower> directory;
  std::unique_ptr<GrpcFeeds> feeds;
  std::unique_ptr<LiveProjection> live;
  std::unique_ptr<ReportingService> service;

  absl::Status Open(rpc::Server::Builder& builder) {
    ASSIGN_OR_RETURN(backend, setup::OpenBackend("reporting", migrations::reporting_store()));
    setup::Watch(*backend, migrations::reporting_store());
    mysql::Pool::Options pool = backend->pool->options();
    pool.size = kRecountConnections;
    pool.name = "recount";
    ASSIGN_OR_RETURN(recount_pool, mysql::Pool::Create(pool));
    pool.size = kFollowingConnections;
    pool.name = "following";
    pool.connection.idle_transaction_timeout = kIdleTransaction;
    ASSIGN_OR_RETURN(following_pool, mysql::Pool::Create(std::move(pool)));
    reports = std::make_unique<MysqlReportStore>(*backend->pool);
    projection = std::make_unique<MysqlProjectionStore>(*backend->pool);
    followed = std::make_unique<MysqlProjectionStore>(*following_pool);
    recounted = std::make_unique<MysqlProjectionStore>(*recount_pool);

    std::map<std::string, std::shared_ptr<grpc::Channel>> channels;
    for (const char* const followed_service : {"agreements", "directory", "opinions"}) {
      ASSIGN_OR_RETURN(channels[followed_service], rpc::ConnectTo(followed_service));
    }
    access::DirectoryFollower::Options follow;
    follow.channel = channels.at("directory");
    follow.bearer = backend->credentials;
    follow.stale_limit = absl::GetFlag(FLAGS_directory_stale_limit);
    follow.on_break = [](const absl::Status& status) {
      LogWarning("the directory was not reached", {{"error", status.message()}});
    };
    directory = access::DirectoryFollower::Start(std::move(follow));
    feeds = std::make_unique<GrpcFeeds>(channels, backend->credentials);
    ASSIGN_OR_RETURN(live, LiveProjection::Start(*followed, *feeds, absl::Now() + kStartLimit,
                                                 backend->lease.get()));

    ReportingService::Parts parts;
    parts.reports = reports.get();
    parts.projection = projection.get();
    parts.followed = recounted.get();
    parts.live = live.get();
    parts.feeds = feeds.get();
    parts.writer = backend->writer.get();
    parts.snapshots = directory.get();
    parts.page_tokens = backend->page_tokens.get();
    service = std::make_unique<ReportingService>(parts);
    setup::Protect(builder, *backend, *directory);
    RegisterReportingService(builder, *service);
    ledger::RegisterLedgerService(builder, *backend->writer, *backend->pool);
    return absl::OkStatus();
  }

  void Close() {
    service.reset();
    live.reset();
    feeds.reset();
    directory.reset();
    recounted.reset();
    followed.reset();
    projection.reset();
    reports.reset();
    following_pool.reset();
    recount_pool.reset();
    backend.reset();
  }
};

absl::Status Migrate() {
  // A report is never changed.
  return setup::MigrateDatabase(migrations::reporting_store(), {{"reports", "SELECT, INSERT"}});
}

}  // namespace
}  // namespace phoihop::reporting

int main(int argc, char** argv) {
  phoihop::mysql::InitDriver();
  phoihop::reporting::Process process;
  return phoihop::rpc::RunService(
      argc, argv,
      {.name = "reporting",
       .usage = "Follows the other services' feeds, computes indicators and keeps reports.",
       .migrate = [] { return phoihop::reporting::Migrate(); },
       .build = [&](phoihop::rpc::Server::Builder& builder,
                    const absl::Notification&) { return process.Open(builder); },
       .serving = {},
       .draining = {},
       .stop = [&] { process.Close(); }});
}
