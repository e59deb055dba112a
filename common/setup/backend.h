// What every service that owns data opens at its start, by the shared flags.
#ifndef PHOIHOP_COMMON_SETUP_BACKEND_H_
#define PHOIHOP_COMMON_SETUP_BACKEND_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/access/snapshot.h"
#include "common/access/tokens.h"
#include "common/lease/holder.h"
#include "common/ledger/prepare.h"
#include "common/ledger/signer.h"
#include "common/ledger/writer.h"
#include "common/mysql/pool.h"
#include "common/paging/paging.h"
#include "common/rpc/server.h"
#include "common/setup/watch.h"

namespace phoihop::setup {

// Database, ledger and keys of a service. Members are declared in the order in
// which they depend on each other, so that they end in the reverse one.
struct Backend {
  std::unique_ptr<access::TokenSigner> signer;
  std::unique_ptr<ledger::Signer> checkpoint_signer;
  std::unique_ptr<access::TokenVerifier> verifier;
  // The service's own bearer token, valid now.
  std::function<std::string()> credentials;
  std::unique_ptr<PageTokens> page_tokens;
  std::unique_ptr<mysql::Pool> pool;
  // Held by one replica at a time, which does what is done once: see common/lease/README.md.
  std::unique_ptr<lease::Holder> lease;
  std::unique_ptr<ledger::Writer> writer;
  // Started by Watch.
  std::unique_ptr<DatabaseWatch> watch;
};

// Opens all of it for the service called `name` ("opinions"), as --mysql_*,
// --signing_key_file, --trusted_keys_dir, --page_token_key_file, --lanes and
// --checkpoint_file say. Errors name the flag or file. A database that lacks migrations which
// this program needs, the service's own or those of ledger and lease, is refused before anything
// is written.
absl::StatusOr<std::unique_ptr<Backend>> OpenBackend(const std::string& name,
                                                     absl::Span<const mysql::Migration> migrations);

// Exports what the database is like, the migrations that it has and those that this program knows,
// and the service's own figures; see DatabaseWatch.
void Watch(Backend& backend, absl::Span<const mysql::Migration> migrations,
           std::function<absl::Status(mysql::Connection&)> figures = {});

// What --migrate_only does: database, ledger, the service's tables, and its user of
// least privileges. --mysql_user is an administrator then.
absl::Status MigrateDatabase(absl::Span<const mysql::Migration> migrations,
                             std::vector<mysql::TableGrant> grants = {});

// Gives the server the authenticator, the permissions and the ledger's position of this backend.
// `snapshots` and the backend must outlive the server.
void Protect(rpc::Server::Builder& builder, const Backend& backend,
             const access::SnapshotSource& snapshots);

}  // namespace phoihop::setup

#endif  // PHOIHOP_COMMON_SETUP_BACKEND_H_
