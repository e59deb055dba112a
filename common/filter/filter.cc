#include "common/filter/filter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/filter/lexer.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "common/time/civil.h"

namespace phoihop::filter {
namespace {

using Op = Expr::Op;
using Kind = Expr::Kind;

bool IsText(Type type) { return type == Type::kString || type == Type::kText; }

bool IsOrdered(Type type) {
  return type == Type::kDay || type == Type::kTime || type == Type::kInt;
}

Expr Compare(const Field& field, Op op, Value value) {
  Expr expr;
  expr.kind = Kind::kCompare;
  expr.field = field.name;
  expr.op = op;
  expr.value = std::move(value);
  return expr;
}

Expr Not(Expr expr) {
  Expr result;
  result.kind = Kind::kNot;
  result.parts.push_back(std::move(expr));
  return result;
}

// One part is itself.
Expr Join(Kind kind, std::vector<Expr> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  Expr result;
  result.kind = kind;
  result.parts = std::move(parts);
  return result;
}

// Descends along AIP-160's grammar: expression, sequence, factor, term, simple.
class Parser {
 public:
  Parser(std::string_view text, const Fields& fields) : lexer_(text), fields_(fields) {}

  absl::StatusOr<Expr> Parse() {
    RETURN_IF_ERROR(Advance());
    if (token_.kind == Token::Kind::kEnd) return Expr();
    ASSIGN_OR_RETURN(Expr expr, Expression(0));
    if (token_.kind != Token::Kind::kEnd) return Unexpected();
    return expr;
  }

 private:
  // Reads the next token. A minus before it is noted, since it turns a term around; where no
  // term begins it is refused as a sign without meaning.
  absl::Status Advance() {
    minus_at_ = lexer_.at();
    minus_ = lexer_.TakeMinus();
    ASSIGN_OR_RETURN(token_, lexer_.Next());
    return absl::OkStatus();
  }

  // The same where a value stands: there a hyphen is part of it.
  absl::Status AdvanceToValue() {
    minus_ = false;
    ASSIGN_OR_RETURN(token_, lexer_.Next());
    return absl::OkStatus();
  }

  absl::Status Error(std::string_view reason, Text message) const {
    return lexer_.Error(token_.at, reason, std::move(message));
  }

  absl::Status Unexpected() const {
    if (token_.kind == Token::Kind::kEnd) {
      return Error("FILTER_SYNTAX", {"The filter ends too early.", "Bộ lọc kết thúc quá sớm."});
    }
    return Error("FILTER_SYNTAX", {"This does not belong here.", "Phần này không thuộc về đây."});
  }

  bool StartsTerm() const {
    return token_.kind == Token::Kind::kOpen ||
           (token_.kind == Token::Kind::kWord && !token_.Is("AND") && !token_.Is("OR"));
  }

  absl::StatusOr<Expr> Expression(int depth) {
    std::vector<Expr> parts;
    while (true) {
      ASSIGN_OR_RETURN(Expr part, Sequence(depth));
      parts.push_back(std::move(part));
      if (minus_ || !token_.Is("AND")) break;
      RETURN_IF_ERROR(Advance());
    }
    return Join(Kind::kAnd, std::move(parts));
  }

  absl::StatusOr<Expr> Sequence(int depth) {
    std::vector<Expr> parts;
    do {
      ASSIGN_OR_RETURN(Expr part, Factor(depth));
      parts.push_back(std::move(part));
    } while (StartsTerm());
    return Join(Kind::kAnd, std::move(parts));
  }

  absl::StatusOr<Expr> Factor(int depth) {
    std::vector<Expr> parts;
    while (true) {
      ASSIGN_OR_RETURN(Expr part, Term(depth));
      parts.push_back(std::move(part));
      if (minus_ || !token_.Is("OR")) break;
      RETURN_IF_ERROR(Advance());
    }
    return Join(Kind::kOr, std::move(parts));
  }

  absl::StatusOr<Expr> Term(int depth) {
    if (!StartsTerm()) return Unexpected();
    bool turned = minus_;
    if (!minus_ && token_.Is("NOT")) {
      turned = true;
      RETURN_IF_ERROR(Advance());
      if (minus_ || !StartsTerm() || token_.Is("NOT")) return Unexpected();
    }
    ASSIGN_OR_RETURN(Expr expr, Simple(depth));
    return turned ? Not(std::move(expr)) : std::move(expr);
  }

  absl::StatusOr<Expr> Simple(int depth) {
    if (token_.kind != Token::Kind::kOpen) return Restriction();
    if (depth >= kMaxDepth) {
      return Error("FILTER_TOO_DEEP",
                   {absl::StrCat("Parentheses may be nested ", kMaxDepth, " deep at most."),
                    absl::StrCat("Ngoặc chỉ được lồng nhau tối đa ", kMaxDepth, " lớp.")});
    }
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(Expr expr, Expression(depth + 1));
    if (token_.kind != Token::Kind::kClose || minus_) {
      return Error("FILTER_SYNTAX",
                   {"A closing parenthesis is missing here.", "Thiếu dấu đóng ngoặc ở đây."});
    }
    RETURN_IF_ERROR(Advance());
    return expr;
  }

