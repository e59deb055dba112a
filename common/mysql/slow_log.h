// Statements that take long. Private to common/mysql, but for the flag and the shape.
#ifndef PHOIHOP_COMMON_MYSQL_SLOW_LOG_H_
#define PHOIHOP_COMMON_MYSQL_SLOW_LOG_H_

#include <chrono>
#include <string>
#include <string_view>

#include "absl/flags/declare.h"
#include "absl/time/time.h"

// A statement that takes longer is logged and counted. Read at each statement, so a test may
// change it.
ABSL_DECLARE_FLAG(absl::Duration, slow_statement_limit);

namespace phoihop::mysql {

// A statement without its values: literals become `?`, white space one space, repeated rows of
// VALUES and lists of an IN one, and what is longer than 200 bytes is cut. Of statements that
// may hold a password (CREATE USER and the like) only the first two words are left.
std::string StatementShape(std::string_view sql);

// Counts a failed statement in phoihop_mysql_errors_total{kind} by its error number, 0 for an error
// of the library itself; a duplicate key is no failure to be counted, since callers expect it.
void CountError(int number);

// Counts a connection that could not be opened, as the kind `connect`.
void CountConnectFailure();

// Makes the counters of all kinds, so that they are 0 before the first error rather than absent.
void ExportErrorKinds();

// Measures one statement. When it took longer than the limit, a line with the operation
// (see ScopedOperation), the trace, the milliseconds and the shape is logged, and
// phoihop_mysql_slow_statements_total{method} counts it.
class StatementTimer {
 public:
  // `sql` must outlive this.
  explicit StatementTimer(std::string_view sql)
      : sql_(sql), begin_(std::chrono::steady_clock::now()) {}
  ~StatementTimer() { Stop(); }
  StatementTimer(const StatementTimer&) = delete;
  StatementTimer& operator=(const StatementTimer&) = delete;

  // The statement has been answered; what follows does not count.
  void Stop();

 private:
  const std::string_view sql_;
  const std::chrono::steady_clock::time_point begin_;
  bool stopped_ = false;
};

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_SLOW_LOG_H_
