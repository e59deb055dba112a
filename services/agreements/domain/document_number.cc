#include "services/agreements/domain/document_number.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "common/text/text.h"

namespace phoihop::agreements {

std::string DocumentKey(std::string_view typed) {
  // Hyphen, non-breaking hyphen, figure dash, en dash, em dash, bar, minus.
  const std::string folded = absl::StrReplaceAll(Fold(typed), {{"\u2010", "-"},
                                                               {"\u2011", "-"},
                                                               {"\u2012", "-"},
                                                               {"\u2013", "-"},
                                                               {"\u2014", "-"},
                                                               {"\u2015", "-"},
                                                               {"\u2212", "-"}});
  std::string key;
  for (const char c : folded) {
    const bool mark = c == '-' || c == '/';
    if (mark) {
      while (!key.empty() && absl::ascii_isspace(key.back())) key.pop_back();
    }
    if (absl::ascii_isspace(c) && (key.empty() || key.back() == '-' || key.back() == '/')) continue;
    key.push_back(c);
  }
  while (!key.empty() && absl::ascii_isspace(key.back())) key.pop_back();
  size_t zeros = 0;
  while (zeros + 1 < key.size() && key[zeros] == '0' && absl::ascii_isdigit(key[zeros + 1])) {
    ++zeros;
  }
  return key.substr(zeros);
}

}  // namespace phoihop::agreements