  // `field operator value`, or a word to search.
  absl::StatusOr<Expr> Restriction() {
    if (++terms_ > kMaxTerms) {
      return Error("FILTER_TOO_MANY_TERMS",
                   {absl::StrCat("A filter has at most ", kMaxTerms, " conditions."),
                    absl::StrCat("Một bộ lọc có tối đa ", kMaxTerms, " điều kiện.")});
    }
    const Token word = token_;
    if (word.opens) {
      return Error("FILTER_SYNTAX",
                   {"Functions are not known here.", "Ở đây không dùng được hàm."});
    }
    if (word.Is("and") || word.Is("or") || word.Is("not")) {
      return Error(
          "FILTER_SYNTAX",
          {"AND, OR and NOT are written in capitals; to search for the word put it in "
           "quotation marks.",
           "AND, OR và NOT phải viết hoa; để tìm chính từ này hãy đặt nó trong dấu nháy."});
    }
    RETURN_IF_ERROR(Advance());
    if (minus_ || token_.kind != Token::Kind::kOperator) return Search(word);
    const Field* field = FindField(word);
    if (field == nullptr) return UnknownField(word);
    const Op op = token_.op;
    RETURN_IF_ERROR(AdvanceToValue());
    if (token_.kind == Token::Kind::kOpen) {
      return Error("FILTER_SYNTAX", {"Write one condition for each value: a = 1 OR a = 2.",
                                     "Hãy viết mỗi giá trị một điều kiện: a = 1 OR a = 2."});
    }
    if (token_.kind != Token::Kind::kWord) {
      return Error("FILTER_SYNTAX", {"A value is missing here.", "Thiếu giá trị ở đây."});
    }
    ASSIGN_OR_RETURN(Expr expr, Condition(*field, op));
    RETURN_IF_ERROR(Advance());
    return expr;
  }

  const Field* FindField(const Token& word) const {
    if (word.star_at_end) return nullptr;
    for (const Field& field : fields_) {
      if (field.filters && field.name == word.text) return &field;
    }
    return nullptr;
  }

  absl::Status UnknownField(const Token& word) const {
    const std::string names = absl::StrJoin(Known(), ", ");
    return lexer_.Error(word.at, "UNKNOWN_FIELD",
                        {absl::StrCat("This field is not known. Known are: ", names, "."),
                         absl::StrCat("Không có trường này. Các trường dùng được: ", names, ".")});
  }

  std::vector<std::string> Known() const {
    std::vector<std::string> names;
    for (const Field& field : fields_) {
      if (field.filters) names.push_back(field.name);
    }
    return names;
  }

  absl::StatusOr<Expr> Search(const Token& word) const {
    std::vector<Expr> parts;
    const std::string folded = Fold(word.text);
    for (const Field& field : fields_) {
      if (field.filters && field.type == Type::kText) {
        parts.push_back(Compare(field, Op::kContains, folded));
      }
    }
    if (parts.empty()) {
      const std::string names = absl::StrJoin(Known(), ", ");
      return lexer_.Error(
          word.at, "FILTER_SYNTAX",
          {absl::StrCat(
               "Words alone cannot be searched here; write field = value. Known are: ", names, "."),
           absl::StrCat("Ở đây không tìm được theo từ; hãy viết trường = giá trị. Các trường: ",
                        names, ".")});
    }
    // A `*` at the end says nothing more, since words are found anywhere.
    if (folded.empty() || word.star_elsewhere) return EmptySearch(word);
    return Join(Kind::kOr, std::move(parts));
  }

  absl::Status EmptySearch(const Token& word) const {
    return lexer_.Error(word.at, "INVALID_VALUE",
                        {"There is nothing to search for here.", "Không có gì để tìm ở đây."});
  }

  absl::Status NotAllowed(const Field& field) const {
    const std::string_view known = IsOrdered(field.type) ? "= != < <= > >= :*" : "= != :";
    return Error("OPERATOR_NOT_ALLOWED",
                 {absl::StrCat("This field can be compared by: ", AbslView(known), "."),
                  absl::StrCat("Trường này chỉ so sánh được bằng: ", AbslView(known), ".")});
  }

  absl::Status BadWildcard() const {
    return Error("INVALID_VALUE",
                 {"A * stands at the end of a text after = or !=, or alone after a colon.",
                  "Dấu * chỉ đứng ở cuối văn bản sau = hoặc !=, hoặc đứng một mình sau dấu hai "
                  "chấm."});
  }

