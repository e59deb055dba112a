#include "common/text/text.h"

#include <unicode/coll.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/views.h"

namespace phoihop {
namespace {

// ICU's tables are part of its library: failing to load one is an installation
// that cannot work at all.
const icu::Normalizer2& Nfc() {
  static const icu::Normalizer2* const instance = [] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
    if (U_FAILURE(error)) std::abort();
    return nfc;
  }();
  return *instance;
}

const icu::Normalizer2& Nfd() {
  static const icu::Normalizer2* const instance = [] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(error);
    if (U_FAILURE(error)) std::abort();
    return nfd;
  }();
  return *instance;
}

// Const methods of a collator may be called from several threads.
const icu::Collator& VietnameseCollator() {
  static const icu::Collator* const instance = [] {
    UErrorCode error = U_ZERO_ERROR;
    icu::Collator* collator = icu::Collator::createInstance(icu::Locale("vi", "VN"), error);
    if (U_FAILURE(error)) std::abort();
    return collator;
  }();
  return *instance;
}

bool IsUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto length = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < length;) {
    UChar32 c;
    U8_NEXT(bytes, i, length, c);
    if (c < 0) return false;
  }
  return true;
}

icu::UnicodeString FromUtf8(std::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
}

// Overrides of the writing direction: they make a text look like another one.
bool IsBidiControl(UChar32 c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

// Characters without any look that word processors leave behind.
bool IsInvisible(UChar32 c) { return c == 0xFEFF || c == 0x200B || c == 0x2060; }

bool IsLineBreak(UChar32 c) { return c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029; }

}  // namespace

absl::StatusOr<std::string> Clean(std::string_view text) {
  if (!IsUtf8(text)) return absl::InvalidArgumentError("text must be valid UTF-8");
  const icu::UnicodeString raw = FromUtf8(text);
  icu::UnicodeString kept;
  for (int32_t i = 0; i < raw.length(); i = raw.moveIndex32(i, 1)) {
    const UChar32 c = raw.char32At(i);
    if (c == '\r') {
      if (i + 1 < raw.length() && raw.charAt(i + 1) == '\n') continue;
      kept.append(UChar32{'\n'});
    } else if (IsLineBreak(c)) {
      kept.append(UChar32{'\n'});
    } else if (c == '\t') {  // the one control character that is kept as it is
      kept.append(UChar32{'\t'});
    } else if (u_charType(c) == U_CONTROL_CHAR || IsBidiControl(c)) {
      return absl::InvalidArgumentError("text must not contain control characters");
    } else if (IsInvisible(c)) {
      continue;
    } else if (u_charType(c) == U_SPACE_SEPARATOR) {
      kept.append(UChar32{' '});
    } else {
      kept.append(c);
    }
  }
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString composed = Nfc().normalize(kept, error);
  if (U_FAILURE(error)) return absl::InvalidArgumentError("text cannot be normalised");
  std::string result;
  composed.toUTF8String(result);
  return std::string(absl::StripAsciiWhitespace(result));
}

int CharCount(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto length = static_cast<int32_t>(text.size());
  int count = 0;
  for (int32_t i = 0; i < length; ++count) {
    UChar32 c;
    U8_NEXT(bytes, i, length, c);
    (void)c;
  }
  return count;
}

std::string Fold(std::string_view text) {
  if (!IsUtf8(text)) return "";
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString apart = Nfd().normalize(FromUtf8(text), error);
  if (U_FAILURE(error)) return "";
  icu::UnicodeString kept;
  bool space = false;
  for (int32_t i = 0; i < apart.length(); i = apart.moveIndex32(i, 1)) {
    UChar32 c = apart.char32At(i);
    if (u_charType(c) == U_NON_SPACING_MARK || IsInvisible(c)) continue;
    if (u_isUWhiteSpace(c)) {
      space = true;
      continue;
    }
    if (space && !kept.isEmpty()) kept.append(UChar32{' '});
    space = false;
    c = u_foldCase(c, U_FOLD_CASE_DEFAULT);
    kept.append(c == 0x111 ? UChar32{'d'} : c);
  }
  std::string result;
  kept.toUTF8String(result);
  return result;
}

std::string FoldCase(std::string_view text) {
  if (!IsUtf8(text)) return "";
  icu::UnicodeString folded;
  const icu::UnicodeString raw = FromUtf8(text);
  bool space = false;
  for (int32_t i = 0; i < raw.length(); i = raw.moveIndex32(i, 1)) {
    const UChar32 c = raw.char32At(i);
    if (u_isUWhiteSpace(c)) {
      space = true;
      continue;
    }
    if (space && !folded.isEmpty()) folded.append(UChar32{' '});
    space = false;
    folded.append(c);
  }
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString composed = Nfc().normalize(folded.foldCase(), error);
  if (U_FAILURE(error)) return "";
  std::string result;
  composed.toUTF8String(result);
  return result;
}

std::string SortKey(std::string_view text) {
  if (text.empty()) return "";
  const icu::UnicodeString unicode = FromUtf8(text);
  std::vector<uint8_t> key(64 + 4 * static_cast<size_t>(unicode.length()));
  int32_t size =
      VietnameseCollator().getSortKey(unicode, key.data(), static_cast<int32_t>(key.size()));
  if (size > static_cast<int32_t>(key.size())) {
    key.resize(size);
    size = VietnameseCollator().getSortKey(unicode, key.data(), size);
  }
  // The key ends in a zero byte, which orders nothing.
  return size <= 1 ? "" : std::string(reinterpret_cast<const char*>(key.data()), size - 1);
}

std::string FormatCountVi(int64_t count) {
  const bool negative = count < 0;
  // Negating as unsigned also holds for the least value.
  const uint64_t value = negative ? 0 - static_cast<uint64_t>(count) : static_cast<uint64_t>(count);
  const std::string digits = absl::StrCat(value);
  std::string result = negative ? "-" : "";
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) result += '.';
    result += digits[i];
  }
  return result;
}

std::optional<int64_t> RatePermille(int64_t numerator, int64_t denominator) {
  if (denominator <= 0 || numerator < 0) return std::nullopt;
  const __int128 doubled = static_cast<__int128>(numerator) * 2000 + denominator;
  return static_cast<int64_t>(doubled / (static_cast<__int128>(denominator) * 2));
}

std::string FormatRateVi(int64_t numerator, int64_t denominator) {
  const std::optional<int64_t> permille = RatePermille(numerator, denominator);
  if (!permille.has_value()) return "";
  return absl::StrCat(FormatCountVi(*permille / 10), ",", *permille % 10, "%");
}

std::optional<int64_t> ParsePermilleVi(std::string_view text) {
  const absl::StatusOr<std::string> clean = Clean(text);
  if (!clean.ok()) return std::nullopt;
  std::string_view rest = *clean;
  if (!rest.empty() && rest.back() == '%') rest.remove_suffix(1);
  while (!rest.empty() && rest.back() == ' ') rest.remove_suffix(1);
  const size_t mark = rest.find_first_of(",.");
  const std::string_view whole = rest.substr(0, mark);
  std::string_view decimals = mark == std::string_view::npos ? "" : rest.substr(mark + 1);
  if (mark != std::string_view::npos && decimals.empty()) return std::nullopt;
  while (decimals.size() > 1 && decimals.back() == '0') decimals.remove_suffix(1);
  if (whole.empty() || whole.size() > 6 || decimals.size() > 1) return std::nullopt;
  int64_t value = 0;
  for (const char c : absl::StrCat(AbslView(whole), AbslView(decimals.empty() ? "0" : decimals))) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace phoihop
