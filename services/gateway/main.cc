// The gateway's process: HTTP on one port, gRPC on another.
#include <sodium.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/access/authority.h"
#include "common/access/directory_follower.h"
#include "common/config/config.h"
#include "common/config/flags.h"
#include "common/ledger/service.h"
#include "common/mysql/connection.h"
#include "common/rpc/peers.h"
#include "common/rpc/service_main.h"
#include "common/setup/backend.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "migrations/gateway_store.h"
#include "phoihop/gateway/v1/gateway.pb.h"
#include "services/gateway/forwarding/forwarder.h"
#include "services/gateway/http/api.h"
#include "services/gateway/identity/sessions.h"
#include "services/gateway/limits/caller_limits.h"
#include "services/gateway/limits/limits_file.h"
#include "services/gateway/overview/overview.h"
#include "services/gateway/transcoding/catalog.h"

ABSL_FLAG(int, http_port, 8080, "Port for REST and Connect; 0 takes a free one");
ABSL_FLAG(int, http_threads, 2, "Threads that serve HTTP connections");
ABSL_FLAG(int, http_connections, 512, "HTTP connections open at once; further ones are refused");
ABSL_FLAG(int, streams_per_caller, phoihop::gateway::kStreamsPerCaller,
          "Streams of changes that one caller may have open");
ABSL_FLAG(std::string, limits_file, "",
          "JSON file with what each caller may have, read again when it changes; see "
          "deploy/README.md. Without it the limits that are built in");
ABSL_FLAG(absl::Duration, session_lifetime, absl::Hours(8),
          "How long the token holds that signing in gives; at most 24 hours");

namespace phoihop::gateway {
namespace {

// An import of the whole register, 4 MB, with room to grow.
constexpr int kMaxRequest = 16 << 20;

// A start waits for the directory for so long at most.
constexpr absl::Duration kWaitForDirectory = absl::Seconds(3);

// Everything that lives as long as the process serves, in the order of dependence.
struct Process {
  std::unique_ptr<setup::Backend> backend;
  std::unique_ptr<const Catalog> catalog;
  std::unique_ptr<access::DirectoryFollower> follower;
  std::unique_ptr<TokenMint> mint;
  std::unique_ptr<Passwords> passwords;
  std::unique_ptr<LoginGuard> guard;
  std::unique_ptr<MemberFinder> members;
  std::unique_ptr<CredentialStore> store;
  std::unique_ptr<Sessions> sessions;
  std::unique_ptr<Overview> overview;
  std::shared_ptr<CallerLimits> limits;
  std::unique_ptr<LimitsFile> limits_file;
  std::unique_ptr<Api> api;
  std::unique_ptr<HttpServer> http;

