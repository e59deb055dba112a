#include "common/filter/sql.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::filter {
namespace {

using Op = Expr::Op;

constexpr size_t kMaxCursor = 1000;

mysql::Value ToValue(const Value& value) {
  struct Visitor {
    mysql::Value operator()(std::monostate) const { return nullptr; }
    mysql::Value operator()(int64_t v) const { return v; }
    mysql::Value operator()(const std::string& v) const { return v; }
    mysql::Value operator()(absl::CivilDay v) const { return v; }
    mysql::Value operator()(absl::Time v) const { return v; }
  };
  return std::visit(Visitor(), value);
}

// Text for LIKE ... ESCAPE '!': nothing in it is a wildcard.
std::string Literally(const Value& value) {
  return absl::StrReplaceAll(std::get<std::string>(value), {{"!", "!!"}, {"%", "!%"}, {"_", "!_"}});
}

const Column* Find(absl::Span<const Column> columns, std::string_view field) {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& column) { return column.field == field; });
  return found == columns.end() ? nullptr : &*found;
}

absl::Status NoColumn(const std::string& field) {
  return Internal(absl::StrCat("no column for the field ", field));
}

std::string_view Sign(Op op) {
  switch (op) {
    case Op::kEqual:
      return " = ?";
    case Op::kNotEqual:
      return " <> ?";
    case Op::kLess:
      return " < ?";
    case Op::kLessOrEqual:
      return " <= ?";
    case Op::kGreater:
      return " > ?";
    case Op::kGreaterOrEqual:
      return " >= ?";
    case Op::kPrefix:
    case Op::kContains:
      return " LIKE ? ESCAPE '!'";
    case Op::kPresent:
      break;
  }
  return " <> ''";
}

// The condition on one column.
void AppendComparison(const Expr& expr, const Column& column, Sql& sql) {
  const absl::string_view col = AbslView(column.sql);
  std::string test;
  if (expr.op == Op::kPresent && expr.value == Value()) {
    test = column.nullable ? absl::StrCat(col, " IS NOT NULL") : "TRUE";
  } else if (!column.nullable) {
    test = absl::StrCat(col, AbslView(Sign(expr.op)));
  } else if (expr.op == Op::kNotEqual) {
    test = absl::StrCat("(", col, " IS NULL OR ", col, " <> ?)");
  } else {
    // FALSE rather than NULL when there is no value, so that NOT turns it around.
    test = absl::StrCat("(", col, " IS NOT NULL AND ", col, AbslView(Sign(expr.op)), ")");
  }
  if (expr.op == Op::kPrefix) {
    sql.params.emplace_back(absl::StrCat(Literally(expr.value), "%"));
  } else if (expr.op == Op::kContains) {
    sql.params.emplace_back(absl::StrCat("%", Literally(expr.value), "%"));
  } else if (expr.op != Op::kPresent) {
    sql.params.push_back(ToValue(expr.value));
  }
  if (column.within.empty()) {
    sql.text += test;
  } else {
    absl::StrAppend(&sql.text, absl::StrReplaceAll(AbslView(column.within), {{"{}", test}}));
  }
}

absl::Status Append(const Expr& expr, absl::Span<const Column> columns, Sql& sql) {
  switch (expr.kind) {
    case Expr::Kind::kAll:
      sql.text += "TRUE";
      return absl::OkStatus();
    case Expr::Kind::kNot:
      sql.text += "(NOT ";
      RETURN_IF_ERROR(Append(expr.parts.front(), columns, sql));
      sql.text += ")";
      return absl::OkStatus();
    case Expr::Kind::kAnd:
    case Expr::Kind::kOr: {
      const char* glue = "(";
      for (const Expr& part : expr.parts) {
        sql.text += glue;
        RETURN_IF_ERROR(Append(part, columns, sql));
        glue = expr.kind == Expr::Kind::kAnd ? " AND " : " OR ";
      }
      sql.text += ")";
      return absl::OkStatus();
    }
    case Expr::Kind::kCompare:
      break;
  }
  const Column* column = Find(columns, expr.field);
  if (column == nullptr) return NoColumn(expr.field);
  // A field of several values differs from one when none of them is equal.
  if (expr.op == Op::kNotEqual && !column->within.empty()) {
    Expr equal = expr;
    equal.op = Op::kEqual;
    sql.text += "(NOT ";
    AppendComparison(equal, *column, sql);
    sql.text += ")";
    return absl::OkStatus();
  }
  sql.text += "(";
  AppendComparison(expr, *column, sql);
  sql.text += ")";
  return absl::OkStatus();
}

Key::Kind KindOf(Type type, const Column& column) {
  switch (type) {
    case Type::kDay:
      return Key::Kind::kDay;
    case Type::kTime:
      return Key::Kind::kTime;
    case Type::kEnum:
    case Type::kInt:
    case Type::kBool:
    case Type::kUnit:
      return Key::Kind::kInt;
    case Type::kString:
    case Type::kText:
    case Type::kName:
      break;
  }
  return column.order_is_bytes ? Key::Kind::kBytes : Key::Kind::kText;
}

void AddKey(const Key& key, std::vector<Key>& keys) {
  if (std::none_of(keys.begin(), keys.end(), [&](const Key& k) { return k.sql == key.sql; })) {
    keys.push_back(key);
  }
}

