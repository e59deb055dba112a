// The opinions process.
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
#include "migrations/opinions_store.h"
#include "services/opinions/rpc/register.h"
#include "services/opinions/rpc/service.h"
#include "services/opinions/store/figures.h"
#include "services/opinions/store/mysql_store.h"

namespace phoihop::opinions {
namespace {

// How long the start waits for the directory's first snapshot. Without one the
// service runs, and answers UNAVAILABLE until the directory is there.
constexpr absl::Duration kWaitForDirectory = absl::Seconds(2);

// Everything that lives as long as the process serves, in order of dependence.
struct Process {
  std::unique_ptr<setup::Backend> backend;
  std::unique_ptr<access::DirectoryFollower> directory;
  std::unique_ptr<MysqlStore> store;
  std::unique_ptr<OpinionsService> service;

  absl::Status Open(rpc::Server::Builder& builder, const absl::Notification& stopping) {
    ASSIGN_OR_RETURN(backend, setup::OpenBackend("opinions", migrations::opinions_store()));
    setup::Watch(*backend, migrations::opinions_store(), &ExportFigures);
    access::DirectoryFollower::Options follow;
    ASSIGN_OR_RETURN(follow.channel, rpc::ConnectTo("directory"));
    follow.bearer = backend->credentials;
    follow.stale_limit = absl::GetFlag(FLAGS_directory_stale_limit);
    follow.on_break = [](const absl::Status& status) {
      LogWarning("the directory cannot be followed", {{"error", std::string(status.message())}});
    };
    directory = access::DirectoryFollower::Start(std::move(follow));
    store = std::make_unique<MysqlStore>(*backend->pool, MysqlStore::kRemembered);
    service = std::make_unique<OpinionsService>(OpinionsService::Parts{
        store.get(), backend->writer.get(), directory.get(), backend->page_tokens.get()});

    setup::Protect(builder, *backend, *directory);
    RegisterOpinions(builder, service.get());
    ledger::RegisterLedgerService(builder, *backend->writer, *backend->pool);

    const absl::Time until = absl::Now() + kWaitForDirectory;
    while (!directory->WaitUntilReady(absl::Now() + absl::Milliseconds(100)) &&
           absl::Now() < until && !stopping.HasBeenNotified()) {
    }
    return absl::OkStatus();
  }

  void Close() {
    service.reset();
    store.reset();
    directory.reset();
    backend.reset();
  }
};

}  // namespace
}  // namespace phoihop::opinions

int main(int argc, char** argv) {
  phoihop::mysql::InitDriver();
  phoihop::opinions::Process process;
  return phoihop::rpc::RunService(
      argc, argv,
      {.name = "opinions",
       .usage = "Keeps opinion entries and the petition register, and counts both.",
       .migrate =
           [] {
             return phoihop::setup::MigrateDatabase(phoihop::migrations::opinions_store(),
                                                    phoihop::opinions::StoreGrants());
           },
       .build = [&](phoihop::rpc::Server::Builder& builder,
                    const absl::Notification& stopping) { return process.Open(builder, stopping); },
       .serving = {},
       .draining = {},
       .stop = [&] { process.Close(); }});
}
