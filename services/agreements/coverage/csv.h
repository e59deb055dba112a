// Tables for spreadsheets. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_CSV_H_
#define PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_CSV_H_

#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace phoihop::agreements {

// Writes RFC 4180: lines end with CR LF, and a cell with a comma, a quotation mark or a line
// break stands in quotation marks. A cell that a spreadsheet would take for a formula, because
// it begins with = + - @, a tab or a line break, gets an apostrophe before it: names come from
// whoever typed them.
class CsvWriter {
 public:
  // `byte_order_mark` puts one before the text.
  explicit CsvWriter(bool byte_order_mark) : text_(byte_order_mark ? "\xEF\xBB\xBF" : "") {}

  void AddRow(absl::Span<const std::string> cells);

  size_t size() const { return text_.size(); }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_CSV_H_
