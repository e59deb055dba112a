// The directory's process.
#include <memory>

#include "common/ledger/service.h"
#include "common/mysql/connection.h"
#include "common/rpc/service_main.h"
#include "common/setup/backend.h"
#include "common/status/macros.h"
#include "migrations/directory_store.h"
#include "services/directory/rpc/calendar_service.h"
#include "services/directory/rpc/lineage.h"
#include "services/directory/rpc/service.h"
#include "services/directory/store/mysql_store.h"

namespace phoihop::directory {
namespace {

// Everything that lives as long as the process serves.
struct Process {
  std::unique_ptr<setup::Backend> backend;
  std::unique_ptr<MysqlStore> store;
  std::unique_ptr<DirectoryCache> cache;
  std::unique_ptr<DirectoryService> service;
  std::unique_ptr<CalendarService> calendars;

  absl::Status Open(rpc::Server::Builder& builder) {
    ASSIGN_OR_RETURN(backend, setup::OpenBackend("directory", migrations::directory_store()));
    setup::Watch(*backend, migrations::directory_store());
    store = std::make_unique<MysqlStore>(*backend->pool);
    cache = std::make_unique<DirectoryCache>(store.get(), SystemClock());
    // Read once before serving, so that the first call does not wait for it.
    RETURN_IF_ERROR(cache->Get().status());
    service = std::make_unique<DirectoryService>(DirectoryService::Parts{
        store.get(), backend->writer.get(), cache.get(), backend->page_tokens.get()});
    calendars = std::make_unique<CalendarService>(
        CalendarService::Parts{store.get(), backend->writer.get()});
    // An import is the largest request that any service takes.
    builder.options().max_receive_bytes = 16 << 20;
    setup::Protect(builder, *backend, *cache);
    service->Register(builder);
    calendars->Register(builder);
    AddLineageHandlers(cache.get(), builder);
    ledger::RegisterLedgerService(builder, *backend->writer, *backend->pool);
    return absl::OkStatus();
  }

  void Close() {
    calendars.reset();
    service.reset();
    cache.reset();
    store.reset();
    backend.reset();
  }
};

}  // namespace
}  // namespace phoihop::directory

int main(int argc, char** argv) {
  phoihop::mysql::InitDriver();
  phoihop::directory::Process process;
  return phoihop::rpc::RunService(
      argc, argv,
      {.name = "directory",
       .usage = "Keeps administrative units in time, bodies, members, grants and working days.",
       .migrate =
           [] { return phoihop::setup::MigrateDatabase(phoihop::migrations::directory_store()); },
       .build = [&](phoihop::rpc::Server::Builder& builder,
                    const absl::Notification&) { return process.Open(builder); },
       .serving = {},
       .draining = {},
       .stop = [&] { process.Close(); }});
}
