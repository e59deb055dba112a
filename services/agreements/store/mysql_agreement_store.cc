#include "services/agreements/store/mysql_agreement_store.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/ledger/reader.h"
#include "common/mysql/error.h"
#include "common/mysql/in_list.h"
#include "common/mysql/transaction.h"
#include "common/status/details.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/store/coverage_records.h"
#include "services/agreements/store/list.h"
#include "services/agreements/store/rows.h"

namespace phoihop::agreements {
namespace {

using mysql::Value;

constexpr std::string_view kSelectParent = "SELECT parent_id FROM agreements WHERE id = ?";

constexpr std::string_view kSelectByDocument =
    "SELECT id FROM agreements WHERE unit_id = ? AND term_year = ? AND document_key = ? "
    "AND id <> ?";
constexpr std::string_view kSelectByIssuer =
    "SELECT id FROM agreements WHERE issuer_key = ? AND id <> ?";

absl::StatusOr<std::optional<Agreement>> Load(mysql::Connection& db, const std::string& id,
                                              std::string_view suffix) {
  std::vector<Agreement> found;
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", AbslView(kAgreementColumns),
                                        " FROM agreements WHERE id = ?", AbslView(suffix)),
                           {id}, [&](const mysql::Row& row) {
                             found.push_back(AgreementOf(row));
                             return absl::OkStatus();
                           }));
  if (found.empty()) return std::optional<Agreement>();
  RETURN_IF_ERROR(LoadParties(db, absl::MakeSpan(found), /*with_cms=*/true));
  RETURN_IF_ERROR(LoadContent(db, found.front()));
  return std::optional<Agreement>(std::move(found.front()));
}

absl::Status DocumentNumberTaken(const std::string& id) {
  return AboutField(
      AlreadyExists("Agreement", AgreementName(id), "DOCUMENT_NUMBER_TAKEN",
                    {"Another agreement of this unit and year, or of this issuing body and "
                     "series, has this document number.",
                     "Một chương trình khác của đơn vị trong năm này, hoặc của cơ quan cấp số "
                     "trong kỳ này, đã có số văn bản này."}),
      "agreement.document_number");
}

// The unique keys on document numbers are the only ones that a command can meet: ids are
// new, and the domain has each party once.
absl::Status MapDuplicate(const absl::Status& status, const std::string& id) {
  return mysql::ErrorNumber(status) == mysql::kDuplicateKey ? DocumentNumberTaken(id) : status;
}

absl::StatusOr<std::vector<std::string>> ReadChain(mysql::Connection& db, std::string parent) {
  std::vector<std::string> chain;
  while (!parent.empty()) {
    if (static_cast<int>(chain.size()) > kMaxCascadeDepth) {
      return Internal("the chain of programmes above an agreement does not end");
    }
    chain.push_back(parent);
    std::string next;
    RETURN_IF_ERROR(db.Query(kSelectParent, {chain.back()}, [&](const mysql::Row& row) {
      next = row.Text(0);
      return absl::OkStatus();
    }));
    parent = std::move(next);
  }
  return chain;
}

absl::Status EnterCascades(mysql::Connection& db, const Agreement& agreement) {
  ASSIGN_OR_RETURN(const std::vector<std::string> chain, ReadChain(db, agreement.parent));
  if (chain.empty()) return absl::OkStatus();
  std::string sql =
      "INSERT INTO cascade_members (programme_id, unit_id, agreement_id, in_force_from, "
      "in_force_until) VALUES ";
  std::vector<Value> params;
  for (const std::string& programme : chain) {
    sql += params.empty() ? "(?,?,?,?,?)" : ",(?,?,?,?,?)";
    params.insert(params.end(), {programme, agreement.unit, agreement.id, *agreement.in_force_date,
                                 InForceUntil(agreement)});
  }
  return db.Execute(sql, params).status();
}

