#include "common/filter/lexer.h"

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/text/text.h"

namespace phoihop::filter {
namespace {

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Ends a word that is not quoted.
bool EndsWord(std::string_view rest) {
  static constexpr std::string_view kSigns = "()<>=!:,\"'";
  return rest.empty() || IsSpace(rest[0]) || kSigns.find(rest[0]) != std::string_view::npos ||
         rest.substr(0, 2) == kNoBreakSpace;
}

}  // namespace

void Lexer::SkipSpace() {
  while (at_ < text_.size()) {
    if (IsSpace(text_[at_])) {
      ++at_;
    } else if (text_.substr(at_, 2) == kNoBreakSpace) {
      at_ += 2;
    } else {
      return;
    }
  }
}

size_t Lexer::at() {
  SkipSpace();
  return at_;
}

bool Lexer::TakeMinus() {
  SkipSpace();
  if (at_ + 1 >= text_.size() || text_[at_] != '-' || IsSpace(text_[at_ + 1])) return false;
  ++at_;
  return true;
}

absl::Status Lexer::Error(size_t at, std::string_view reason, Text message) const {
  const int position = CharCount(text_.substr(0, at)) + 1;
  return InvalidField("filter", reason,
                      {absl::StrCat("At character ", position, ": ", message.en),
                       absl::StrCat("Tại ký tự thứ ", position, ": ", message.vi)});
}

absl::Status Lexer::ReadQuoted(Token& token) {
  const char quote = text_[at_++];
  bool star = false;  // the last character read is a wildcard
  for (; at_ < text_.size(); ++at_) {
    char c = text_[at_];
    if (c == quote) {
      ++at_;
      token.star_at_end = star;
      return absl::OkStatus();
    }
    if (star) {
      token.star_elsewhere = true;
      token.text += '*';
    }
    star = c == '*';
    if (star) continue;
    // After a backslash any character stands for itself.
    if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
    token.text += c;
  }
  return Error(token.at, "FILTER_SYNTAX",
               {"This quotation mark is not closed.", "Dấu nháy này chưa được đóng."});
}

void Lexer::ReadWord(Token& token) {
  const size_t begin = at_;
  while (!EndsWord(text_.substr(at_))) ++at_;
  std::string_view word = text_.substr(begin, at_ - begin);
  if (word.back() == '*') {
    token.star_at_end = true;
    word.remove_suffix(1);
  }
  token.star_elsewhere = word.find('*') != std::string_view::npos;
  token.text = std::string(word);
}

absl::StatusOr<Token> Lexer::Next() {
  SkipSpace();
  Token token;
  token.at = at_;
  if (at_ == text_.size()) return token;
  const auto sign = [&](std::string_view s, Expr::Op op) {
    if (token.kind != Token::Kind::kEnd || text_.substr(at_, s.size()) != s) return;
    token.kind = Token::Kind::kOperator;
    token.op = op;
    at_ += s.size();
  };
  switch (text_[at_]) {
    case '(':
      ++at_;
      token.kind = Token::Kind::kOpen;
      return token;
    case ')':
      ++at_;
      token.kind = Token::Kind::kClose;
      return token;
    case '"':
    case '\'':
      token.kind = Token::Kind::kWord;
      token.quoted = true;
      RETURN_IF_ERROR(ReadQuoted(token));
      break;
    default:
      sign("<=", Expr::Op::kLessOrEqual);
      sign("<", Expr::Op::kLess);
      sign(">=", Expr::Op::kGreaterOrEqual);
      sign(">", Expr::Op::kGreater);
      sign("!=", Expr::Op::kNotEqual);
      sign("=", Expr::Op::kEqual);
      sign(":", Expr::Op::kContains);
      if (token.kind == Token::Kind::kOperator) return token;
      if (EndsWord(text_.substr(at_))) {
        return Error(at_, "FILTER_SYNTAX",
                     {"This sign has no meaning here; put text in quotation marks.",
                      "Dấu này không có nghĩa ở đây; hãy đặt văn bản trong dấu nháy."});
      }
      token.kind = Token::Kind::kWord;
      ReadWord(token);
  }
  token.opens = at_ < text_.size() && text_[at_] == '(';
  const absl::StatusOr<std::string> clean = Clean(token.text);
  if (!clean.ok()) {
    return Error(token.at, "INVALID_VALUE",
                 {"This is no valid text.", "Đây không phải là văn bản hợp lệ."});
  }
  token.text = *clean;
  return token;
}

}  // namespace phoihop::filter
