// Filters and orders as SQL, for stores. Every value becomes a parameter.
#ifndef PHOIHOP_COMMON_FILTER_SQL_H_
#define PHOIHOP_COMMON_FILTER_SQL_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/filter/filter.h"
#include "common/mysql/connection.h"
#include "common/mysql/value.h"

namespace phoihop::filter {

// How a store holds a field.
struct Column {
  // Name of the field.
  std::string_view field;
  // The expression that holds it: "a.term_start". For kText one whose text is folded by
  // Fold() of common/text, else one with a collation that ignores marks.
  std::string_view sql;
  // It may be NULL; a field without a value equals nothing.
  bool nullable = false;
  // For what lies in other rows: a condition in which {} stands for the condition on `sql`,
  // "EXISTS (SELECT 1 FROM agreement_parties p WHERE p.agreement_id = a.id AND {})".
  std::string_view within = {};
  // By which expression it is ordered, when not `sql`. Never NULL, and at most 150 bytes
  // long, since it goes into page tokens: "LEFT(a.title_key, 150)",
  // "COALESCE(a.due_day, DATE '2199-12-31')".
  std::string_view order = {};
  // `order` gives bytes, as a stored sort key does.
  bool order_is_bytes = false;
};

// A piece of a statement with the parameters of its question marks.
struct Sql {
  std::string text;
  std::vector<mysql::Value> params;
};

// The condition of a filter, in parentheses or "TRUE", ready to stand behind AND. It is never
// NULL. INTERNAL when the store has no column for a field: a table is incomplete.
absl::StatusOr<Sql> Condition(const Expr& expr, absl::Span<const Column> columns);

// One expression by which a list is ordered.
struct Key {
  enum class Kind { kInt, kText, kBytes, kDay, kTime };
  std::string_view sql;
  Kind kind = Kind::kText;
  bool descending = false;
};

// The keys of an order, then those of `ties` that are not among them, which make the order
// total: {{"a.id", Key::Kind::kText}}. With an empty order `own` comes first. INTERNAL when
// the store has no column for a field.
absl::StatusOr<std::vector<Key>> Keys(const Order& order, absl::Span<const Column> columns,
                                      absl::Span<const Key> own, absl::Span<const Key> ties);

// " ORDER BY a.term_start DESC, a.id".
std::string OrderBy(absl::Span<const Key> keys);

// "a.term_start, a.id": to be selected last, for ReadCursor.
std::string KeyColumns(absl::Span<const Key> keys);

// The place of a row in the order, as opaque text for a page token; its keys stand from
// column `first` on. INTERNAL when it is longer than a page token holds (1.000 bytes).
absl::StatusOr<std::string> ReadCursor(const mysql::Row& row, int first,
                                       absl::Span<const Key> keys);

// The condition of the rows after a cursor of the same keys, ready to stand behind AND; "TRUE"
// for an empty cursor. Written with OR rather than as a row constructor, which MariaDB reads
// without an index. INVALID_ARGUMENT naming `page_token` for what is no such cursor.
absl::StatusOr<Sql> After(std::string_view cursor, absl::Span<const Key> keys);

}  // namespace phoihop::filter

#endif  // PHOIHOP_COMMON_FILTER_SQL_H_