// The id that a query finds first; empty when it finds none.
absl::StatusOr<std::string> FirstId(mysql::Connection& db, std::string_view sql,
                                    mysql::Params params) {
  std::string id;
  RETURN_IF_ERROR(db.Query(sql, params, [&](const mysql::Row& row) {
    id = row.Text(0);
    return absl::OkStatus();
  }));
  return id;
}

absl::StatusOr<std::map<std::string, std::string>> ReadDocumentNumbers(
    mysql::Connection& db, const std::vector<std::string>& ids, size_t batch) {
  std::map<std::string, std::string> numbers;
  for (size_t first = 0; first < ids.size(); first += batch) {
    const absl::Span<const std::string> some = absl::MakeSpan(ids).subspan(first, batch);
    std::vector<Value> params;
    const std::string in = mysql::InList(some, params);
    RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT id, document_number FROM agreements WHERE "
                                          "document_number <> '' AND id IN ",
                                          in),
                             params, [&](const mysql::Row& row) {
                               numbers[row.Text(0)] = row.Text(1);
                               return absl::OkStatus();
                             }));
  }
  return numbers;
}

class MysqlAgreementStore : public AgreementStore {
 public:
  MysqlAgreementStore(mysql::Pool* pool, StoreLimits limits) : pool_(*pool), limits_(limits) {}

