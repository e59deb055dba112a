#include "common/mysql/connection.h"

#include <cppconn/datatype.h>
#include <cppconn/exception.h>
#include <cppconn/resultset.h>
#include <mysql_driver.h>

#include <algorithm>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/cancel/cancellation.h"
#include "common/mysql/connection_impl.h"
#include "common/mysql/error.h"
#include "common/mysql/slow_log.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::mysql {
namespace {

constexpr char kSqlMode[] =
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
    "STRICT_ALL_TABLES,STRICT_TRANS_TABLES";

std::string Std(const sql::SQLString& text) { return std::string(text.c_str(), text.length()); }

int WholeSeconds(absl::Duration duration) {
  return std::max<int>(
      1, static_cast<int>(absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1)))));
}

}  // namespace

void InitDriver() {
  static std::once_flag once;
  std::call_once(once, [] { sql::mysql::get_driver_instance(); });
}

struct Row::Access {
  sql::ResultSet* result;
  absl::Status error;

  // Reads a column; an exception becomes the query's error and reads as `fallback`.
  template <class T, class Get>
  T Read(T fallback, Get get) {
    try {
      return get(*result);
    } catch (const std::exception& e) {
      if (error.ok()) error = absl::InternalError(absl::StrCat("unreadable column: ", e.what()));
      return fallback;
    }
  }
};

int64_t Row::Int(int column) const {
  return access_->Read<int64_t>(0, [&](auto& r) { return r.getInt64(column + 1); });
}

double Row::Double(int column) const {
  return access_->Read<double>(
      0, [&](auto& r) { return static_cast<double>(r.getDouble(column + 1)); });
}

std::string Row::Text(int column) const {
  return access_->Read<std::string>("", [&](auto& r) { return Std(r.getString(column + 1)); });
}

std::string Row::Bytes(int column) const { return Text(column); }

absl::CivilDay Row::Day(int column) const {
  if (IsNull(column)) return absl::CivilDay();
  const std::string text = Text(column);
  absl::CivilDay day;
  if (!absl::ParseCivilTime(text, &day) && access_->error.ok()) {
    access_->error = absl::InternalError(absl::StrCat("column ", column, " is not a date"));
  }
  return day;
}

absl::Time Row::Time(int column) const {
  if (IsNull(column)) return absl::UnixEpoch();
  const std::string text = Text(column);
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%E4Y-%m-%d %H:%M:%E*S", text, absl::UTCTimeZone(), &time, &error) &&
      access_->error.ok()) {
    access_->error = absl::InternalError(absl::StrCat("column ", column, " is not a time"));
  }
  return time;
}

bool Row::IsNull(int column) const {
  return access_->Read<bool>(true, [&](auto& r) { return r.isNull(column + 1); });
}

// ---------------------------------------------------------------------------- connection

Connection::Connection(const ConnectionOptions& options, std::unique_ptr<Impl> impl)
    : options_(options), impl_(std::move(impl)) {}

