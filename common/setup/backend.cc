#include "common/setup/backend.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/access/authority.h"
#include "common/access/credentials.h"
#include "common/config/config.h"
#include "common/config/flags.h"
#include "common/ledger/reader.h"
#include "common/mysql/error.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/telemetry/log.h"
#include "migrations/common_lease.h"
#include "migrations/common_ledger.h"

namespace phoihop::setup {
namespace {

// Handlers wait for few statements each, so more connections than this only queue
// inside the database instead.
constexpr int kMostConnections = 16;

// For the statements that look at the migrations.
constexpr absl::Duration kSchemaPatience = absl::Seconds(10);

// A client that does not know an outcome asks again for minutes; an hour bears a clock that is
// wrong as well.
constexpr absl::Duration kLeastRetention = absl::Hours(1);

absl::Status Required(std::string_view flag, const std::string& value) {
  if (!value.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("--", AbslView(flag), " is not set"));
}

// The database of the flags; `database` is left out for an administrator.
absl::StatusOr<mysql::ConnectionOptions> ConnectionFromFlags() {
  mysql::ConnectionOptions options;
  options.socket = absl::GetFlag(FLAGS_mysql_socket);
  options.host = absl::GetFlag(FLAGS_mysql_host);
  options.port = absl::GetFlag(FLAGS_mysql_port);
  options.user = absl::GetFlag(FLAGS_mysql_user);
  if (options.socket.empty() && options.host.empty()) {
    return absl::FailedPreconditionError("neither --mysql_socket nor --mysql_host is set");
  }
  RETURN_IF_ERROR(Required("mysql_user", options.user));
  const std::string file = absl::GetFlag(FLAGS_mysql_password_file);
  // A private server's administrator on its socket may have none.
  if (!file.empty()) {
    options.read_password = [file] { return config::ReadSecretFile(file); };
    // Read once now, so that a wrong file is found at the start.
    RETURN_IF_ERROR(options.read_password().status());
  }
  options.tls_ca_file = absl::GetFlag(FLAGS_mysql_tls_ca_file);
  options.tls_cert_file = absl::GetFlag(FLAGS_mysql_tls_cert_file);
  options.tls_key_file = absl::GetFlag(FLAGS_mysql_tls_key_file);
  if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
    return absl::FailedPreconditionError(
        "--mysql_tls_cert_file and --mysql_tls_key_file come together");
  }
  return options;
}

// Whether PrepareDatabase of this program, or of a newer one, has run there.
absl::Status RequireSchema(mysql::Pool& pool, absl::Span<const mysql::Migration> migrations) {
  ASSIGN_OR_RETURN(const mysql::Lease db, pool.Acquire(absl::Now() + kSchemaPatience));
  for (const auto& set : {migrations::common_ledger(), migrations::common_lease(), migrations}) {
    RETURN_IF_ERROR(mysql::RequireMigrated(*db, set));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Backend>> OpenBackend(
    const std::string& name, absl::Span<const mysql::Migration> migrations) {
  auto backend = std::make_unique<Backend>();
  const std::string key_file = absl::GetFlag(FLAGS_signing_key_file);
  const std::string keys_dir = absl::GetFlag(FLAGS_trusted_keys_dir);
  RETURN_IF_ERROR(Required("signing_key_file", key_file));
  RETURN_IF_ERROR(Required("trusted_keys_dir", keys_dir));
  ASSIGN_OR_RETURN(backend->signer, access::TokenSigner::FromFile(key_file));
  if (backend->signer->owner() != absl::StrCat("services/", name)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key in ", key_file, " is of ", backend->signer->owner()));
  }
  backend->checkpoint_signer = access::CheckpointSigner(backend->signer.get());
  backend->credentials = access::OwnCredentials(backend->signer.get(), SystemClock());
  ASSIGN_OR_RETURN(backend->verifier,
                   access::TokenVerifier::Create({.trusted_keys_dir = keys_dir}));

  const std::string page_key = absl::GetFlag(FLAGS_page_token_key_file);
  RETURN_IF_ERROR(Required("page_token_key_file", page_key));
  ASSIGN_OR_RETURN(PageTokens page_tokens, PageTokens::FromFile(page_key));
  backend->page_tokens = std::make_unique<PageTokens>(std::move(page_tokens));

  ASSIGN_OR_RETURN(mysql::ConnectionOptions connection, ConnectionFromFlags());
  connection.database = absl::GetFlag(FLAGS_mysql_database);
  RETURN_IF_ERROR(Required("mysql_database", connection.database));
  mysql::Pool::Options pool;
  pool.connection = connection;
  pool.size = std::min(absl::GetFlag(FLAGS_workers), kMostConnections);
  absl::StatusOr<std::unique_ptr<mysql::Pool>> opened = mysql::Pool::Create(std::move(pool));
  if (!opened.ok()) {
    // What the server said stays out of the status, since that may go to callers.
    LogError("the database cannot be used", {{"error", mysql::ErrorText(opened.status())},
                                             {"number", mysql::ErrorNumber(opened.status())}});
    return opened.status();
  }
  backend->pool = *std::move(opened);
  RETURN_IF_ERROR(RequireSchema(*backend->pool, migrations));

  lease::Holder::Options lease;
  lease.connection = connection;
  lease.name = "upkeep";
  lease.log = [](std::string_view line) { LogInfo("lease", {{"detail", line}}); };
  ASSIGN_OR_RETURN(backend->lease, lease::Holder::Start(std::move(lease)));

  ledger::Writer::Options writer;
  writer.lease = backend->lease.get();
  writer.connection = std::move(connection);
  writer.lanes = absl::GetFlag(FLAGS_lanes);
  writer.request_retention = absl::GetFlag(FLAGS_request_retention);
  if (writer.request_retention < kLeastRetention) {
    return absl::FailedPreconditionError("--request_retention is less than 1h");
  }
  writer.service = name;
  writer.signer = backend->checkpoint_signer.get();
  writer.checkpoint_file = absl::GetFlag(FLAGS_checkpoint_file);
  writer.log = [](std::string_view line) { LogWarning("ledger", {{"detail", line}}); };
  ASSIGN_OR_RETURN(backend->writer, ledger::Writer::Start(std::move(writer)));
  return backend;
}

void Watch(Backend& backend, absl::Span<const mysql::Migration> migrations,
           std::function<absl::Status(mysql::Connection&)> figures) {
  DatabaseWatch::Options options;
  options.connection = backend.pool->options().connection;
  options.migrations = migrations;
  options.position = [writer = backend.writer.get()] { return writer->head().position; };
  options.figures = std::move(figures);
  backend.watch = std::make_unique<DatabaseWatch>(std::move(options));
}

absl::Status MigrateDatabase(absl::Span<const mysql::Migration> migrations,
                             std::vector<mysql::TableGrant> grants) {
  ASSIGN_OR_RETURN(mysql::ConnectionOptions connection, ConnectionFromFlags());
  // Rebuilding a large table takes as long as it takes.
  connection.statement_timeout = absl::ZeroDuration();
  connection.read_timeout = absl::Minutes(30);
  ledger::PrepareOptions prepare;
  prepare.database = absl::GetFlag(FLAGS_mysql_database);
  RETURN_IF_ERROR(Required("mysql_database", prepare.database));
  prepare.user = absl::GetFlag(FLAGS_mysql_service_user);
  if (!prepare.user.empty()) {
    const std::string file = absl::GetFlag(FLAGS_mysql_service_password_file);
    RETURN_IF_ERROR(Required("mysql_service_password_file", file));
    ASSIGN_OR_RETURN(prepare.password, config::ReadSecretFile(file));
  }
  prepare.migrations = migrations;
  prepare.grants = std::move(grants);
  ASSIGN_OR_RETURN(const std::unique_ptr<mysql::Connection> admin,
                   mysql::Connection::Open(connection));
  return ledger::PrepareDatabase(*admin, prepare);
}

void Protect(rpc::Server::Builder& builder, const Backend& backend,
             const access::SnapshotSource& snapshots) {
  builder.set_authenticator(
      std::make_shared<const access::TokenAuthenticator>(backend.verifier.get(), &snapshots));
  builder.set_permission_checker(std::make_shared<const access::SnapshotPermissions>(&snapshots));
  builder.set_position_gate([pool = backend.pool.get()](int64_t position, absl::Time deadline) {
    return ledger::IncludesPosition(*pool, position, deadline);
  });
}

}  // namespace phoihop::setup
