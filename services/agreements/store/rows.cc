#include "services/agreements/store/rows.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/domain/document_number.h"

namespace phoihop::agreements {
namespace {

using mysql::Value;

template <class T>
Value OrNull(const std::optional<T>& value) {
  return value.has_value() ? Value(*value) : Value(nullptr);
}

Value TextOrNull(const std::string& text) { return text.empty() ? Value(nullptr) : Value(text); }

Value KeyOrNull(const std::optional<std::string>& key) {
  return key.has_value() ? Value(mysql::Bytes(*key)) : Value(nullptr);
}

template <class T>
std::string Joined(const std::vector<T>& values) {
  return absl::StrJoin(values, ",");
}

std::vector<int64_t> Numbers(const std::string& text) {
  std::vector<int64_t> numbers;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    int64_t number = 0;
    if (absl::SimpleAtoi(part, &number)) numbers.push_back(number);
  }
  return numbers;
}

// A column that may change, with its value.
struct ChangingColumn {
  std::string_view name;
  Value (*value)(const Agreement& agreement);
};

constexpr ChangingColumn kChanging[] = {
    {"title", [](const Agreement& a) -> Value { return a.title; }},
    {"document_number", [](const Agreement& a) -> Value { return a.document_number; }},
    {"document_key", [](const Agreement& a) { return KeyOrNull(UnitKey(a)); }},
    {"issuer_key", [](const Agreement& a) { return KeyOrNull(IssuerKey(a)); }},
    {"term_start", [](const Agreement& a) -> Value { return a.term_start; }},
    {"term_end", [](const Agreement& a) -> Value { return a.term_end; }},
    {"term_year", [](const Agreement& a) -> Value { return int64_t{NumberedOn(a).year()}; }},
    {"parent_id", [](const Agreement& a) { return TextOrNull(a.parent); }},
    {"state", [](const Agreement& a) -> Value { return static_cast<int64_t>(a.state); }},
    {"in_force_from", [](const Agreement& a) { return OrNull(a.in_force_date); }},
    {"in_force_until",
     [](const Agreement& a) -> Value {
       return a.in_force_date.has_value() ? Value(InForceUntil(a)) : Value(nullptr);
     }},
    {"update_time", [](const Agreement& a) -> Value { return a.update_time; }},
    {"level", [](const Agreement& a) -> Value { return a.level; }},
    {"issuing_body", [](const Agreement& a) { return TextOrNull(a.issuing_body); }},
    {"document_series", [](const Agreement& a) -> Value { return a.document_series; }},
    {"cascade_levels", [](const Agreement& a) -> Value { return Joined(a.cascade_target.levels); }},
    {"cascade_subtree",
     [](const Agreement& a) -> Value {
       const int64_t root = a.cascade_target.subtree;
       return root == 0 ? Value(nullptr) : Value(root);
     }},
    {"cascade_units",
     [](const Agreement& a) { return TextOrNull(Joined(a.cascade_target.units)); }},
    {"cascade_due", [](const Agreement& a) { return OrNull(a.cascade_target.due); }},
    {"required_signatures",
     [](const Agreement& a) -> Value { return Joined(a.required_signatures); }},
    {"version", [](const Agreement& a) -> Value { return int64_t{a.version}; }},
    {"version_date", [](const Agreement& a) { return OrNull(a.version_date); }},
    {"version_by", [](const Agreement& a) { return TextOrNull(a.version_by); }},
    {"ended_from", [](const Agreement& a) { return OrNull(a.ended_from); }},
    {"termination_reason",
     [](const Agreement& a) -> Value {
       return a.termination.has_value() ? Value(a.termination->reason) : Value(nullptr);
     }},
    {"termination_decision",
     [](const Agreement& a) -> Value {
       return a.termination.has_value() ? Value(a.termination->decision_number) : Value(nullptr);
     }},
    {"superseded_by", [](const Agreement& a) { return TextOrNull(a.superseded_by); }},
    {"delete_time", [](const Agreement& a) { return OrNull(a.delete_time); }},
    {"comment_by", [](const Agreement& a) { return OrNull(a.comment_by); }},
    {"signing_round", [](const Agreement& a) -> Value { return int64_t{a.signing_round}; }},
    {"text_sha256", [](const Agreement& a) -> Value { return a.text_sha256; }},
    {"return_reason", [](const Agreement& a) -> Value { return a.return_reason; }},
    {"signing_opened", [](const Agreement& a) { return OrNull(a.signing_opened); }},
    {"signing_opened_time", [](const Agreement& a) { return OrNull(a.signing_opened_time); }},
    {"revision", [](const Agreement& a) -> Value { return a.revision; }},
};

std::vector<Value> ChangingValues(const Agreement& agreement) {
  std::vector<Value> values;
  for (const ChangingColumn& column : kChanging) values.push_back(column.value(agreement));
  return values;
}

// What never changes follows the changing columns.
const std::string& InsertSql() {
  static const auto* const sql = [] {
    std::string columns, marks;
    for (const ChangingColumn& column : kChanging) {
      absl::StrAppend(&columns, AbslView(column.name), ", ");
      marks += "?,";
    }
    return new std::string(absl::StrCat("INSERT INTO agreements (", columns,
                                        "id, unit_id, create_time, amends_id, amendment_kind, "
                                        "effective_date) VALUES (",
                                        marks, "?,?,?,?,?,?)"));
  }();
  return *sql;
}

// The revision is compared although the row is locked: a command that forgot to lock must
// not pass for a good one.
const std::string& UpdateSql() {
  static const auto* const sql = [] {
    std::string columns;
    for (const ChangingColumn& column : kChanging) {
      absl::StrAppend(&columns, columns.empty() ? "" : ", ", AbslView(column.name), " = ?");
    }
    return new std::string(
        absl::StrCat("UPDATE agreements SET ", columns, " WHERE id = ? AND revision = ?"));
  }();
  return *sql;
}

// Writes the rows of one part of the content anew, when they differ: `columns` after
// agreement_id and place, `values` those of one row.
template <class T>
absl::Status WriteRows(mysql::Connection& db, std::string_view table, std::string_view columns,
                       int column_count, const std::string& id, const std::vector<T>& before,
                       const std::vector<T>& after, std::vector<Value> (*values)(const T& row)) {
  if (before == after) return absl::OkStatus();
  if (!before.empty()) {
    RETURN_IF_ERROR(
        db.Execute(absl::StrCat("DELETE FROM ", AbslView(table), " WHERE agreement_id = ?"),
                   {Value(id)})
            .status());
  }
  // In pieces, so that the statements that a connection keeps prepared stay small.
  std::string marks = "(?,?";
  for (int i = 0; i < column_count; ++i) marks += ",?";
  marks += ")";
  constexpr size_t kRows = 32;
  for (size_t first = 0; first < after.size(); first += kRows) {
    std::string sql = absl::StrCat("INSERT INTO ", AbslView(table), " (agreement_id, place, ",
                                   AbslView(columns), ") VALUES ");
    std::vector<Value> params;
    for (size_t place = first; place < std::min(after.size(), first + kRows); ++place) {
      absl::StrAppend(&sql, place == first ? "" : ",", marks);
      params.insert(params.end(), {id, static_cast<int64_t>(place)});
      for (Value& value : values(after[place])) params.push_back(std::move(value));
    }
    RETURN_IF_ERROR(db.Execute(sql, params).status());
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<std::string> IssuerKey(const Agreement& agreement) {
  if (agreement.issuing_body.empty() || agreement.delete_time.has_value()) return std::nullopt;
  const std::string key = DocumentKey(agreement.document_number);
  if (key.empty()) return std::nullopt;
  return absl::StrCat(agreement.issuing_body, "\n", DocumentKey(agreement.document_series), "\n",
                      key);
}

std::optional<std::string> UnitKey(const Agreement& agreement) {
  if (!agreement.issuing_body.empty() || agreement.delete_time.has_value()) return std::nullopt;
  std::string key = DocumentKey(agreement.document_number);
  if (key.empty()) return std::nullopt;
  return key;
}

Agreement AgreementOf(const mysql::Row& row) {
  Agreement a;
  a.id = row.Text(0);
  a.unit = row.Int(1);
  a.title = row.Text(2);
  a.document_number = row.Text(3);
  a.term_start = row.Day(4);
  a.term_end = row.Day(5);
  a.parent = row.Text(6);
  a.state = static_cast<State>(row.Int(7));
  if (!row.IsNull(8)) a.in_force_date = row.Day(8);
  a.create_time = row.Time(9);
  a.update_time = row.Time(10);
  a.revision = row.Int(11);
  a.level = row.Text(12);
  a.issuing_body = row.Text(13);
  a.document_series = row.Text(14);
  a.cascade_target.levels = absl::StrSplit(row.Text(15), ',', absl::SkipEmpty());
  a.cascade_target.subtree = row.Int(16);
  a.cascade_target.units = Numbers(row.Text(17));
  if (!row.IsNull(18)) a.cascade_target.due = row.Day(18);
  for (const int64_t required : Numbers(row.Text(19))) {
    a.required_signatures.push_back(static_cast<int>(required));
  }
  a.version = static_cast<int>(row.Int(20));
  if (!row.IsNull(21)) a.version_date = row.Day(21);
  if (a.version == 0 && a.in_force_date.has_value()) {
    // Came into force before versions were counted.
    a.version = 1;
    a.version_date = a.in_force_date;
  }
  a.version_by = row.Text(22);
  if (!row.IsNull(23)) a.ended_from = row.Day(23);
  if (!row.IsNull(24)) {
    a.termination = Termination{row.Text(24), row.Text(25), a.ended_from.value_or(a.term_end)};
  }
  a.superseded_by = row.Text(26);
  if (!row.IsNull(27)) a.delete_time = row.Time(27);
  if (!row.IsNull(28)) a.comment_by = row.Day(28);
  a.signing_round = static_cast<int>(row.Int(29));
  a.text_sha256 = row.Text(30);
  a.return_reason = row.Text(31);
  if (!row.IsNull(32)) {
    a.amendment = Amendment{row.Text(32), static_cast<AmendmentKind>(row.Int(33)), row.Day(34)};
  }
  if (!row.IsNull(35)) a.signing_opened = row.Day(35);
  if (!row.IsNull(36)) a.signing_opened_time = row.Time(36);
  return a;
}

absl::Status LoadContent(mysql::Connection& db, Agreement& agreement) {
  const std::vector<Value> id = {agreement.id};
  RETURN_IF_ERROR(db.Query(
      "SELECT area, heading, text FROM agreement_clauses WHERE agreement_id = ? ORDER BY place", id,
      [&](const mysql::Row& row) {
        agreement.clauses.push_back({static_cast<Area>(row.Int(0)), row.Text(1), row.Text(2)});
        return absl::OkStatus();
      }));
  RETURN_IF_ERROR(
      db.Query("SELECT document_number, title, issue_date, issuer FROM agreement_bases "
               "WHERE agreement_id = ? ORDER BY place",
               id, [&](const mysql::Row& row) {
                 LegalBasis basis{row.Text(0), row.Text(1), std::nullopt, row.Text(3)};
                 if (!row.IsNull(2)) basis.issue_date = row.Day(2);
                 agreement.legal_bases.push_back(std::move(basis));
                 return absl::OkStatus();
               }));
  return db.Query(
      "SELECT sha256, file_name FROM agreement_files WHERE agreement_id = ? ORDER BY place", id,
      [&](const mysql::Row& row) {
        agreement.attachments.push_back({row.Text(0), row.Text(1)});
        return absl::OkStatus();
      });
}

absl::Status InsertRow(mysql::Connection& db, const Agreement& agreement) {
  std::vector<Value> params = ChangingValues(agreement);
  params.insert(params.end(), {agreement.id, agreement.unit, agreement.create_time});
  if (agreement.amendment.has_value()) {
    params.insert(params.end(),
                  {agreement.amendment->amends, static_cast<int64_t>(agreement.amendment->kind),
                   agreement.amendment->effective});
  } else {
    params.insert(params.end(), 3, nullptr);
  }
  return db.Execute(InsertSql(), params).status();
}

absl::Status UpdateRow(mysql::Connection& db, const Agreement& before, const Agreement& after) {
  std::vector<Value> params = ChangingValues(after);
  params.insert(params.end(), {before.id, before.revision});
  ASSIGN_OR_RETURN(const int64_t found, db.Execute(UpdateSql(), params));
  if (found != 1) return Internal("an agreement was changed without being locked");
  return absl::OkStatus();
}

absl::Status WriteContent(mysql::Connection& db, const Agreement& before, const Agreement& after) {
  RETURN_IF_ERROR(WriteRows<Clause>(db, "agreement_clauses", "area, heading, text", 3, after.id,
                                    before.clauses, after.clauses,
                                    [](const Clause& c) -> std::vector<Value> {
                                      return {static_cast<int64_t>(c.area), c.heading, c.text};
                                    }));
  RETURN_IF_ERROR(WriteRows<LegalBasis>(
      db, "agreement_bases", "document_number, title, issue_date, issuer", 4, after.id,
      before.legal_bases, after.legal_bases, [](const LegalBasis& b) -> std::vector<Value> {
        return {b.document_number, b.title, OrNull(b.issue_date), b.issuer};
      }));
  return WriteRows<Attachment>(db, "agreement_files", "sha256, file_name", 2, after.id,
                               before.attachments, after.attachments,
                               [](const Attachment& f) -> std::vector<Value> {
                                 return {f.sha256, f.file_name};
                               });
}

}  // namespace phoihop::agreements
