// What the canonical text of an agreement says about itself, read back out of it: so that whoever
// holds a signed file can compare what the file claims with what was signed.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_TEXT_HEADER_H_
#define PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_TEXT_HEADER_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace phoihop::agreements {

// A party as a text names it.
struct TextParty {
  // `bodies/{id}`.
  std::string body;
  // Empty where the text has none.
  std::string display_name;

  friend bool operator==(const TextParty&, const TextParty&) = default;
};

// The head of a text and its parties. What the text does not have is empty.
struct TextHeader {
  // `agreements/{id}` of the agreement or amendment that the text is of.
  std::string agreement;
  // Of an amendment: `agreements/{id}` that it amends.
  std::string amends;
  std::string title;
  std::string document_number;
  std::vector<TextParty> parties;

  friend bool operator==(const TextHeader&, const TextHeader&) = default;
};

// Nothing for a text that is none of this system: one whose first line names no rendering that
// is known, or that names no agreement. Renderings 1 and 2 are known.
std::optional<TextHeader> ReadTextHeader(std::string_view text);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_TEXT_HEADER_H_
