// Vietnamese text: one form of storing, comparing, ordering and printing it.
// Identity is by codes; names are compared folded and ordered by a stored key, so
// that no special database collation is needed.
#ifndef PHOIHOP_COMMON_TEXT_TEXT_H_
#define PHOIHOP_COMMON_TEXT_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace phoihop {

// The form in which text is stored: valid UTF-8, NFC, every kind of space but
// line breaks and tabs folded to U+0020, spaces around it removed, CR LF turned
// into LF, invisible marks (byte order, zero-width space) dropped. INVALID_ARGUMENT for invalid
// UTF-8 and for control characters other than line break and tab, bidirectional overrides included,
// since those let a text show something else than it says. The message does not repeat the text.
absl::StatusOr<std::string> Clean(std::string_view text);

// Number of characters as a reader counts them in NFC text: code points. Invalid
// bytes count one each.
int CharCount(std::string_view text);

// The form for searching: lower case, without tone and vowel marks, d for
// d-stroke, every run of spaces one space. "Thành Yên" and "thanh  yen" fold alike,
// and so do both spellings of one syllable. Invalid UTF-8 folds to "".
std::string Fold(std::string_view text);

// The form for telling words apart whatever their case: case folded, every run of
// white space one space, NFC; marks stay, since they make another word. "Đất  Đai" and
// "đất đai" fold alike, "Dat dai" does not. Invalid UTF-8 folds to "".
std::string FoldCase(std::string_view text);

// Bytes whose order is the Vietnamese alphabetical order (a, a-breve,
// a-circumflex, b, c, d, d-stroke ...; tones decide last). For a VARBINARY
// column. At most 4 bytes a character in practice.
std::string SortKey(std::string_view text);

// A whole number as Vietnamese documents write it: 1573 is "1.573".
std::string FormatCountVi(int64_t count);

// The rate as a reader expects it: (381, 407) is "93,6%". One decimal, rounded
// half up on exact integers, so that no binary fraction tips a figure. "" when
// the denominator is not positive or the numerator negative: there is no rate.
std::string FormatRateVi(int64_t numerator, int64_t denominator);

// The rate of (numerator, denominator) in tenths of a percent, rounded half up:
// (381, 407) is 936. Nothing when there is no rate.
std::optional<int64_t> RatePermille(int64_t numerator, int64_t denominator);

// Reads a typed percentage in tenths of a percent: "88,1%" is 881; "88%" and
// "88.1 %" are read too. Nothing when it is no such figure or has more decimals,
// since those could not be compared exactly.
std::optional<int64_t> ParsePermilleVi(std::string_view text);

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_TEXT_TEXT_H_