Connection::~Connection() {
  try {
    impl_->by_sql.clear();
    impl_->recent.clear();
    impl_->text.reset();
    impl_->connection.reset();
  } catch (const std::exception&) {
    // The server closes what is left.
  }
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options) {
  // It is opened for whoever comes next, too.
  const ScopedCancellation whole(nullptr);
  auto impl = std::make_unique<Impl>();
  impl->session = std::make_shared<Session>(options);
  std::string password = options.password;
  if (options.read_password) {
    ASSIGN_OR_RETURN(password, options.read_password());
  }
  try {
    InitDriver();
    sql::ConnectOptionsMap map;
    if (!options.socket.empty()) {
      map["hostName"] = sql::SQLString("unix://" + options.socket);
    } else {
      map["hostName"] = sql::SQLString(absl::StrCat("tcp://", options.host, ":", options.port));
      if (!options.tls_ca_file.empty()) {
        map["sslCA"] = sql::SQLString(options.tls_ca_file);
        map["sslVerify"] = true;
        map["sslEnforce"] = true;
        if (!options.tls_cert_file.empty()) {
          map["sslCert"] = sql::SQLString(options.tls_cert_file);
          map["sslKey"] = sql::SQLString(options.tls_key_file);
        }
      }
    }
    map["userName"] = sql::SQLString(options.user);
    map["password"] = sql::SQLString(password);
    if (!options.database.empty()) map["schema"] = sql::SQLString(options.database);
    map["OPT_CONNECT_TIMEOUT"] = WholeSeconds(options.connect_timeout);
    map["OPT_READ_TIMEOUT"] = WholeSeconds(options.read_timeout);
    map["OPT_WRITE_TIMEOUT"] = WholeSeconds(options.read_timeout);
    map["OPT_LOCAL_INFILE"] = 0;
    map["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
    map["CLIENT_FOUND_ROWS"] = true;
    map["CLIENT_MULTI_STATEMENTS"] = false;
    impl->connection.reset(sql::mysql::get_driver_instance()->connect(map));
    impl->text.reset(impl->connection->createStatement());
  } catch (const sql::SQLException& e) {
    CountConnectFailure();
    return MakeError(e.getErrorCode(), e.what());
  } catch (const std::exception& e) {
    CountConnectFailure();
    return absl::InternalError(absl::StrCat("cannot connect: ", e.what()));
  }
  auto connection = std::unique_ptr<Connection>(new Connection(options, std::move(impl)));
  RETURN_IF_ERROR(connection->Configure());
  return connection;
}

absl::Status Connection::Configure() {
  RETURN_IF_ERROR(Execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").status());
  const int64_t limit = absl::ToInt64Milliseconds(options_.statement_timeout);
  const int lock_wait = WholeSeconds(options_.lock_wait_timeout);
  RETURN_IF_ERROR(Execute(absl::StrFormat("SET SESSION autocommit = 1, sql_mode = '%s', "
                                          "time_zone = '+00:00', max_statement_time = %d.%03d, "
                                          "innodb_lock_wait_timeout = %d",
                                          kSqlMode, limit / 1000, limit % 1000, lock_wait))
                      .status());
  if (options_.idle_transaction_timeout > absl::ZeroDuration()) {
    RETURN_IF_ERROR(Execute(absl::StrCat("SET SESSION idle_transaction_timeout = ",
                                         WholeSeconds(options_.idle_transaction_timeout)))
                        .status());
  }
  // A proxy or the server's init_connect may have had its own ideas.
  std::string wrong;
  const auto expect = [&](std::string_view name, const std::string& actual,
                          const std::string& expected) {
    if (actual != expected && wrong.empty()) {
      wrong = absl::StrCat(AbslView(name), " is '", actual, "' instead of '", expected, "'");
    }
  };
  RETURN_IF_ERROR(
      Query("SELECT CONNECTION_ID(), @@character_set_client, @@character_set_connection, "
            "@@character_set_results, @@sql_mode, @@tx_isolation, @@autocommit, @@time_zone, "
            "@@max_statement_time * 1000, @@innodb_lock_wait_timeout, " +
                std::string(kServerIdentity),
            {}, [&](const Row& row) {
              id_ = row.Int(0);
              impl_->session->Locate(id_, row.Text(10));
              expect("character_set_client", row.Text(1), "utf8mb4");
              expect("character_set_connection", row.Text(2), "utf8mb4");
              expect("character_set_results", row.Text(3), "utf8mb4");
              std::vector<std::string> modes = absl::StrSplit(row.Text(4), ',');
              std::sort(modes.begin(), modes.end());
              expect("sql_mode", absl::StrJoin(modes, ","), kSqlMode);
              expect("tx_isolation", row.Text(5), "READ-COMMITTED");
              expect("autocommit", row.Text(6), "1");
              expect("time_zone", row.Text(7), "+00:00");
              expect("max_statement_time", absl::StrCat(static_cast<int64_t>(row.Double(8) + 0.5)),
                     absl::StrCat(limit));
              expect("innodb_lock_wait_timeout", row.Text(9), absl::StrCat(lock_wait));
              return absl::OkStatus();
            }));
  if (!wrong.empty()) return absl::InternalError(absl::StrCat("the session's ", wrong));
  return absl::OkStatus();
}

absl::Status Connection::Fail(int number, std::string_view text) {
  ++failures_;
  const bool left = number == kQueryInterrupted && CallerHasLeft();
  if (!left) CountError(number);
  absl::Status status = left ? Cancelled() : MakeError(number, text);
  // An error without a number comes from the library itself: its state is not known.
  if (number == 0 || IsConnectionLost(number)) broken_ = true;
  if (in_transaction_ && transaction_failure_.ok() && (left || IsTransient(status))) {
    transaction_failure_ = status;
  }
  return status;
}

absl::StatusOr<int64_t> Connection::Execute(std::string_view sql, Params params) {
  if (broken_) return Fail(kServerGone, "the connection is broken");
  if (CallerHasLeft()) return Fail(kQueryInterrupted, "");
  int64_t affected = 0;
  const StatementTimer timer(sql);
  const Impl::Interruptible interruptible(*impl_, broken_);
  if (params.empty()) {
    try {
      impl_->text->execute(Sql(sql));
      affected = static_cast<int64_t>(impl_->text->getUpdateCount());
    } catch (const sql::SQLException& e) {
      return Fail(e.getErrorCode(), e.what());
    } catch (const std::exception& e) {
      return Fail(0, e.what());
    }
  } else {
    Impl::Use use;
    try {
      impl_->Prepare(sql, options_.statement_cache, use);
      Bind(*use, params);
      affected = (*use).executeUpdate();
    } catch (const sql::SQLException& e) {
      if (e.getErrorCode() != kDuplicateKey && e.getErrorCode() != kDeadlock) use.Drop();
      return Fail(e.getErrorCode(), e.what());
    } catch (const std::exception& e) {
      return Fail(0, e.what());
    }
  }
  affected = std::max<int64_t>(0, affected);
  if (affected > 0) ++writes_;
  return affected;
}

absl::Status Connection::Query(std::string_view sql, Params params,
                               absl::FunctionRef<absl::Status(const Row&)> row) {
  if (broken_) return Fail(kServerGone, "the connection is broken");
  if (CallerHasLeft()) return Fail(kQueryInterrupted, "");
  // Before the results, so that it ends after them if it has not before.
  Impl::Interruptible interruptible(*impl_, broken_);
  Impl::Use use;
  std::unique_ptr<sql::Statement> text;
  std::unique_ptr<sql::ResultSet> result;
  StatementTimer timer(sql);
  try {
    if (params.empty()) {
      // A statement of its own, since `row` may send others while this result is open.
      text.reset(impl_->connection->createStatement());
      result.reset(text->executeQuery(Sql(sql)));
    } else {
      impl_->Prepare(sql, options_.statement_cache, use);
      Bind(*use, params);
      result.reset((*use).executeQuery());
    }
    timer.Stop();
    interruptible.End();
    Row::Access access{result.get(), absl::OkStatus()};
    const Row view(&access);
    while (result->next()) {
      absl::Status status = row(view);
      if (status.ok()) status = access.error;
      if (!status.ok()) {
        result->close();
        return status;
      }
    }
    result->close();
  } catch (const sql::SQLException& e) {
    result.reset();
    use.Drop();
    return Fail(e.getErrorCode(), e.what());
  } catch (const std::exception& e) {
    result.reset();
    use.Drop();
    return Fail(0, e.what());
  }
  return absl::OkStatus();
}

absl::Status Connection::Begin() {
  transaction_failure_ = absl::OkStatus();
  RETURN_IF_ERROR(Execute("BEGIN").status());
  in_transaction_ = true;
  return absl::OkStatus();
}

absl::Status Connection::BeginSnapshot() {
  if (CallerHasLeft()) return Fail(kQueryInterrupted, "");
  // The level that is set here must be used here.
  const ScopedCancellation whole(nullptr);
  transaction_failure_ = absl::OkStatus();
  RETURN_IF_ERROR(Execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").status());
  RETURN_IF_ERROR(Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").status());
  in_transaction_ = true;
  return absl::OkStatus();
}

absl::Status Connection::Commit() {
  // An interrupted COMMIT would leave its outcome open.
  const ScopedCancellation whole(nullptr);
  const absl::Status status = Execute("COMMIT").status();
  if (status.ok()) {
    in_transaction_ = false;
    return status;
  }
  switch (ErrorNumber(status)) {
    case kDeadlock:  // also a cluster's refusal of a conflicting transaction
    case kLockWaitTimeout:
    case kRecordChanged:
      return status;
    default:
      in_transaction_ = false;
      broken_ = true;
      return MakeCommitUnknown(status);
  }
}

absl::Status Connection::Rollback() {
  in_transaction_ = false;
  const ScopedCancellation whole(nullptr);
  absl::Status status = Execute("ROLLBACK").status();
  if (!status.ok()) broken_ = true;
  return status;
}

int Connection::cached_statements() const { return static_cast<int>(impl_->recent.size()); }

std::string QuoteIdentifier(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    if (c == '`') quoted += '`';
    quoted += c;
  }
  return quoted + "`";
}

std::string QuoteString(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace phoihop::mysql
