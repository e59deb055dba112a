#include "services/agreements/coverage/csv.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace phoihop::agreements {

void CsvWriter::AddRow(absl::Span<const std::string> cells) {
  const char* comma = "";
  for (const std::string& cell : cells) {
    text_ += comma;
    comma = ",";
    const bool formula =
        !cell.empty() && std::string_view("=+-@\t\r\n").find(cell[0]) != std::string_view::npos;
    const std::string safe = formula ? absl::StrCat("'", cell) : cell;
    if (safe.find_first_of(",\"\r\n") == std::string::npos) {
      text_ += safe;
    } else {
      absl::StrAppend(&text_, "\"", absl::StrReplaceAll(safe, {{"\"", "\"\""}}), "\"");
    }
  }
  text_ += "\r\n";
}

}  // namespace phoihop::agreements
