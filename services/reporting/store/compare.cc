// Comparing two generations of the projection, row by row.
#include <sodium.h>

#include <deque>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "services/reporting/store/projection_sql.h"

namespace phoihop::reporting::sql {
namespace {

// Rows read at once.
constexpr int kPage = 2000;

// One table to compare.
struct Table {
  const char* service;
  const char* name;
  // Columns of the key after the generation.
  std::vector<const char*> key;
  // Whether the (only) key column is text; numbers otherwise.
  bool text_key;
  // Everything else of a row as one text.
  const char* content;
  // Rows that count.
  const char* condition;
};

// Counters of zero are left out: whether one was ever written depends on how the records
// were cut into batches.
const std::vector<Table>& Tables() {
  static const auto* tables = new std::vector<Table>{
      {"agreements",
       "projection_agreements",
       {"id"},
       true,
       "CONCAT_WS('|', revision, deleted, unit, HEX(title), parent, term_start, term_end, "
       "IFNULL(in_force_date, '-'))",
       "1 = 1"},
      {"opinions",
       "projection_opinion_months",
       {"unit", "heard_month"},
       false,
       "CAST(entry_count AS CHAR)",
       "entry_count <> 0"},
      {"opinions",
       "projection_opinions",
       {"id"},
       true,
       "CONCAT_WS('|', revision, deleted, unit, heard)",
       "1 = 1"},
      {"opinions",
       "projection_petition_months",
       {"unit", "kind", "received_month", "resolved_month"},
       false,
       "CAST(petition_count AS CHAR)",
       "petition_count <> 0"},
      {"opinions",
       "projection_petitions",
       {"id"},
       true,
       "CONCAT_WS('|', revision, deleted, unit, kind, received, IFNULL(resolved, '-'))",
       "1 = 1"},
  };
  return *tables;
}

// A row: its key in two forms, of which the second orders as the database does.
struct Line {
  std::vector<mysql::Value> key;
  std::string order;
  std::string content;
};

// "(a > ?) OR (a = ? AND (b > ?)) ..." for keys of several columns.
std::string After(const Table& table) {
  std::string text;
  for (size_t i = table.key.size(); i-- > 0;) {
    text = text.empty()
               ? absl::StrCat(table.key[i], " > ?")
               : absl::StrCat(table.key[i], " > ? OR (", table.key[i], " = ? AND (", text, "))");
  }
  return text;
}

// Reads a table of one generation in order of key, and digests it on the way.
class Reader {
 public:
  Reader(mysql::Connection& db, const Table& table, int64_t generation,
         crypto_generichash_state& digest)
      : db_(db), table_(table), generation_(generation), digest_(digest) {}

  // The next row; null at the end. It stays until Pop.
  absl::StatusOr<const Line*> Peek() {
    if (lines_.empty() && !ended_) RETURN_IF_ERROR(Load());
    return lines_.empty() ? nullptr : &lines_.front();
  }
  void Pop() { lines_.pop_front(); }

 private:
  absl::Status Load() {
    const std::string columns = absl::StrJoin(table_.key, ", ");
    std::string sql = absl::StrCat("SELECT ", columns, ", ", table_.content, " FROM ", table_.name,
                                   " WHERE generation = ? AND ", table_.condition);
    std::vector<mysql::Value> values = {generation_};
    if (!last_.empty()) {
      absl::StrAppend(&sql, " AND (", After(table_), ")");
      for (size_t i = 0; i < last_.size(); ++i) {
        values.push_back(last_[i]);
        if (i + 1 < last_.size()) values.push_back(last_[i]);
      }
    }
    absl::StrAppend(&sql, " ORDER BY ", columns, " LIMIT ", kPage);
    int rows = 0;
    RETURN_IF_ERROR(db_.Query(sql, values, [&](const mysql::Row& row) {
      ++rows;
      Line line;
      for (size_t i = 0; i < table_.key.size(); ++i) {
        const int column = static_cast<int>(i);
        if (table_.text_key) {
          line.key.emplace_back(row.Text(column));
          line.order = row.Text(column);
        } else {
          line.key.emplace_back(row.Int(column));
          absl::StrAppend(&line.order, i == 0 ? "" : "/",
                          absl::Dec(row.Int(column), absl::kZeroPad20));
        }
      }
      line.content = row.Text(static_cast<int>(table_.key.size()));
      const std::string text = absl::StrCat(table_.name, " ", line.order, " ", line.content, "\n");
      crypto_generichash_update(&digest_, reinterpret_cast<const unsigned char*>(text.data()),
                                text.size());
      lines_.push_back(std::move(line));
      return absl::OkStatus();
    }));
    if (rows > 0) last_ = lines_.back().key;
    ended_ = rows < kPage;
    return absl::OkStatus();
  }

  mysql::Connection& db_;
  const Table& table_;
  const int64_t generation_;
  crypto_generichash_state& digest_;
  std::deque<Line> lines_;
  std::vector<mysql::Value> last_;
  bool ended_ = false;
};

std::string Hex(crypto_generichash_state& state) {
  unsigned char bytes[crypto_generichash_BYTES];
  crypto_generichash_final(&state, bytes, sizeof(bytes));
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes)));
}

}  // namespace

absl::StatusOr<Comparison> CompareGenerations(mysql::Connection& old_db,
                                              const std::map<std::string, int64_t>& old_generations,
                                              mysql::Connection& new_db, int64_t new_generation) {
  crypto_generichash_state old_state, new_state;
  crypto_generichash_init(&old_state, nullptr, 0, crypto_generichash_BYTES);
  crypto_generichash_init(&new_state, nullptr, 0, crypto_generichash_BYTES);
  Comparison comparison;
  comparison.equal = true;
  const auto differ = [&](const Table& table, const Line& line, const char* how) {
    comparison.equal = false;
    if (comparison.differences.size() < kMaxDifferences) {
      comparison.differences.push_back(absl::StrCat(table.name, " ", line.order, ": ", how));
    }
  };
  for (const Table& table : Tables()) {
    Reader old_rows(old_db, table, old_generations.at(table.service), old_state);
    Reader new_rows(new_db, table, new_generation, new_state);
    while (true) {
      ASSIGN_OR_RETURN(const Line* old_line, old_rows.Peek());
      ASSIGN_OR_RETURN(const Line* new_line, new_rows.Peek());
      if (old_line == nullptr && new_line == nullptr) break;
      if (new_line == nullptr || (old_line != nullptr && old_line->order < new_line->order)) {
        differ(table, *old_line, "only in the projection in use");
        old_rows.Pop();
      } else if (old_line == nullptr || new_line->order < old_line->order) {
        differ(table, *new_line, "only in the recount");
        new_rows.Pop();
      } else {
        if (old_line->content != new_line->content) differ(table, *old_line, "differs");
        old_rows.Pop();
        new_rows.Pop();
      }
    }
  }
  comparison.old_digest = Hex(old_state);
  comparison.new_digest = Hex(new_state);
  return comparison;
}

}  // namespace phoihop::reporting::sql
