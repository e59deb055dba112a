#include "services/agreements/store/rows.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"
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

// The values of the columns that may change, in the order of both statements below.
std::vector<Value> ChangingValues(const Agreement& a) {
  const std::string key = DocumentKey(a.document_number);
  std::optional<absl::CivilDay> until;
  if (a.in_force_date.has_value()) until = InForceUntil(a);
  return {a.title,
          a.document_number,
          key.empty() ? Value(nullptr) : Value(mysql::Bytes(key)),
          a.term_start,
          a.term_end,
          static_cast<int64_t>(a.term_start.year()),
          TextOrNull(a.parent),
          static_cast<int64_t>(a.state),
          OrNull(a.in_force_date),
          OrNull(until),
          a.update_time,
          a.revision};
}

constexpr std::string_view kInsertRow =
    "INSERT INTO agreements (title, document_number, document_key, term_start, term_end, "
    "term_year, parent_id, state, in_force_from, in_force_until, update_time, revision, "
    "id, unit_id, create_time) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

// The revision is compared although the row is locked: a command that forgot to lock must
// not pass for a good one.
constexpr std::string_view kUpdateRow =
    "UPDATE agreements SET title = ?, document_number = ?, document_key = ?, term_start = ?, "
    "term_end = ?, term_year = ?, parent_id = ?, state = ?, in_force_from = ?, "
    "in_force_until = ?, update_time = ?, revision = ? WHERE id = ? AND revision = ?";

constexpr std::string_view kPartyColumns =
    "agreement_id, place, body_id, sign_date, recorded_by, signer_name, signer_title, "
    "record_time";

constexpr std::string_view kDeleteParties = "DELETE FROM agreement_parties WHERE agreement_id = ?";

constexpr std::string_view kUpdateParty =
    "UPDATE agreement_parties SET sign_date = ?, recorded_by = ?, signer_name = ?, "
    "signer_title = ?, record_time = ? WHERE agreement_id = ? AND place = ?";

std::vector<Value> SignatureValues(const std::optional<Signature>& signature) {
  if (!signature.has_value()) return std::vector<Value>(5, nullptr);
  return {signature->sign_date, signature->recorded_by, signature->signer_name,
          signature->signer_title, signature->record_time};
}

}  // namespace

std::string Placeholders(size_t count) {
  std::string list = "?";
  for (size_t i = 1; i < absl::bit_ceil(count); ++i) list += ",?";
  return list;
}

template <class T>
void AppendPadded(absl::Span<const T> values, std::vector<Value>& params) {
  const size_t padded = absl::bit_ceil(values.size());
  for (size_t i = 0; i < padded; ++i) {
    params.emplace_back(i < values.size() ? values[i] : values.back());
  }
}
template void AppendPadded(absl::Span<const int64_t> values, std::vector<Value>& params);
template void AppendPadded(absl::Span<const std::string> values, std::vector<Value>& params);

Agreement AgreementOf(const mysql::Row& row) {
  Agreement agreement;
  agreement.id = row.Text(0);
  agreement.unit = row.Int(1);
  agreement.title = row.Text(2);
  agreement.document_number = row.Text(3);
  agreement.term_start = row.Day(4);
  agreement.term_end = row.Day(5);
  agreement.parent = row.Text(6);
  agreement.state = static_cast<State>(row.Int(7));
  if (!row.IsNull(8)) agreement.in_force_date = row.Day(8);
  agreement.create_time = row.Time(9);
  agreement.update_time = row.Time(10);
  agreement.revision = row.Int(11);
  return agreement;
}

absl::Status LoadParties(mysql::Connection& db, absl::Span<Agreement> agreements) {
  if (agreements.empty()) return absl::OkStatus();
  absl::flat_hash_map<std::string, Agreement*> by_id;
  std::vector<std::string> ids;
  for (Agreement& agreement : agreements) {
    by_id.emplace(agreement.id, &agreement);
    ids.push_back(agreement.id);
  }
  std::vector<Value> params;
  AppendPadded<std::string>(ids, params);
  const std::string sql = absl::StrCat("SELECT ", AbslView(kPartyColumns),
                                       " FROM agreement_parties WHERE agreement_id IN (",
                                       Placeholders(ids.size()), ") ORDER BY agreement_id, place");
  return db.Query(sql, params, [&](const mysql::Row& row) {
    Party party{row.Text(2), std::nullopt};
    if (!row.IsNull(3)) {
      party.signature = Signature{row.Day(3), row.Text(4), row.Text(5), row.Text(6), row.Time(7)};
    }
    by_id.at(row.Text(0))->parties.push_back(std::move(party));
    return absl::OkStatus();
  });
}

absl::Status InsertRow(mysql::Connection& db, const Agreement& agreement) {
  std::vector<Value> params = ChangingValues(agreement);
  params.insert(params.end(), {agreement.id, agreement.unit, agreement.create_time});
  return db.Execute(kInsertRow, params).status();
}

absl::Status UpdateRow(mysql::Connection& db, const Agreement& before, const Agreement& after) {
  std::vector<Value> params = ChangingValues(after);
  params.insert(params.end(), {before.id, before.revision});
  ASSIGN_OR_RETURN(const int64_t found, db.Execute(kUpdateRow, params));
  if (found != 1) return Internal("an agreement was changed without being locked");
  return absl::OkStatus();
}

absl::Status InsertParties(mysql::Connection& db, const Agreement& agreement) {
  std::string sql =
      absl::StrCat("INSERT INTO agreement_parties (", AbslView(kPartyColumns), ") VALUES ");
  std::vector<Value> params;
  for (size_t place = 0; place < agreement.parties.size(); ++place) {
    const Party& party = agreement.parties[place];
    sql += place == 0 ? "(?,?,?,?,?,?,?,?)" : ",(?,?,?,?,?,?,?,?)";
    params.insert(params.end(), {agreement.id, static_cast<int64_t>(place), party.body});
    for (Value& value : SignatureValues(party.signature)) params.push_back(std::move(value));
  }
  return db.Execute(sql, params).status();
}

absl::Status UpdateParties(mysql::Connection& db, const Agreement& before, const Agreement& after) {
  if (before.content().parties != after.content().parties) {
    RETURN_IF_ERROR(db.Execute(kDeleteParties, {before.id}).status());
    return InsertParties(db, after);
  }
  for (size_t place = 0; place < after.parties.size(); ++place) {
    if (before.parties[place] == after.parties[place]) continue;
    std::vector<Value> params = SignatureValues(after.parties[place].signature);
    params.insert(params.end(), {after.id, static_cast<int64_t>(place)});
    RETURN_IF_ERROR(db.Execute(kUpdateParty, params).status());
  }
  return absl::OkStatus();
}

}  // namespace phoihop::agreements
