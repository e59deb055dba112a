// What the canonical text of an agreement says about itself, read back out of it: so that whoever
// holds a signed file can compare what the file claims with what was signed.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_TEXT_HEADER_H_
#define PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_TEXT_HEADER_H_

#include <cstddef>
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

// Parties that sign at the same time.
struct TextGroup {
  // So many of `parties` have to sign.
  int required = 0;
  // Places in TextHeader::parties, from 0.
  std::vector<size_t> parties;

  friend bool operator==(const TextGroup&, const TextGroup&) = default;
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
  // Who has to sign; empty where the text does not say so: before rendering 3, and where it names
  // parties that it does not have.
  std::vector<TextGroup> groups;

  friend bool operator==(const TextHeader&, const TextHeader&) = default;
};

// Nothing for a text that is none of this system: one whose first line names no rendering that
// is known, or that names no agreement. Renderings 1 to 3 are known.
std::optional<TextHeader> ReadTextHeader(std::string_view text);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_TEXT_HEADER_H_