  // The value is the current token.
  absl::StatusOr<Expr> Condition(const Field& field, Op op) const {
    const bool lone_star = token_.star_at_end && token_.text.empty();
    const Value nothing = IsText(field.type) ? Value(std::string()) : Value();
    if (op == Op::kContains && lone_star) return Compare(field, Op::kPresent, nothing);
    if (token_.star_elsewhere) return BadWildcard();
    const bool equal = op == Op::kEqual || op == Op::kNotEqual;
    if (!equal && op != Op::kContains && !IsOrdered(field.type)) return NotAllowed(field);
    if (equal && token_.quoted && token_.text.empty() && !token_.star_at_end) {
      Expr present = Compare(field, Op::kPresent, nothing);
      return op == Op::kNotEqual ? std::move(present) : Not(std::move(present));
    }
    if (IsText(field.type)) return TextCondition(field, op);
    if (token_.star_at_end) return BadWildcard();
    if (op == Op::kContains) {
      if (IsOrdered(field.type)) return NotAllowed(field);
      op = Op::kEqual;
    }
    ASSIGN_OR_RETURN(Value value, ReadValue(field));
    return Compare(field, op, std::move(value));
  }

  absl::StatusOr<Expr> TextCondition(const Field& field, Op op) const {
    std::string text = field.type == Type::kText ? Fold(token_.text) : token_.text;
    if (text.empty() && !token_.star_at_end) return EmptySearch(token_);
    if (!token_.star_at_end) return Compare(field, op, std::move(text));
    if (op == Op::kContains) return BadWildcard();
    const Op begins_op = text.empty() ? Op::kPresent : Op::kPrefix;
    Expr begins = Compare(field, begins_op, std::move(text));
    return op == Op::kNotEqual ? Not(std::move(begins)) : std::move(begins);
  }

  absl::Status BadValue(std::string_view en, std::string_view vi) const {
    return Error("INVALID_VALUE", {std::string(en), std::string(vi)});
  }

  absl::StatusOr<Value> ReadValue(const Field& field) const {
    const std::string& text = token_.text;
    switch (field.type) {
      case Type::kEnum: {
        std::vector<std::string> names;
        for (const EnumValue& value : field.values) {
          if (value.name == text) return Value(value.number);
          names.push_back(value.name);
        }
        const std::string list = absl::StrJoin(names, ", ");
        return BadValue(absl::StrCat("This value is not known. Known are: ", list, "."),
                        absl::StrCat("Không có giá trị này. Các giá trị: ", list, "."));
      }
      case Type::kDay: {
        const absl::StatusOr<absl::CivilDay> day = ParseDay(text);
        if (day.ok()) return Value(*day);
        return BadValue("Write a day as 2026-01-31.", "Hãy viết ngày theo dạng 2026-01-31.");
      }
      case Type::kTime: {
        absl::Time time;
        std::string error;
        if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return Value(time);
        return BadValue("Write an instant as \"2026-01-31T08:00:00Z\", in quotation marks.",
                        "Hãy viết thời điểm theo dạng \"2026-01-31T08:00:00Z\", trong dấu nháy.");
      }
      case Type::kInt: {
        int64_t number = 0;
        if (absl::SimpleAtoi(text, &number)) return Value(number);
        return BadValue("Write a whole number.", "Hãy viết một số nguyên.");
      }
      case Type::kBool:
        if (text == "true") return Value(int64_t{1});
        if (text == "false") return Value(int64_t{0});
        return BadValue("Write true or false.", "Hãy viết true hoặc false.");
      case Type::kName: {
        absl::StatusOr<std::string> id = ParseName(field.pattern, text, "filter");
        if (id.ok()) return Value(*std::move(id));
        return BadValue(absl::StrCat("Write a name like ", field.pattern, "."),
                        absl::StrCat("Hãy viết tên theo dạng ", field.pattern, "."));
      }
      case Type::kUnit: {
        const absl::StatusOr<int64_t> id = ParseUnitName(text, "filter");
        if (id.ok()) return Value(*id);
        return BadValue("Write a unit as units/12.", "Hãy viết đơn vị theo dạng units/12.");
      }
      case Type::kString:
      case Type::kText:
        break;
    }
    return Internal("a filter's text was read as another value");
  }

  Lexer lexer_;
  const Fields& fields_;
  Token token_;
  // A `-` stands before the token.
  bool minus_ = false;
  size_t minus_at_ = 0;
  int terms_ = 0;
};

}  // namespace

absl::StatusOr<Expr> ParseFilter(std::string_view filter, const Fields& fields) {
  if (CharCount(filter) > kMaxCharacters) {
    return InvalidField("filter", "FILTER_TOO_LONG",
                        {absl::StrCat("A filter has at most ", kMaxCharacters, " characters."),
                         absl::StrCat("Bộ lọc có tối đa ", kMaxCharacters, " ký tự.")});
  }
  if (!Clean(filter).ok()) {
    return InvalidField("filter", "INVALID_VALUE",
                        {"The filter is no valid text.", "Bộ lọc không phải là văn bản hợp lệ."});
  }
  return Parser(filter, fields).Parse();
}

}  // namespace phoihop::filter
