// What a list is asked to show and in which order: AIP-160 filters and AIP-132 `order_by`,
// read into values. Only fields of a table that the list's contract documents are known, so
// nothing of a client's text ever becomes part of a statement. Pure: no SQL, no protobuf;
// sql.h turns the values into conditions, for stores.
#ifndef PHOIHOP_COMMON_FILTER_FILTER_H_
#define PHOIHOP_COMMON_FILTER_FILTER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace phoihop::filter {

// Limits of one filter. Beyond them it is refused.
inline constexpr int kMaxCharacters = 2000;
inline constexpr int kMaxDepth = 20;
inline constexpr int kMaxTerms = 50;
// Fields of one order.
inline constexpr int kMaxOrderFields = 5;

// What a field holds; decides which operators it knows and how values are written.
enum class Type {
  // Text compared as it is. = and != (with a `*` at the end: what begins so), `:` what
  // contains it.
  kString,
  // Text compared and searched without marks and case: as kString. Bare words search it.
  kText,
  // One of `values`, by its name. = != and `:`.
  kEnum,
  // A day, ISO 8601. All comparisons.
  kDay,
  // An instant, RFC 3339. All comparisons.
  kTime,
  // A whole number. All comparisons.
  kInt,
  // true or false. = != and `:`.
  kBool,
  // A resource name after `pattern`, "bodies/*"; the value is its id. = != and `:`.
  kName,
  // "units/12"; the value is the number. = != and `:`.
  kUnit,
};

// A value of an enumeration as the contract names it and as it is stored.
struct EnumValue {
  std::string name;
  int64_t number = 0;
};

// A field that a filter or an order may name.
struct Field {
  // As the contract spells it; may have dots.
  std::string name;
  Type type = Type::kString;
  // kEnum only.
  std::vector<EnumValue> values = {};
  // kName only.
  std::string pattern = {};
  // Whether a list may be ordered by it, and whether a filter may name it.
  bool sorts = false;
  bool filters = true;
};

// The fields of one list. At least one of type kText when bare words are to be allowed.
using Fields = std::vector<Field>;

// The values of a protobuf enumeration but its first, which stands for none. A template, so
// that this header needs no protobuf: EnumValues(*v1::Agreement::State_descriptor()).
template <class Descriptor>
std::vector<EnumValue> EnumValues(const Descriptor& descriptor) {
  std::vector<EnumValue> values;
  for (int i = 0; i < descriptor.value_count(); ++i) {
    if (descriptor.value(i)->number() == 0) continue;
    values.push_back({descriptor.value(i)->name(), descriptor.value(i)->number()});
  }
  return values;
}

// Numbers for kEnum, kInt, kBool (0, 1) and kUnit; text for kString, kName (the id) and, folded,
// kText.
using Value = std::variant<std::monostate, int64_t, std::string, absl::CivilDay, absl::Time>;

// One condition, or several under a connective.
struct Expr {
  enum class Kind { kAll, kAnd, kOr, kNot, kCompare };
  enum class Op {
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    // Begins with the text, contains the text.
    kPrefix,
    kContains,
    // Has any value: `field:*`. The value is "" for text and nothing for others.
    kPresent,
  };

  // kAll lets everything through: an empty filter.
  Kind kind = Kind::kAll;
  // Of kAnd and kOr two or more, of kNot one.
  std::vector<Expr> parts = {};
  // Of kCompare: the name of a field of the table.
  std::string field = {};
  Op op = Op::kEqual;
  Value value = {};

  friend bool operator==(const Expr&, const Expr&) = default;
};

// Reads a filter. As AIP-160 has it, OR binds tighter than AND: `a b OR c` and
// `a AND b OR c` both ask for a and one of b and c. Bare words and quoted text without an
// operator are searched in all fields of type kText, each word for itself. `field:*` asks
// whether a field is set, `field = ""` whether it is not. A `-` before a term or NOT turns
// it around.
//
// INVALID_ARGUMENT naming the field `filter`, with the position of what is wrong, counted in
// characters from 1, and with the names that are known where one is not. Reasons:
// FILTER_TOO_LONG, FILTER_TOO_DEEP, FILTER_TOO_MANY_TERMS, FILTER_SYNTAX, UNKNOWN_FIELD,
// OPERATOR_NOT_ALLOWED, INVALID_VALUE.
absl::StatusOr<Expr> ParseFilter(std::string_view filter, const Fields& fields);

// One field of an order.
struct OrderField {
  std::string field;
  Type type = Type::kString;
  bool descending = false;

  friend bool operator==(const OrderField&, const OrderField&) = default;
};
using Order = std::vector<OrderField>;

// Reads "term_start desc, title": fields that sort, each once, at most kMaxOrderFields. Empty
// text gives an empty order: the list's own. INVALID_ARGUMENT naming `order_by`.
absl::StatusOr<Order> ParseOrderBy(std::string_view order_by, const Fields& fields);

// What a page token of a list is bound to: the whole request but the page's size and token,
// so that a token of one filter or order continues no other. For PageTokens.
template <class Request>
std::string BoundTo(Request request) {
  request.clear_page_size();
  request.clear_page_token();
  return request.SerializeAsString();
}

}  // namespace phoihop::filter

#endif  // PHOIHOP_COMMON_FILTER_FILTER_H_
