// The words and signs of a filter. Private to this folder.
#ifndef PHOIHOP_COMMON_FILTER_LEXER_H_
#define PHOIHOP_COMMON_FILTER_LEXER_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/filter/filter.h"
#include "common/status/errors.h"

namespace phoihop::filter {

// A word or sign.
struct Token {
  enum class Kind { kEnd, kWord, kOpen, kClose, kOperator };
  Kind kind = Kind::kEnd;
  // Where it begins, in bytes.
  size_t at = 0;
  // kWord: clean text without quotes, escapes and the `*` at its end.
  std::string text;
  bool quoted = false;
  // A `*` stood at its end, or elsewhere.
  bool star_at_end = false;
  bool star_elsewhere = false;
  // A parenthesis follows without a space, as in a function's call.
  bool opens = false;
  // kOperator: `:` is kContains.
  Expr::Op op = Expr::Op::kEqual;

  // Whether it is this word, unquoted: a keyword.
  bool Is(std::string_view word) const {
    return kind == Kind::kWord && !quoted && !star_at_end && text == word;
  }
};

// Reads a filter from left to right. The text outlives it.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // What comes next, kEnd at the end. Where a term may begin ask TakeMinus first: within a word
  // a hyphen is part of it.
  absl::StatusOr<Token> Next();

  // Passes over a `-` before a term.
  bool TakeMinus();

  // Where the next token begins.
  size_t at();

  // INVALID_ARGUMENT naming `filter`; a position of `at` is put before both messages.
  absl::Status Error(size_t at, std::string_view reason, Text message) const;

 private:
  void SkipSpace();
  absl::Status ReadQuoted(Token& token);
  void ReadWord(Token& token);

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace phoihop::filter

#endif  // PHOIHOP_COMMON_FILTER_LEXER_H_
