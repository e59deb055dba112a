#include "services/gateway/transcoding/path_template.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/views.h"

namespace phoihop::gateway {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = absl::ascii_tolower(static_cast<unsigned char>(c));
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::vector<std::string_view> SplitSlash(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

bool IsLiteral(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-' && c != '.') {
      return false;
    }
  }
  return true;
}

absl::Status BadTemplate(std::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("not a path template: ", AbslView(text)));
}

}  // namespace

std::optional<std::string> PercentDecode(std::string_view text, bool keep_slash,
                                         bool plus_is_space) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      const int high = i + 1 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      const char decoded = static_cast<char>(high * 16 + low);
      if (decoded == '/' && keep_slash) {
        result.append(text.substr(i, 3));
      } else {
        result += decoded;
      }
      i += 2;
    }
  }
  return result;
}

RequestPath RequestPath::Cut(std::string_view path) {
  RequestPath result;
  if (path.empty() || path[0] != '/') return result;
  result.segments = SplitSlash(path.substr(1));
  std::string_view& last = result.segments.back();
  if (const size_t colon = last.rfind(':'); colon != std::string_view::npos) {
    result.verb = last.substr(colon + 1);
    last = last.substr(0, colon);
    // A colon without a verb: such a path matches nothing.
    if (result.verb.empty()) result.segments.clear();
  }
  return result;
}

absl::StatusOr<PathTemplate> PathTemplate::Parse(std::string_view text) {
  PathTemplate result;
  std::string_view rest = text;
  if (rest.empty() || rest[0] != '/') return BadTemplate(text);
  while (!rest.empty() && rest[0] == '/') {
    rest.remove_prefix(1);
    if (!rest.empty() && rest[0] == '{') {
      const size_t end = rest.find('}');
      if (end == std::string_view::npos) return BadTemplate(text);
      const std::string_view inside = rest.substr(1, end - 1);
      const size_t equals = inside.find('=');
      const std::string_view pattern =
          equals == std::string_view::npos ? "*" : inside.substr(equals + 1);
      const std::vector<std::string_view> parts = SplitSlash(pattern);
      for (const std::string_view part : parts) {
        if (part != "*" && !IsLiteral(part)) return BadTemplate(text);
      }
      const std::string_view field_path = inside.substr(0, equals);
      if (!IsLiteral(field_path)) return BadTemplate(text);
      result.variables_.push_back(
          {std::string(field_path), result.segments_.size(), parts.size(), parts.size() > 1});
      result.segments_.insert(result.segments_.end(), parts.begin(), parts.end());
      rest.remove_prefix(end + 1);
    } else {
      const size_t end = rest.find_first_of("/:");
      const std::string_view segment = rest.substr(0, end);
      if (segment != "*" && !IsLiteral(segment)) return BadTemplate(text);
      result.segments_.emplace_back(segment);
      rest.remove_prefix(segment.size());
    }
  }
  if (!rest.empty()) {
    if (rest[0] != ':' || !IsLiteral(rest.substr(1))) return BadTemplate(text);
    result.verb_ = std::string(rest.substr(1));
  }
  return result;
}

std::optional<std::vector<PathTemplate::Binding>> PathTemplate::Match(
    const RequestPath& path) const {
  if (path.segments.size() != segments_.size() || path.verb != verb_) return std::nullopt;
  for (size_t i = 0; i < segments_.size(); ++i) {
    const std::string_view segment = path.segments[i];
    if (segments_[i] == "*") {
      if (segment.empty()) return std::nullopt;
    } else if (PercentDecode(segment, false) != segments_[i]) {
      return std::nullopt;
    }
  }
  std::vector<Binding> bindings;
  for (const Variable& variable : variables_) {
    std::string value(path.segments[variable.first]);
    for (size_t i = 1; i < variable.count; ++i) {
      absl::StrAppend(&value, "/", AbslView(path.segments[variable.first + i]));
    }
    bindings.push_back({variable.field_path, std::move(value), variable.several});
  }
  return bindings;
}

std::string PathTemplate::Shape() const {
  return absl::StrCat("/", absl::StrJoin(segments_, "/"), verb_.empty() ? "" : ":", verb_);
}

std::vector<std::string> PathTemplate::Variables() const {
  std::vector<std::string> names;
  for (const Variable& variable : variables_) names.push_back(variable.field_path);
  return names;
}

}  // namespace phoihop::gateway
