#include "services/agreements/signatures/text_header.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace phoihop::agreements {
namespace {

// The part of `text` up to the first empty line.
absl::string_view FirstPart(absl::string_view text) { return text.substr(0, text.find("\n\n")); }

// "1. Tên cơ quan [bodies/x]". The last bracket counts: a name may have some of its own.
std::optional<TextParty> ReadParty(absl::string_view line) {
  const size_t number = line.find(". ");
  const size_t bracket = line.rfind("[bodies/");
  if (number == line.npos || bracket == line.npos || bracket < number + 2 ||
      !absl::ConsumeSuffix(&line, "]")) {
    return std::nullopt;
  }
  absl::string_view name = line.substr(number + 2, bracket - number - 2);
  absl::ConsumeSuffix(&name, " ");
  return TextParty{std::string(line.substr(bracket + 1)), std::string(name)};
}

// The lines of the part under this heading. No text of an author can pass for a heading: those of
// several lines are indented.
std::vector<absl::string_view> LinesUnder(absl::string_view heading, absl::string_view text) {
  const std::string start = absl::StrCat("\n\n", heading, "\n");
  const size_t found = text.find(start);
  if (found == text.npos) return {};
  return absl::StrSplit(FirstPart(text.substr(found + start.size())), '\n', absl::SkipEmpty());
}

// "1. Cần 2 trong 3 bên ký: 1, 2, 3", of a text with so many parties.
std::optional<TextGroup> ReadGroup(absl::string_view line, size_t parties) {
  constexpr absl::string_view kNeeds = ". Cần ";
  const size_t needs = line.find(kNeeds);
  const size_t colon = line.find(": ");
  if (needs == line.npos || colon == line.npos || colon < needs) return std::nullopt;
  absl::string_view count = line.substr(needs + kNeeds.size());
  TextGroup group;
  if (!absl::SimpleAtoi(count.substr(0, count.find(' ')), &group.required)) return std::nullopt;
  for (const absl::string_view number : absl::StrSplit(line.substr(colon + 2), ", ")) {
    size_t place = 0;
    if (!absl::SimpleAtoi(number, &place) || place < 1 || place > parties) return std::nullopt;
    group.parties.push_back(place - 1);
  }
  return group;
}

}  // namespace

std::optional<TextHeader> ReadTextHeader(std::string_view given) {
  const absl::string_view text(given.data(), given.size());
  if (!absl::StartsWith(text, "PHOIHOP-AGREEMENT-TEXT/1\n") &&
      !absl::StartsWith(text, "PHOIHOP-AGREEMENT-TEXT/2\n") &&
      !absl::StartsWith(text, "PHOIHOP-AGREEMENT-TEXT/3\n")) {
    return std::nullopt;
  }
  TextHeader header;
  for (const absl::string_view line : absl::StrSplit(FirstPart(text), '\n')) {
    for (const auto& [label, value] :
         {std::pair<absl::string_view, std::string*>{"Chương trình: ", &header.agreement},
          {"Gia hạn: ", &header.amends},
          {"Sửa đổi: ", &header.amends},
          {"Tên: ", &header.title},
          {"Số: ", &header.document_number}}) {
      // Each label comes once, and no value has a line break.
      if (absl::StartsWith(line, label)) *value = std::string(line.substr(label.size()));
    }
  }
  if (header.agreement.empty()) return std::nullopt;
  for (const absl::string_view line : LinesUnder("CÁC BÊN", text)) {
    std::optional<TextParty> party = ReadParty(line);
    if (party.has_value()) header.parties.push_back(*std::move(party));
  }
  for (const absl::string_view line : LinesUnder("THỨ TỰ KÝ", text)) {
    std::optional<TextGroup> group = ReadGroup(line, header.parties.size());
    if (!group.has_value()) {
      header.groups.clear();
      break;
    }
    header.groups.push_back(*std::move(group));
  }
  return header;
}

}  // namespace phoihop::agreements
