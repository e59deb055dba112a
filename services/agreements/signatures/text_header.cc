#include "services/agreements/signatures/text_header.h"

#include <utility>

#include "absl/strings/match.h"
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

}  // namespace

std::optional<TextHeader> ReadTextHeader(std::string_view given) {
  const absl::string_view text(given.data(), given.size());
  if (!absl::StartsWith(text, "PHOIHOP-AGREEMENT-TEXT/1\n") &&
      !absl::StartsWith(text, "PHOIHOP-AGREEMENT-TEXT/2\n")) {
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
  constexpr absl::string_view kParties = "\n\nCÁC BÊN\n";
  const size_t parties = text.find(kParties);
  if (parties == text.npos) return header;
  for (const absl::string_view line :
       absl::StrSplit(FirstPart(text.substr(parties + kParties.size())), '\n')) {
    std::optional<TextParty> party = ReadParty(line);
    if (party.has_value()) header.parties.push_back(*std::move(party));
  }
  return header;
}

}  // namespace phoihop::agreements