  absl::Status Open(rpc::Server::Builder& builder);
  absl::Status OpenIdentity(const std::shared_ptr<grpc::Channel>& directory);
  absl::Status OpenLimits();
  absl::Status OpenHttp();
  void Register(rpc::Server::Builder& builder);
  void Serve(rpc::Server& server);
  void Drain();
  void Close();
};

absl::Status Process::Open(rpc::Server::Builder& builder) {
  ASSIGN_OR_RETURN(catalog, Catalog::Create());
  ASSIGN_OR_RETURN(backend, setup::OpenBackend("gateway", migrations::gateway_store()));
  setup::Watch(*backend, migrations::gateway_store());
  ASSIGN_OR_RETURN(const auto directory, rpc::ConnectTo("directory"));
  ASSIGN_OR_RETURN(const auto agreements, rpc::ConnectTo("agreements"));
  ASSIGN_OR_RETURN(const auto opinions, rpc::ConnectTo("opinions"));
  ASSIGN_OR_RETURN(const auto reporting, rpc::ConnectTo("reporting"));
  access::DirectoryFollower::Options follow;
  follow.channel = directory;
  follow.bearer = backend->credentials;
  follow.stale_limit = absl::GetFlag(FLAGS_directory_stale_limit);
  follow.on_break = [](const absl::Status& status) {
    LogWarning("the directory is not heard",
               {{"error", status.ToString(absl::StatusToStringMode::kWithNoExtraData)}});
  };
  follower = access::DirectoryFollower::Start(std::move(follow));
  RETURN_IF_ERROR(OpenIdentity(directory));
  const auto exchange = [mint = mint.get()](const access::Caller& member) {
    return mint->ForServices(member);
  };
  overview = std::make_unique<Overview>(
      Overview::Parts{follower.get(), exchange, directory, agreements, opinions, reporting});
  ASSIGN_OR_RETURN(
      const auto authenticator,
      ClientAuthenticator::Create(absl::GetFlag(FLAGS_trusted_keys_dir), SystemClock()));
  builder.set_authenticator(authenticator);
  builder.set_permission_checker(
      std::make_shared<const access::SnapshotPermissions>(follower.get()));
  builder.options().max_receive_bytes = kMaxRequest;
  RETURN_IF_ERROR(OpenLimits());
  builder.set_admission(limits);
  Register(builder);
  Upstreams upstreams;
  for (const char* const service : {"directory", "agreements", "opinions", "reporting"}) {
    ASSIGN_OR_RETURN(auto reads, rpc::ConnectTo(service));
    ASSIGN_OR_RETURN(auto repeatable, rpc::ConnectTo(service, rpc::Repeat::kWritesToo));
    upstreams[service] = std::make_shared<Upstream>(std::move(reads), std::move(repeatable));
  }
  if (absl::GetFlag(FLAGS_streams_per_caller) < 1) {
    return absl::InvalidArgumentError("--streams_per_caller is at least 1");
  }
  ForwardMethods(builder, *catalog, upstreams, exchange, absl::GetFlag(FLAGS_streams_per_caller));
  RETURN_IF_ERROR(OpenHttp());
  // Who knows the tree and the grants answers from the first moment. Without the directory it
  // serves as far as it can.
  follower->WaitUntilReady(absl::Now() + kWaitForDirectory);
  return absl::OkStatus();
}

absl::Status Process::OpenIdentity(const std::shared_ptr<grpc::Channel>& directory) {
  const absl::Duration lifetime = absl::GetFlag(FLAGS_session_lifetime);
  if (lifetime < absl::Minutes(1) || lifetime > absl::Hours(24)) {
    return absl::InvalidArgumentError("--session_lifetime is from 1m to 24h");
  }
  ASSIGN_OR_RETURN(passwords, Passwords::Create({}));
  ASSIGN_OR_RETURN(std::string secret_key,
                   config::ReadSecretFile(absl::GetFlag(FLAGS_page_token_key_file)));
  mint = std::make_unique<TokenMint>(backend->signer.get(), SystemClock());
  guard = std::make_unique<LoginGuard>(SystemClock());
  members = NewDirectoryMemberFinder(directory, backend->credentials);
  store = std::make_unique<CredentialStore>(*backend->pool);
  sessions = std::make_unique<Sessions>(
      Sessions::Parts{store.get(), backend->writer.get(), mint.get(), passwords.get(), guard.get(),
                      members.get(), std::move(secret_key), lifetime});
  return absl::OkStatus();
}

absl::Status Process::OpenLimits() {
  const std::string file = absl::GetFlag(FLAGS_limits_file);
  Limits first;
  // A mistake is found at the start; later ones change nothing.
  if (!file.empty()) {
    ASSIGN_OR_RETURN(first, ReadLimits(file));
  }
  limits = std::make_shared<CallerLimits>(std::move(first), SystemClock());
  if (!file.empty()) {
    limits_file = std::make_unique<LimitsFile>(
        file, [this](Limits changed) { limits->Set(std::move(changed)); });
  }
  return absl::OkStatus();
}

absl::Status Process::OpenHttp() {
  api = std::make_unique<Api>(*catalog, [this] { return follower->Get().status(); });
  api->set_client_address([this](std::string_view peer, std::string_view forwarded_for) {
    return limits->ClientAddress(peer, forwarded_for);
  });
  HttpServerOptions options;
  options.address = absl::GetFlag(FLAGS_address);
  options.port = absl::GetFlag(FLAGS_http_port);
  options.threads = absl::GetFlag(FLAGS_http_threads);
  options.max_connections = absl::GetFlag(FLAGS_http_connections);
  options.max_body = kMaxHttpBody;
  // The port is ours from now on; who connects waits until there is somebody to ask.
  options.accept = false;
  if (options.port < 0 || options.port > 65535 || options.threads < 1 || options.threads > 256 ||
      options.max_connections < 1) {
    return absl::InvalidArgumentError(
        "--http_port is from 0 to 65535, --http_threads from 1 to 256, --http_connections at "
        "least 1");
  }
  // Other requests need connections, too.
  api->set_most_streams(static_cast<size_t>(options.max_connections + 1) / 2);
  ASSIGN_OR_RETURN(http, HttpServer::Start(std::move(options), api.get()));
  return absl::OkStatus();
}

void Process::Register(rpc::Server::Builder& builder) {
  const std::string session = "phoihop.gateway.v1.SessionService/";
  builder.Unary(session + "CreateSession", sessions.get(), &Sessions::CreateSession);
  builder.Unary(session + "IssueToken", sessions.get(), &Sessions::IssueToken);
  builder.Unary(session + "SetCredential", sessions.get(), &Sessions::SetCredential);
  builder.Unary("phoihop.gateway.v1.OverviewService/GetUnitOverview", overview.get(),
                &Overview::GetUnitOverview);
  // For phoihopctl: the gateway's ledger of logins and issued tokens.
  ledger::RegisterLedgerService(builder, *backend->writer, *backend->pool);
}

void Process::Serve(rpc::Server& server) {
  api->Connect(std::make_shared<Upstream>(server.InProcessChannel()));
  http->Accept();
  LogInfo("serving HTTP", {{"address", absl::GetFlag(FLAGS_address)}, {"port", http->port()}});
}

// HTTP first, since its requests become calls of the gRPC server.
void Process::Drain() {
  api->EndStreams();
  // The rest of the time is for the calls of gRPC that have come meanwhile.
  if (!http->Drain(absl::GetFlag(FLAGS_drain_grace) * 0.9)) {
    LogWarning("HTTP requests were cut off at the end");
  }
  http.reset();
  api->Disconnect();
}

void Process::Close() {
  http.reset();
  api.reset();
  limits_file.reset();
  limits.reset();
  overview.reset();
  sessions.reset();
  store.reset();
  members.reset();
  guard.reset();
  passwords.reset();
  mint.reset();
  follower.reset();
  catalog.reset();
  backend.reset();
}

}  // namespace
}  // namespace phoihop::gateway

int main(int argc, char** argv) {
  phoihop::mysql::InitDriver();
  phoihop::gateway::Process process;
  return phoihop::rpc::RunService(
      argc, argv,
      {.name = "gateway",
       .usage = "The one address of PhoiHop: REST and Connect over HTTP, and gRPC; signs members "
                "in and gathers the overview of a unit.",
       .outer_port = true,
       .migrate =
           [] { return phoihop::setup::MigrateDatabase(phoihop::migrations::gateway_store()); },
       .build = [&](phoihop::rpc::Server::Builder& builder,
                    const absl::Notification&) { return process.Open(builder); },
       .serving = [&](phoihop::rpc::Server& server) { process.Serve(server); },
       .draining = [&] { process.Drain(); },
       .stop = [&] { process.Close(); }});
}
