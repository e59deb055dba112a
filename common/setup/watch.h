// Looks at the database for the metrics.
#ifndef PHOIHOP_COMMON_SETUP_WATCH_H_
#define PHOIHOP_COMMON_SETUP_WATCH_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/mysql/connection.h"
#include "common/mysql/migrate.h"

namespace phoihop::setup {

// Asks the database every few seconds, on a thread and a connection of its own, so that neither a
// scrape waits for it nor a full pool hides it: whether it answers, how fast, what time it has,
// whether the node of a cluster is synced, how many connections it has, which migrations it has.
// Exported as phoihop_database_*; and, over TLS, when the server's certificate ends, as the
// certificate named `database`.
class DatabaseWatch {
 public:
  struct Options {
    // Timeouts are made short.
    mysql::ConnectionOptions connection;
    absl::Duration interval = absl::Seconds(5);
    // How long a session over TLS lasts: it knows only the certificate that it began with.
    absl::Duration certificate_interval = absl::Minutes(10);
    // The migrations that this program knows.
    absl::Span<const mysql::Migration> migrations;
    // The ledger's position as this process knows it; tells whether figures may have changed.
    std::function<int64_t()> position;
    // Reads figures of the service's trade and sets its gauges; may be empty. Called when the
    // position has moved, and at least every hour since days pass, never more often than:
    std::function<absl::Status(mysql::Connection&)> figures;
    absl::Duration figures_interval = absl::Minutes(1);
  };

  explicit DatabaseWatch(Options options);
  // Waits for a look that is under way: two seconds for each statement.
  ~DatabaseWatch();
  DatabaseWatch(const DatabaseWatch&) = delete;
  DatabaseWatch& operator=(const DatabaseWatch&) = delete;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace phoihop::setup

#endif  // PHOIHOP_COMMON_SETUP_WATCH_H_