std::string TextOf(const mysql::Row& row, int column, Key::Kind kind) {
  switch (kind) {
    case Key::Kind::kInt:
    case Key::Kind::kDay:
      return kind == Key::Kind::kInt ? absl::StrCat(row.Int(column))
                                     : absl::FormatCivilTime(row.Day(column));
    case Key::Kind::kTime:
      return absl::StrCat(absl::ToUnixMicros(row.Time(column)));
    case Key::Kind::kBytes:
      return row.Bytes(column);
    case Key::Kind::kText:
      break;
  }
  return row.Text(column);
}

bool ReadText(std::string text, Key::Kind kind, mysql::Value& value) {
  int64_t number = 0;
  absl::CivilDay day;
  switch (kind) {
    case Key::Kind::kInt:
    case Key::Kind::kTime:
      if (!absl::SimpleAtoi(text, &number)) return false;
      if (kind == Key::Kind::kInt) {
        value = number;
      } else {
        value = absl::FromUnixMicros(number);
      }
      return true;
    case Key::Kind::kDay:
      if (!absl::ParseCivilTime(text, &day)) return false;
      value = day;
      return true;
    case Key::Kind::kBytes:
      value = mysql::Bytes(std::move(text));
      return true;
    case Key::Kind::kText:
      value = std::move(text);
      return true;
  }
  return false;
}

// A cursor is its texts, each after its length and a colon.
bool ReadCursorValues(std::string_view cursor, absl::Span<const Key> keys,
                      std::vector<mysql::Value>& values) {
  for (const Key& key : keys) {
    const size_t colon = cursor.find(':');
    size_t size = 0;
    if (colon == std::string_view::npos ||
        !absl::SimpleAtoi(AbslView(cursor.substr(0, colon)), &size) ||
        size > cursor.size() - colon - 1) {
      return false;
    }
    mysql::Value value = nullptr;
    if (!ReadText(std::string(cursor.substr(colon + 1, size)), key.kind, value)) return false;
    values.push_back(std::move(value));
    cursor.remove_prefix(colon + 1 + size);
  }
  return cursor.empty();
}

}  // namespace

absl::StatusOr<Sql> Condition(const Expr& expr, absl::Span<const Column> columns) {
  Sql sql;
  RETURN_IF_ERROR(Append(expr, columns, sql));
  return sql;
}

absl::StatusOr<std::vector<Key>> Keys(const Order& order, absl::Span<const Column> columns,
                                      absl::Span<const Key> own, absl::Span<const Key> ties) {
  std::vector<Key> keys;
  for (const OrderField& field : order) {
    const Column* column = Find(columns, field.field);
    if (column == nullptr || (column->nullable && column->order.empty())) {
      return NoColumn(field.field);
    }
    AddKey({column->order.empty() ? column->sql : column->order, KindOf(field.type, *column),
            field.descending},
           keys);
  }
  if (order.empty()) {
    for (const Key& key : own) AddKey(key, keys);
  }
  for (const Key& key : ties) AddKey(key, keys);
  return keys;
}

std::string OrderBy(absl::Span<const Key> keys) {
  std::string text;
  for (const Key& key : keys) {
    absl::StrAppend(&text, text.empty() ? " ORDER BY " : ", ", AbslView(key.sql),
                    key.descending ? " DESC" : "");
  }
  return text;
}

std::string KeyColumns(absl::Span<const Key> keys) {
  std::string text;
  for (const Key& key : keys) absl::StrAppend(&text, text.empty() ? "" : ", ", AbslView(key.sql));
  return text;
}

absl::StatusOr<std::string> ReadCursor(const mysql::Row& row, int first,
                                       absl::Span<const Key> keys) {
  std::string cursor;
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::string text = TextOf(row, first + static_cast<int>(i), keys[i].kind);
    absl::StrAppend(&cursor, text.size(), ":", text);
  }
  if (cursor.size() > kMaxCursor) return Internal("the keys of a list are too long for a token");
  return cursor;
}

absl::StatusOr<Sql> After(std::string_view cursor, absl::Span<const Key> keys) {
  if (cursor.empty()) return Sql{"TRUE", {}};
  std::vector<mysql::Value> values;
  if (!ReadCursorValues(cursor, keys, values)) {
    return InvalidField(
        "page_token", "INVALID_PAGE_TOKEN",
        {"The page token does not belong to this query.", "Mã trang không thuộc về truy vấn này."});
  }
  // (a <= 1 AND (a < 1 OR (b <= 2 AND (b < 2 OR id < 3)))): the first comparison gives an
  // index a place to start from.
  Sql sql;
  for (size_t i = 0; i < keys.size(); ++i) {
    const absl::string_view col = AbslView(keys[i].sql);
    const char* sign = keys[i].descending ? "<" : ">";
    if (i + 1 < keys.size()) {
      absl::StrAppend(&sql.text, "(", col, " ", sign, "= ? AND (", col, " ", sign, " ? OR ");
      sql.params.insert(sql.params.end(), {values[i], values[i]});
    } else {
      absl::StrAppend(&sql.text, "(", col, " ", sign, " ?)");
      sql.params.push_back(values[i]);
    }
  }
  for (size_t i = 1; i < keys.size(); ++i) sql.text += "))";
  return sql;
}

}  // namespace phoihop::filter
