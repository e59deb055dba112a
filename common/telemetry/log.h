// Logging as JSON lines on stderr, one object for each line:
//   {"time":"2023-10-24T02:00:00.123456Z","level":"info","service":"directory",
//    "message":"serving","trace_id":"4bf9...","port":7101}
// Never log request bodies, tokens or texts that people wrote.
#ifndef PHOIHOP_COMMON_TELEMETRY_LOG_H_
#define PHOIHOP_COMMON_TELEMETRY_LOG_H_

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/string_view.h"

namespace phoihop {

// One member of the JSON object beside the fixed ones.
struct LogField {
  using Value = std::variant<bool, int64_t, double, std::string>;

  LogField(std::string_view k, bool v) : key(k), value(v) {}
  template <std::integral T>
  LogField(std::string_view k, T v) : key(k), value(static_cast<int64_t>(v)) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  LogField(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  LogField(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  LogField(std::string_view k, absl::string_view v) : key(k), value(std::string(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string(v)) {}

  std::string key;
  Value value;
};

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Writes one line when `level` is at least the level of InitLogging. Bytes that
// are not UTF-8 are replaced, so that every line is valid JSON. Thread safe.
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

inline void LogInfo(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogWarning(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, message, fields);
}
inline void LogError(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, message, fields);
}

// Names the service in each line and sets the least level. Without it lines
// carry the service "" and everything from info on is written.
void InitLogging(std::string_view service, LogLevel least = LogLevel::kInfo);

// Writes out what is buffered; for the moment before a hard exit.
void FlushLog();

// Sends lines (without the line break) to `sink` instead of stderr, until given
// nullptr. For tests.
void CaptureLog(std::function<void(const std::string&)> sink);

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_TELEMETRY_LOG_H_
