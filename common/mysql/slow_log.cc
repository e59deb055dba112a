#include "common/mysql/slow_log.h"

#include <cctype>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "common/mysql/error.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/operation.h"

ABSL_FLAG(absl::Duration, slow_statement_limit, absl::Milliseconds(200),
          "Statements that take longer are logged, without their values");

namespace phoihop::mysql {
namespace {

constexpr size_t kMaxShape = 200;

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

struct Errors {
  static Errors& Get() {
    static auto* const errors = new Errors;
    return *errors;
  }
  static Counter Of(const char* kind) {
    return GetCounter("phoihop_mysql_errors_total", "Statements and connections that failed.",
                      {{"kind", kind}});
  }

  Counter connect = Of("connect");
  Counter connection = Of("connection");
  Counter deadlock = Of("deadlock");
  Counter lock_wait = Of("lock_wait");
  Counter statement_limit = Of("statement_limit");
  Counter other = Of("other");
};

// The end of a quoted piece that begins at `at`.
size_t QuotedEnd(std::string_view sql, size_t at) {
  const char quote = sql[at];
  for (size_t i = at + 1; i < sql.size(); ++i) {
    if (sql[i] == '\\' && quote != '`') {
      ++i;
    } else if (sql[i] == quote) {
      if (i + 1 < sql.size() && sql[i + 1] == quote) {
        ++i;
      } else {
        return i + 1;
      }
    }
  }
  return sql.size();
}

// Literals away and white space folded.
std::string WithoutValues(std::string_view sql) {
  std::string shape;
  for (size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (!shape.empty() && shape.back() != ' ') shape += ' ';
      ++i;
    } else if (c == '\'' || c == '"') {
      shape += '?';
      i = QuotedEnd(sql, i);
    } else if (c == '`') {
      const size_t end = QuotedEnd(sql, i);
      shape.append(sql.substr(i, end - i));
      i = end;
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      shape += '?';
      while (i < sql.size() && (IsWordByte(sql[i]) || sql[i] == '.')) ++i;
    } else if (IsWordByte(c)) {
      const size_t begin = i;
      while (i < sql.size() && IsWordByte(sql[i])) ++i;
      shape.append(sql.substr(begin, i - begin));
    } else {
      shape += c;
      ++i;
    }
  }
  return shape;
}

// `(?, ?, ?), (?, ?, ?)` and `(?, ?, ?)` become `(?)`.
std::string Folded(std::string shape) {
  const auto fold = [&shape](absl::string_view what, absl::string_view into) {
    while (absl::StrContains(shape, what)) shape = absl::StrReplaceAll(shape, {{what, into}});
  };
  fold("?,?", "?");
  fold("?, ?", "?");
  fold("(?),(?)", "(?)");
  fold("(?), (?)", "(?)");
  return shape;
}

// Whether it may name a password, which some forms of it do outside of quotes.
bool HasSecret(std::string_view shape) {
  const absl::string_view text(shape.data(), shape.size());
  for (const char* const start :
       {"CREATE USER", "ALTER USER", "SET PASSWORD", "GRANT", "CHANGE "}) {
    if (absl::StartsWithIgnoreCase(text, start)) return true;
  }
  return false;
}

}  // namespace

std::string StatementShape(std::string_view sql) {
  // What is cut off anyway need not be read; rows of VALUES may be megabytes of `?`.
  std::string shape = Folded(WithoutValues(sql.substr(0, 16 * kMaxShape)));
  if (HasSecret(shape)) {
    const size_t second = shape.find(' ');
    return shape.substr(0, shape.find(' ', second == std::string::npos ? second : second + 1));
  }
  while (!shape.empty() && shape.back() == ' ') shape.pop_back();
  if (shape.size() <= kMaxShape) return shape;
  size_t end = kMaxShape;
  // Not in the middle of a letter.
  while (end > 0 && (static_cast<unsigned char>(shape[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(shape.substr(0, end), "...");
}

void CountError(int number) {
  constexpr int kStatementLimit = 1969;
  Errors& errors = Errors::Get();
  if (number == kDuplicateKey) return;
  if (number == 0 || IsConnectionLost(number)) {
    errors.connection.Increment();
  } else if (number == kDeadlock || number == kRecordChanged) {
    errors.deadlock.Increment();
  } else if (number == kLockWaitTimeout) {
    errors.lock_wait.Increment();
  } else if (number == kStatementLimit) {
    errors.statement_limit.Increment();
  } else {
    errors.other.Increment();
  }
}

void CountConnectFailure() { Errors::Get().connect.Increment(); }

void ExportErrorKinds() { Errors::Get(); }

void StatementTimer::Stop() {
  if (stopped_) return;
  stopped_ = true;
  const absl::Duration took = absl::FromChrono(std::chrono::steady_clock::now() - begin_);
  if (took <= absl::GetFlag(FLAGS_slow_statement_limit)) return;
  const std::string_view operation = CurrentOperation();
  GetCounter("phoihop_mysql_slow_statements_total",
             "Statements that took longer than --slow_statement_limit.",
             {{"method", std::string(operation)}})
      .Increment();
  LogWarning("slow statement", {{"method", operation},
                                {"ms", absl::ToInt64Microseconds(took) / 1000.0},
                                {"sql", StatementShape(sql_)}});
}

}  // namespace phoihop::mysql
