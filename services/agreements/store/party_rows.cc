// Rows of parties and their signatures.
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/mysql/in_list.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/store/rows.h"

namespace phoihop::agreements {
namespace {

using mysql::Value;

template <class T>
Value OrNull(const std::optional<T>& value) {
  return value.has_value() ? Value(*value) : Value(nullptr);
}

// All but the bytes of the signature, which come last.
constexpr std::string_view kPartyColumns =
    "agreement_id, place, body_id, sign_date, recorded_by, signer_name, signer_title, "
    "record_time, sign_by, sign_group, display_name, signature_kind, capacity, text_sha256, scan, "
    "cert_subject, cert_issuer, cert_serial, cert_sha256, cert_chain, cert_time, "
    "cert_revocation_checked, body_until";

constexpr std::string_view kDeleteParties = "DELETE FROM agreement_parties WHERE agreement_id = ?";

constexpr std::string_view kUpdateParty =
    "UPDATE agreement_parties SET sign_date = ?, recorded_by = ?, signer_name = ?, "
    "signer_title = ?, record_time = ?, sign_by = ?, sign_group = ?, display_name = ?, "
    "signature_kind = ?, capacity = ?, text_sha256 = ?, scan = ?, cert_subject = ?, "
    "cert_issuer = ?, cert_serial = ?, cert_sha256 = ?, cert_chain = ?, cert_time = ?, "
    "cert_revocation_checked = ?, body_until = ?, cms = ? "
    "WHERE agreement_id = ? AND place = ?";

// The values of kUpdateParty up to its condition.
std::vector<Value> PartyValues(const Party& party) {
  const std::optional<Signature>& s = party.signature;
  std::vector<Value> values;
  if (s.has_value()) {
    values = {s->sign_date, s->recorded_by, s->signer_name, s->signer_title, s->record_time};
  } else {
    values.assign(5, nullptr);
  }
  values.insert(values.end(), {OrNull(party.sign_by), int64_t{party.group}, party.display_name,
                               s.has_value() ? static_cast<int64_t>(s->kind) : int64_t{0},
                               s.has_value() ? static_cast<int64_t>(s->capacity) : int64_t{0},
                               s.has_value() ? s->text_sha256 : std::string(),
                               s.has_value() ? s->scan : std::string()});
  if (s.has_value() && s->certificate.has_value()) {
    const Certificate& c = *s->certificate;
    values.insert(values.end(),
                  {c.subject, c.issuer, c.serial, c.sha256, absl::StrJoin(c.chain, "\n"),
                   OrNull(c.signing_time), int64_t{c.revocation_checked}});
  } else {
    values.insert(values.end(), 7, nullptr);
  }
  values.push_back(OrNull(party.ends));
  values.push_back(s.has_value() && !s->cms.empty() ? Value(mysql::Bytes(s->cms)) : Value(nullptr));
  return values;
}

std::optional<Signature> SignatureOf(const mysql::Row& row, bool with_cms) {
  if (row.IsNull(3)) return std::nullopt;
  Signature signature{row.Day(3), row.Text(4), row.Text(5), row.Text(6), row.Time(7)};
  signature.kind = static_cast<SignatureKind>(row.Int(11));
  signature.capacity = static_cast<Capacity>(row.Int(12));
  signature.text_sha256 = row.Text(13);
  signature.scan = row.Text(14);
  if (!row.IsNull(15)) {
    Certificate certificate{row.Text(15), row.Text(16), row.Text(17), row.Text(18)};
    certificate.chain = absl::StrSplit(row.Text(19), '\n', absl::SkipEmpty());
    if (!row.IsNull(20)) certificate.signing_time = row.Time(20);
    // Nothing where it was recorded before this was kept: then nobody can say so.
    certificate.revocation_checked = row.Int(21) != 0;
    signature.certificate = std::move(certificate);
  }
  if (with_cms) signature.cms = row.Bytes(23);
  return signature;
}

}  // namespace

absl::Status LoadParties(mysql::Connection& db, absl::Span<Agreement> agreements, bool with_cms) {
  if (agreements.empty()) return absl::OkStatus();
  absl::flat_hash_map<std::string, Agreement*> by_id;
  std::vector<std::string> ids;
  for (Agreement& agreement : agreements) {
    by_id.emplace(agreement.id, &agreement);
    ids.push_back(agreement.id);
  }
  std::vector<Value> params;
  const std::string in = mysql::InList(ids, params);
  const std::string sql = absl::StrCat("SELECT ", AbslView(kPartyColumns), with_cms ? ", cms" : "",
                                       " FROM agreement_parties WHERE agreement_id IN ", in,
                                       " ORDER BY agreement_id, place");
  return db.Query(sql, params, [&](const mysql::Row& row) {
    Party party{row.Text(2), SignatureOf(row, with_cms)};
    if (!row.IsNull(8)) party.sign_by = row.Day(8);
    party.group = static_cast<int>(row.Int(9));
    party.display_name = row.Text(10);
    if (!row.IsNull(22)) party.ends = row.Day(22);
    by_id.at(row.Text(0))->parties.push_back(std::move(party));
    return absl::OkStatus();
  });
}

absl::Status InsertParties(mysql::Connection& db, const Agreement& agreement) {
  constexpr std::string_view kMarks = "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
  std::string sql =
      absl::StrCat("INSERT INTO agreement_parties (", AbslView(kPartyColumns), ", cms) VALUES ");
  std::vector<Value> params;
  for (size_t place = 0; place < agreement.parties.size(); ++place) {
    const Party& party = agreement.parties[place];
    absl::StrAppend(&sql, place == 0 ? "" : ",", AbslView(kMarks));
    params.insert(params.end(), {agreement.id, static_cast<int64_t>(place), party.body});
    for (Value& value : PartyValues(party)) params.push_back(std::move(value));
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
    std::vector<Value> params = PartyValues(after.parties[place]);
    params.insert(params.end(), {after.id, static_cast<int64_t>(place)});
    RETURN_IF_ERROR(db.Execute(kUpdateParty, params).status());
  }
  return absl::OkStatus();
}

}  // namespace phoihop::agreements
