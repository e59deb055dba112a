#include "services/agreements/attachments/office_parts.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace phoihop::agreements {
namespace {

// Takes everything up to and with `end` from the front; false when it does not come.
bool Skip(absl::string_view& text, absl::string_view end) {
  const size_t at = text.find(end);
  if (at == text.npos) return false;
  text.remove_prefix(at + end.size());
  return true;
}

// Takes a tag from the front: its content up to `>`, which may also stand in a quoted value.
std::optional<absl::string_view> TakeTag(absl::string_view& text) {
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      const absl::string_view tag = text.substr(0, i);
      text.remove_prefix(i + 1);
      return tag;
    } else if (c == '<') {
      break;
    }
  }
  return std::nullopt;
}

// Takes `name="value"` from the front of a tag; false at its end or where none is.
bool TakeAttribute(absl::string_view& tag, absl::string_view& name, absl::string_view& value) {
  tag = absl::StripLeadingAsciiWhitespace(tag);
  const size_t equals = tag.find('=');
  if (equals == tag.npos) return false;
  name = absl::StripAsciiWhitespace(tag.substr(0, equals));
  tag = absl::StripLeadingAsciiWhitespace(tag.substr(equals + 1));
  if (tag.empty() || (tag.front() != '"' && tag.front() != '\'')) return false;
  const size_t end = tag.find(tag.front(), 1);
  if (end == tag.npos) return false;
  value = tag.substr(1, end - 1);
  tag.remove_prefix(end + 1);
  return true;
}

// The name of an element without its prefix.
absl::string_view TakeName(absl::string_view& tag) {
  const size_t end = tag.find_first_of(" \t\r\n/");
  absl::string_view name = tag.substr(0, end);
  tag.remove_prefix(name.size());
  const size_t colon = name.find(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

}  // namespace

std::optional<std::vector<OfficePart>> ReadOfficeParts(std::string_view content_types) {
  absl::string_view text(content_types.data(), content_types.size());
  std::vector<OfficePart> parts;
  while (Skip(text, "<")) {
    if (absl::ConsumePrefix(&text, "!--")) {
      if (!Skip(text, "-->")) return std::nullopt;
      continue;
    }
    if (absl::ConsumePrefix(&text, "?")) {
      if (!Skip(text, "?>")) return std::nullopt;
      continue;
    }
    if (absl::StartsWith(text, "!")) return std::nullopt;
    std::optional<absl::string_view> tag = TakeTag(text);
    if (!tag.has_value()) return std::nullopt;
    if (TakeName(*tag) != "Override") continue;
    OfficePart part;
    absl::string_view name, value;
    while (TakeAttribute(*tag, name, value)) {
      if (absl::StrContains(value, "&")) return std::nullopt;
      if (name == "PartName") {
        absl::ConsumePrefix(&value, "/");
        part.name = absl::AsciiStrToLower(value);
      } else if (name == "ContentType") {
        part.content_type = std::string(value);
      }
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace phoihop::agreements
