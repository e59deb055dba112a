#include "common/ledger/rows.h"

#include <string>
#include <variant>

#include "common/status/macros.h"

namespace phoihop::ledger {
namespace {

// Below the server's default max_allowed_packet of 16 MB by far.
constexpr size_t kMaxStatementBytes = 2 << 20;

size_t SizeOf(const mysql::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  if (const auto* bytes = std::get_if<mysql::Bytes>(&value)) return bytes->value.size();
  return 8;
}

// The greatest of 1..16, 32, 64 that is not above `rows`.
size_t ChunkOf(size_t rows) {
  if (rows >= 64) return 64;
  if (rows >= 32) return 32;
  return rows >= 16 ? 16 : rows;
}

}  // namespace

std::string Repeat(std::string_view part, std::string_view separator, size_t times) {
  std::string text;
  text.reserve(times * (part.size() + separator.size()));
  for (size_t i = 0; i < times; ++i) {
    if (i > 0) text += separator;
    text += part;
  }
  return text;
}

absl::Status InsertRows(mysql::Connection& db, std::string_view head, size_t columns,
                        std::string_view tail, absl::Span<const mysql::Value> values) {
  const std::string row = "(" + Repeat("?", ",", columns) + ")";
  while (!values.empty()) {
    size_t chunk = ChunkOf(values.size() / columns);
    size_t bytes = 0;
    for (const mysql::Value& value : values.subspan(0, chunk * columns)) bytes += SizeOf(value);
    if (bytes > kMaxStatementBytes) chunk = 1;
    std::string sql(head);
    sql += " VALUES ";
    sql += Repeat(row, ",", chunk);
    sql += tail;
    RETURN_IF_ERROR(db.Execute(sql, values.subspan(0, chunk * columns)).status());
    values.remove_prefix(chunk * columns);
  }
  return absl::OkStatus();
}

}  // namespace phoihop::ledger