  absl::StatusOr<std::optional<Agreement>> Find(const std::string& id,
                                                absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) { return Load(db, id, ""); });
  }

  absl::StatusOr<ListPage> List(const ListQuery& query, absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) { return ReadList(db, query, limits_); });
  }

  absl::StatusOr<CoverageRecords> ReadCoverage(const CoverageQuery& query,
                                               absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) { return ReadCoverageRecords(db, query); });
  }

  absl::StatusOr<std::optional<Agreement>> Lock(ledger::Transaction& tx,
                                                const std::string& id) override {
    return Load(tx.db(), id, " FOR UPDATE");
  }

  absl::StatusOr<std::vector<std::string>> Chain(ledger::Transaction& tx,
                                                 const std::string& parent) override {
    return ReadChain(tx.db(), parent);
  }

  absl::StatusOr<bool> HasChildren(ledger::Transaction& tx, const std::string& id) override {
    ASSIGN_OR_RETURN(
        const std::string child,
        FirstId(tx.db(), "SELECT id FROM agreements WHERE parent_id = ? LIMIT 1", {id}));
    return !child.empty();
  }

  absl::StatusOr<bool> HasOpenAmendment(ledger::Transaction& tx, const std::string& id,
                                        const std::string& except) override {
    ASSIGN_OR_RETURN(
        const std::string other,
        FirstId(tx.db(),
                "SELECT id FROM agreements WHERE amends_id = ? AND id <> ? AND state IN (1, 2, 4) "
                "AND delete_time IS NULL LIMIT 1",
                {id, except}));
    return !other.empty();
  }

  absl::Status CheckDocumentNumber(ledger::Transaction& tx, const Agreement& agreement) override {
    std::string other;
    if (const std::optional<std::string> key = UnitKey(agreement); key.has_value()) {
      ASSIGN_OR_RETURN(other, FirstId(tx.db(), kSelectByDocument,
                                      {agreement.unit, int64_t{NumberedOn(agreement).year()},
                                       mysql::Bytes(*key), agreement.id}));
    } else if (const std::optional<std::string> issuer = IssuerKey(agreement); issuer.has_value()) {
      ASSIGN_OR_RETURN(other,
                       FirstId(tx.db(), kSelectByIssuer, {mysql::Bytes(*issuer), agreement.id}));
    }
    return other.empty() ? absl::OkStatus() : DocumentNumberTaken(other);
  }

  absl::Status Insert(ledger::Transaction& tx, const Agreement& agreement) override {
    RETURN_IF_ERROR(MapDuplicate(InsertRow(tx.db(), agreement), agreement.id));
    RETURN_IF_ERROR(InsertParties(tx.db(), agreement));
    return WriteContent(tx.db(), Agreement(), agreement);
  }

  absl::Status Replace(ledger::Transaction& tx, const Agreement& before,
                       const Agreement& after) override {
    RETURN_IF_ERROR(MapDuplicate(UpdateRow(tx.db(), before, after), after.id));
    RETURN_IF_ERROR(UpdateParties(tx.db(), before, after));
    RETURN_IF_ERROR(WriteContent(tx.db(), before, after));
    if (!after.in_force_date.has_value()) return absl::OkStatus();
    if (!before.in_force_date.has_value()) return EnterCascades(tx.db(), after);
    if (InForceUntil(before) == InForceUntil(after)) return absl::OkStatus();
    return tx.db()
        .Execute("UPDATE cascade_members SET in_force_until = ? WHERE agreement_id = ?",
                 {InForceUntil(after), after.id})
        .status();
  }

  absl::Status SaveText(ledger::Transaction& tx, const std::string& agreement,
                        const std::string& sha256, const std::string& text) override {
    // The same text again has the same digest.
    return tx.db()
        .Execute(
            "INSERT INTO agreement_texts (sha256, agreement_id, text) VALUES (?,?,?) "
            "ON DUPLICATE KEY UPDATE sha256 = sha256",
            {sha256, agreement, mysql::Bytes(text)})
        .status();
  }

  absl::StatusOr<std::optional<std::string>> FindText(const std::string& sha256,
                                                      std::string& agreement,
                                                      absl::Time deadline) override {
    return mysql::Read(
        pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<std::optional<std::string>> {
          std::optional<std::string> text;
          RETURN_IF_ERROR(
              db.Query("SELECT agreement_id, text FROM agreement_texts WHERE sha256 = ?",
                       {Value(sha256)}, [&](const mysql::Row& row) {
                         agreement = row.Text(0);
                         text = row.Bytes(1);
                         return absl::OkStatus();
                       }));
          return text;
        });
  }

  absl::StatusOr<std::map<std::string, std::string>> DocumentNumbers(
      const std::vector<std::string>& ids, absl::Time deadline) override {
    constexpr size_t kBatch = 512;
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) { return ReadDocumentNumbers(db, ids, kBatch); });
  }

  absl::Status AddHistory(ledger::Transaction& tx, const HistoryEntry& entry) override {
    return tx.db()
        .Execute(
            "INSERT INTO agreement_history (agreement_id, kind, number, payload) "
            "VALUES (?,?,?,?)",
            {entry.agreement, static_cast<int64_t>(entry.kind), int64_t{entry.number},
             mysql::Bytes(entry.payload)})
        .status();
  }

  absl::StatusOr<std::vector<HistoryEntry>> ReadHistory(const std::string& agreement,
                                                        HistoryEntry::Kind kind,
                                                        absl::Time deadline) override {
    return mysql::Read(
        pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<std::vector<HistoryEntry>> {
          std::vector<HistoryEntry> entries;
          RETURN_IF_ERROR(db.Query(
              "SELECT number, payload FROM agreement_history WHERE agreement_id = ? AND kind = ? "
              "ORDER BY number DESC LIMIT 100",
              {Value(agreement), Value(static_cast<int64_t>(kind))}, [&](const mysql::Row& row) {
                entries.push_back({agreement, kind, static_cast<int>(row.Int(0)), row.Bytes(1)});
                return absl::OkStatus();
              }));
          std::reverse(entries.begin(), entries.end());
          return entries;
        });
  }

 private:
  mysql::Pool& pool_;
  const StoreLimits limits_;
};

}  // namespace

std::unique_ptr<AgreementStore> NewMysqlAgreementStore(mysql::Pool* pool, StoreLimits limits) {
  return std::make_unique<MysqlAgreementStore>(pool, limits);
}

}  // namespace phoihop::agreements
