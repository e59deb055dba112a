// The agreements process.
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
#include "migrations/agreements_store.h"
#include "services/agreements/attachments/room.h"
#include "services/agreements/coverage/handlers.h"
#include "services/agreements/deadlines/mysql_obligation_book.h"
#include "services/agreements/deadlines/runner.h"
#include "services/agreements/dissemination/handlers.h"
#include "services/agreements/due/handlers.h"
#include "services/agreements/due/mysql_due_store.h"
#include "services/agreements/duties/room.h"
#include "services/agreements/plans/commitment_terms.h"
#include "services/agreements/plans/event_store.h"
#include "services/agreements/plans/handlers.h"
#include "services/agreements/plans/next_due.h"
#include "services/agreements/plans/plan_store.h"
#include "services/agreements/reviews/room.h"
#include "services/agreements/rpc/body_catalog.h"
#include "services/agreements/rpc/handlers.h"
#include "services/agreements/signatures/from_flags.h"
#include "services/agreements/store/figures.h"
#include "services/agreements/store/mysql_agreement_store.h"

namespace phoihop::agreements {
namespace {

// How long the start waits for the directory's first snapshot. Without one the service runs
// and answers UNAVAILABLE until the directory is there.
constexpr absl::Duration kWaitForDirectory = absl::Seconds(2);

// Everything that lives as long as the process serves, in order of dependence.
struct Process {
  std::unique_ptr<setup::Backend> backend;
  std::unique_ptr<access::DirectoryFollower> directory;
  std::unique_ptr<BodyCatalog> bodies;
  std::unique_ptr<AgreementStore> store;
  std::unique_ptr<CommentStore> comments;
  std::unique_ptr<ObligationBook> obligations;
  std::unique_ptr<DueStore> due;
  std::unique_ptr<RunnerStore> runner_store;
  std::unique_ptr<Runner> runner;
  std::unique_ptr<AttachmentRoom> attachments;
  std::unique_ptr<EventStore> events;
  std::unique_ptr<plans::PlanStore> plan_store;
  std::unique_ptr<DutyRoom> duties;
  std::unique_ptr<SignatureVerifier> verifier;
  std::unique_ptr<LineageSource> lineage;
  std::unique_ptr<dissemination::SessionStore> sessions;
  std::unique_ptr<ReviewRoom> reviews;
  plans::PlanParts plan_parts;
  std::unique_ptr<plans::CommitmentTerms> commitment_terms;

  absl::Status Open(rpc::Server::Builder& builder, const absl::Notification& stopping) {
    ASSIGN_OR_RETURN(backend, setup::OpenBackend("agreements", migrations::agreements_store()));
    setup::Watch(*backend, migrations::agreements_store(), &ExportFigures);
    ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel, rpc::ConnectTo("directory"));
    access::DirectoryFollower::Options follow;
    follow.channel = channel;
    follow.bearer = backend->credentials;
    follow.stale_limit = absl::GetFlag(FLAGS_directory_stale_limit);
    follow.on_break = [](const absl::Status& status) {
      LogWarning("the directory cannot be followed", {{"error", std::string(status.message())}});
    };
    directory = access::DirectoryFollower::Start(std::move(follow));
    bodies = NewDirectoryBodyCatalog(channel, backend->credentials);
    store = NewMysqlAgreementStore(backend->pool.get());
    comments = NewMysqlCommentStore(backend->pool.get());
    obligations = NewMysqlObligationBook();
    due = NewMysqlDueStore(backend->pool.get());
    runner_store = std::make_unique<RunnerStore>(backend->pool.get());
    Runner::Options run;
    run.store = runner_store.get();
    run.writer = backend->writer.get();
    run.clock = &backend->lease->clock();
    run.lease = backend->lease.get();
    run.snapshots = directory.get();
    run.on_moved = &plans::SetNextDue;
    runner = std::make_unique<Runner>(run);

    attachments = std::make_unique<AttachmentRoom>(backend.get(), directory.get(), store.get());
    verifier = VerifierFromFlags("cms");
    lineage = NewDirectoryLineage(channel, backend->credentials);
    sessions = dissemination::NewMysqlSessionStore(backend->pool.get());

    events = NewMysqlEventStore(backend->pool.get());
    plan_store = plans::NewMysqlPlanStore(backend->pool.get());
    duties = std::make_unique<DutyRoom>(backend.get(), directory.get(), store.get(), events.get(),
                                        obligations.get(), attachments->catalog(), bodies.get());
    plan_parts = {plan_store.get(),    events.get(),           store.get(),
                  obligations.get(),   attachments->catalog(), backend->writer.get(),
                  directory.get(),     bodies.get(),           backend->page_tokens.get(),
                  {duties->listener()}};
    reviews = std::make_unique<ReviewRoom>(backend.get(), directory.get(), store.get(),
                                           obligations.get(), bodies.get(), plan_parts);

    commitment_terms = std::make_unique<plans::CommitmentTerms>(&plan_parts);

    setup::Protect(builder, *backend, *directory);
    AddHandlers({store.get(),
                 backend->writer.get(),
                 directory.get(),
                 bodies.get(),
                 backend->page_tokens.get(),
                 comments.get(),
                 obligations.get(),
                 attachments->catalog(),
                 verifier.get(),
                 lineage.get(),
                 {commitment_terms.get(), duties->terms()}},
                builder);
    attachments->AddHandlers(builder);
    AddCoverageHandlers({store.get(), directory.get(), lineage.get(), backend->page_tokens.get()},
                        builder);
    dissemination::AddDisseminationHandlers(
        {sessions.get(), store.get(), backend->writer.get(), directory.get(),
         backend->page_tokens.get(), attachments->catalog()},
        builder);
    DueParts due_parts{due.get(), obligations.get(), backend->writer.get(), directory.get(),
                       backend->page_tokens.get()};
    due_parts.agreements = store.get();
    due_parts.on_moved = &plans::SetNextDue;
    AddDueHandlers(due_parts, builder);
    plans::AddPlanHandlers(plan_parts, builder);
    duties->AddHandlers(builder);
    reviews->AddHandlers(builder);
    ledger::RegisterLedgerService(builder, *backend->writer, *backend->pool);

    const absl::Time until = absl::Now() + kWaitForDirectory;
    while (!directory->WaitUntilReady(absl::Now() + absl::Milliseconds(100)) &&
           absl::Now() < until && !stopping.HasBeenNotified()) {
    }
    return absl::OkStatus();
  }

  void Close() {
    commitment_terms.reset();
    reviews.reset();
    sessions.reset();
    lineage.reset();
    duties.reset();
    plan_store.reset();
    events.reset();
    attachments.reset();
    runner.reset();
    runner_store.reset();
    due.reset();
    obligations.reset();
    comments.reset();
    store.reset();
    bodies.reset();
    directory.reset();
    backend.reset();
  }
};

}  // namespace
}  // namespace phoihop::agreements

int main(int argc, char** argv) {
  phoihop::mysql::InitDriver();
  phoihop::agreements::Process process;
  return phoihop::rpc::RunService(
      argc, argv,
      {.name = "agreements",
       .usage = "Keeps coordination agreements, their signatures and the cascade of programmes.",
       .migrate =
           [] { return phoihop::setup::MigrateDatabase(phoihop::migrations::agreements_store()); },
       .build = [&](phoihop::rpc::Server::Builder& builder,
                    const absl::Notification& stopping) { return process.Open(builder, stopping); },
       .serving = [&](phoihop::rpc::Server&) { process.runner->Start(); },
       .draining = [&] { process.runner->Stop(); },
       .stop = [&] { process.Close(); }});
}
