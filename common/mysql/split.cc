#include <string>
#include <string_view>
#include <vector>

#include "common/mysql/migrate.h"

namespace phoihop::mysql {
namespace {

// Position after the quoted text or comment that starts at `i`; npos when it does not end;
// `i` itself when none starts there.
size_t Skip(std::string_view s, size_t i, bool* comment) {
  *comment = false;
  const char c = s[i];
  if (c == '\'' || c == '"' || c == '`') {
    for (size_t k = i + 1; k < s.size(); ++k) {
      if (s[k] == '\\' && c != '`') {
        ++k;
      } else if (s[k] == c) {
        if (k + 1 < s.size() && s[k + 1] == c) {
          ++k;
        } else {
          return k + 1;
        }
      }
    }
    return std::string_view::npos;
  }
  const bool dashes = s.substr(i, 2) == "--" && (i + 2 == s.size() || s[i + 2] <= ' ');
  if (dashes || c == '#') {
    *comment = true;
    const size_t end = s.find('\n', i);
    return end == std::string_view::npos ? s.size() : end;
  }
  if (s.substr(i, 2) == "/*") {
    *comment = true;
    const size_t end = s.find("*/", i + 2);
    return end == std::string_view::npos ? end : end + 2;
  }
  return i;
}

std::string_view Trim(std::string_view s) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = s.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SplitStatements(std::string_view script) {
  std::vector<std::string> statements;
  std::string current;
  const auto end_statement = [&] {
    if (const std::string_view trimmed = Trim(current); !trimmed.empty()) {
      statements.emplace_back(trimmed);
    }
    current.clear();
  };
  for (size_t i = 0; i < script.size();) {
    bool comment = false;
    const size_t after = Skip(script, i, &comment);
    if (after == std::string_view::npos) {
      return absl::InvalidArgumentError("a quote or comment in a migration does not end");
    }
    if (after != i) {
      current += comment ? std::string_view(" ") : script.substr(i, after - i);
      i = after;
    } else if (script[i] == ';') {
      end_statement();
      ++i;
    } else {
      current += script[i++];
    }
  }
  end_statement();
  return statements;
}

}  // namespace phoihop::mysql
