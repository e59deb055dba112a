#ifndef PHOIHOP_COMMON_MYSQL_CONNECTION_H_
#define PHOIHOP_COMMON_MYSQL_CONNECTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/mysql/value.h"

namespace phoihop::mysql {

// Loads the client library's driver. Call it in main before any thread is started: the
// library's own first-time initialisation is not safe for threads. Opening a connection
// calls it too, once, so tests may leave it out.
void InitDriver();

// Where a server is and as whom to connect.
struct ConnectionOptions {
  // Path of a unix socket; when set, host and port are not used.
  std::string socket;
  std::string host;
  int port = 3306;
  std::string user;
  std::string password;
  // When set, asked at each opening of a connection, in place of `password`: so that a password
  // changes while the program runs. Thread safe; an error is the opening's.
  std::function<absl::StatusOr<std::string>()> read_password;
  // Database to use; may be empty for an administrator who creates it.
  std::string database;

  // TCP only: file with the certificate authority. When set, TLS is required and both the
  // chain and the server's name are verified. Without it, TCP is not encrypted.
  std::string tls_ca_file;
  // With it: the certificate and key to show to a server that asks for one. Read at each
  // opening, as the authority.
  std::string tls_cert_file;
  std::string tls_key_file;

  // How long to wait for a connection, and for an answer. A server that is frozen gives
  // error 2013 after `read_timeout`; it must exceed `statement_timeout`. Whole seconds.
  absl::Duration connect_timeout = absl::Seconds(5);
  absl::Duration read_timeout = absl::Seconds(30);
  // Limit of one statement at the server; zero for none (migrations).
  absl::Duration statement_timeout = absl::Seconds(20);
  // How long a statement waits for a row lock before error 1205. Whole seconds.
  absl::Duration lock_wait_timeout = absl::Seconds(5);
  // The server ends a session whose open transaction has had no statement for so long, so that a
  // process that is frozen in the middle of one holds its locks no longer. Whole seconds; zero
  // for never, as for those who think between the statements of a snapshot.
  absl::Duration idle_transaction_timeout = absl::ZeroDuration();

  // How many prepared statements a connection keeps; the least recently used is closed.
  int statement_cache = 200;
};

// One row of a result. Columns count from 0. NULL reads as 0, an empty string, or the epoch:
// ask IsNull where the difference matters. A column that cannot be read as asked makes the
// whole Query fail with INTERNAL, so the getters need no checks of their own.
class Row {
 public:
  // A signed 64-bit integer; unsigned columns above its range are not supported.
  int64_t Int(int column) const;
  double Double(int column) const;
  // Text in UTF-8.
  std::string Text(int column) const;
  // The bytes of a binary column.
  std::string Bytes(int column) const;
  // A DATE.
  absl::CivilDay Day(int column) const;
  // A DATETIME(6) in UTC.
  absl::Time Time(int column) const;
  bool IsNull(int column) const;

 private:
  friend class Connection;
  struct Access;
  explicit Row(Access* access) : access_(access) {}
  Access* access_;
};

// One session of the database: used by one thread at a time, never shared, never
// reconnected. Errors are statuses that carry the error number (see error.h); no exception
// leaves. A connection that lost its server is broken for good: discard it. When this thread's
// caller leaves (common/cancel), statements end with CANCELLED, but for COMMIT and ROLLBACK.
// UPDATE counts the rows it found, not those it changed (CLIENT_FOUND_ROWS), so that an
// UPDATE that changes nothing is not taken for a missing row.
class Connection {
 public:
  // Opens a session: utf8mb4, strict SQL mode, READ COMMITTED, autocommit, time zone UTC,
  // no LOCAL INFILE. The settings are read back, and a server that did not take them is
  // refused with INTERNAL.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionOptions& options);

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs a statement without a result and returns the number of rows it affected (found,
  // for UPDATE; 1 for an insert and 2 for an update of INSERT ... ON DUPLICATE KEY UPDATE).
  // With parameters the statement is prepared once and kept; without, it is sent as text.
  absl::StatusOr<int64_t> Execute(std::string_view sql, Params params = {});

  // Runs a query and calls `row` for each row. The result is held in memory whole: page by
  // key. An error from `row` ends the reading and is returned. `row` may run other
  // statements on this connection.
  absl::Status Query(std::string_view sql, Params params,
                     absl::FunctionRef<absl::Status(const Row&)> row);

  // Transaction statements, sent as SQL, because the library's own calls hide errors.
  absl::Status Begin();
  // Begins a consistent snapshot for several reads (REPEATABLE READ, read-only).
  absl::Status BeginSnapshot();
  // An error that leaves the outcome open is reported as COMMIT_UNKNOWN.
  absl::Status Commit();
  // A connection whose rollback fails is broken: closing it rolls back.
  absl::Status Rollback();

  // True after an error of the connection itself, or when `MarkBroken` was called.
  bool broken() const { return broken_; }
  void MarkBroken() { broken_ = true; }

  // True between Begin and the end of the transaction.
  bool in_transaction() const { return in_transaction_; }

  // How many statements failed, and how many changed rows, since the connection was
  // opened. Whoever runs others' code in a transaction compares them before and after, and
  // so sees failures and writes that the code does not mention.
  int64_t failures() const { return failures_; }
  int64_t writes() const { return writes_; }
  // The first failure since Begin that calls for running the transaction again, or that its
  // caller has left, even when the code inside swallowed it; OK when there is none.
  const absl::Status& transaction_failure() const { return transaction_failure_; }

  // Number of prepared statements that are kept now.
  int cached_statements() const;

  // The server's id of this session, for KILL.
  int64_t id() const { return id_; }

  // What this connection was opened with.
  const ConnectionOptions& options() const { return options_; }

 private:
  struct Impl;
  Connection(const ConnectionOptions& options, std::unique_ptr<Impl> impl);
  absl::Status Configure();
  absl::Status Fail(int number, std::string_view text);

  ConnectionOptions options_;
  std::unique_ptr<Impl> impl_;
  bool broken_ = false;
  bool in_transaction_ = false;
  int64_t failures_ = 0;
  int64_t writes_ = 0;
  int64_t id_ = 0;
  absl::Status transaction_failure_;
};

// An identifier (database, table, user) in back quotes, for the few statements that cannot
// take it as a parameter.
std::string QuoteIdentifier(std::string_view name);

// A string literal in single quotes, for statements that take no parameters (CREATE USER).
std::string QuoteString(std::string_view text);

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_CONNECTION_H_
