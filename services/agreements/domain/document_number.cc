#include "services/agreements/domain/document_number.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "common/status/views.h"
#include "common/text/text.h"

namespace phoihop::agreements {
namespace {

// Every kind of dash as a hyphen, without spaces around dashes and slashes, and before
// and after all.
std::string UnifyMarks(std::string_view typed) {
  // Hyphen, non-breaking hyphen, figure dash, en dash, em dash, bar, minus.
  const std::string text = absl::StrReplaceAll(AbslView(typed), {{"\u2010", "-"},
                                                                 {"\u2011", "-"},
                                                                 {"\u2012", "-"},
                                                                 {"\u2013", "-"},
                                                                 {"\u2014", "-"},
                                                                 {"\u2015", "-"},
                                                                 {"\u2212", "-"}});
  std::string unified;
  for (const char c : text) {
    const bool mark = c == '-' || c == '/';
    if (mark) {
      while (!unified.empty() && absl::ascii_isspace(unified.back())) unified.pop_back();
    }
    if (absl::ascii_isspace(c) &&
        (unified.empty() || unified.back() == '-' || unified.back() == '/')) {
      continue;
    }
    unified.push_back(c);
  }
  while (!unified.empty() && absl::ascii_isspace(unified.back())) unified.pop_back();
  return unified;
}

// Takes the digits off the front; "" when there are none or more than 9.
std::string TakeDigits(std::string_view& text) {
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(text[digits])) ++digits;
  if (digits == 0 || digits > 9) return "";
  std::string taken(text.substr(0, digits));
  text.remove_prefix(digits);
  return taken;
}

}  // namespace

std::string DocumentKey(std::string_view typed) {
  const std::string key = UnifyMarks(Fold(typed));
  size_t zeros = 0;
  while (zeros + 1 < key.size() && key[zeros] == '0' && absl::ascii_isdigit(key[zeros + 1])) {
    ++zeros;
  }
  return key.substr(zeros);
}

DocumentNumber ParseDocumentNumber(std::string_view typed) {
  // Numbers are kept as typed: every kind of space is one here, and none stands at the ends.
  const std::string unified = UnifyMarks(Clean(typed).value_or(""));
  std::string_view rest = unified;
  DocumentNumber parsed;
  const std::string number = TakeDigits(rest);
  if (number.empty() || rest.empty() || (rest.front() != '-' && rest.front() != '/')) {
    return parsed;
  }
  parsed.number = std::stoll(number);
  parsed.party = rest.front() == '-';
  rest.remove_prefix(1);
  if (!parsed.party) {
    std::string_view after_year = rest;
    const std::string year = TakeDigits(after_year);
    if (year.size() == 4 && !after_year.empty() && after_year.front() == '/') {
      parsed.year = std::stoi(year);
      rest = after_year.substr(1);
    }
  }
  const size_t mark = rest.find(parsed.party ? '/' : '-');
  parsed.type = std::string(rest.substr(0, mark));
  if (mark != std::string_view::npos) parsed.issuer = std::string(rest.substr(mark + 1));
  return parsed;
}

}  // namespace phoihop::agreements
