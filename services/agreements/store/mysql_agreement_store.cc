#include "services/agreements/store/mysql_agreement_store.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/ledger/reader.h"
#include "common/mysql/error.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/domain/document_number.h"
#include "services/agreements/store/list.h"
#include "services/agreements/store/rows.h"

namespace phoihop::agreements {
namespace {

using mysql::Value;

constexpr std::string_view kSelectParent = "SELECT parent_id FROM agreements WHERE id = ?";

constexpr std::string_view kSelectByDocument =
    "SELECT id FROM agreements WHERE unit_id = ? AND term_year = ? AND document_key = ? "
    "AND id <> ?";

// Candidates for ChooseProgramme: the key in_force_at_unit finds them, a handful for each
// of the few units. EXISTS reads one row of the primary key.
constexpr std::string_view kCandidateColumns =
    "id, title, unit_id, term_start, parent_id IS NOT NULL, "
    "EXISTS (SELECT 1 FROM cascade_members m WHERE m.programme_id = agreements.id)";

ProgrammeCandidate CandidateOf(const mysql::Row& row) {
  return {row.Text(0), row.Text(1), row.Int(2), row.Day(3), row.Int(4) != 0, row.Int(5) != 0};
}

// A range of the primary key: all agreements of one programme, or those of a few units.
constexpr std::string_view kSelectMembers =
    "SELECT unit_id, in_force_from, in_force_until FROM cascade_members WHERE programme_id = ? "
    "AND in_force_from <= ? AND in_force_until > ?";

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
  RETURN_IF_ERROR(LoadParties(db, absl::MakeSpan(found)));
  return std::optional<Agreement>(std::move(found.front()));
}

absl::Status DocumentNumberTaken(const std::string& id) {
  return AlreadyExists("Agreement", AgreementName(id), "DOCUMENT_NUMBER_TAKEN",
                       {"Another agreement of this unit and year has this document number.",
                        "Một chương trình khác của đơn vị trong năm này đã có số văn bản này."});
}

// The unique key on document numbers is the only one that a command can meet: ids are new,
// and the domain has each party once.
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

absl::StatusOr<std::optional<ProgrammeCandidate>> FindProgramme(mysql::Connection& db,
                                                                const CoverageQuery& query) {
  std::string sql = absl::StrCat("SELECT ", AbslView(kCandidateColumns), " FROM agreements WHERE ");
  std::vector<Value> params;
  if (!query.programme.empty()) {
    sql += "id = ?";
    params.emplace_back(query.programme);
  } else {
    if (query.programme_units.empty()) return std::optional<ProgrammeCandidate>();
    absl::StrAppend(&sql, "unit_id IN (", Placeholders(query.programme_units.size()),
                    ") AND in_force_from <= ? AND in_force_until > ?");
    AppendPadded<int64_t>(query.programme_units, params);
    params.insert(params.end(), {query.day, query.day});
  }
  std::vector<ProgrammeCandidate> candidates;
  RETURN_IF_ERROR(db.Query(sql, params, [&](const mysql::Row& row) {
    candidates.push_back(CandidateOf(row));
    return absl::OkStatus();
  }));
  const ProgrammeCandidate* chosen = query.programme.empty()
                                         ? ChooseProgramme(candidates, query.programme_units)
                                     : candidates.empty() ? nullptr
                                                          : &candidates.front();
  if (chosen == nullptr) return std::optional<ProgrammeCandidate>();
  return std::optional<ProgrammeCandidate>(*chosen);
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
                       [&](mysql::Connection& db) -> absl::StatusOr<CoverageRecords> {
                         CoverageRecords records;
                         ASSIGN_OR_RETURN(const ledger::Head head, ledger::ReadHead(db));
                         records.position = head.position;
                         ASSIGN_OR_RETURN(records.programme, FindProgramme(db, query));
                         if (!records.programme.has_value()) return records;
                         std::string sql(kSelectMembers);
                         std::vector<Value> params = {records.programme->id, query.day, query.day};
                         if (!query.member_units.empty()) {
                           absl::StrAppend(&sql, " AND unit_id IN (",
                                           Placeholders(query.member_units.size()), ")");
                           AppendPadded<int64_t>(query.member_units, params);
                         }
                         RETURN_IF_ERROR(db.Query(sql, params, [&](const mysql::Row& row) {
                           records.members.push_back({row.Int(0), row.Day(1), row.Day(2)});
                           return absl::OkStatus();
                         }));
                         return records;
                       });
  }

  absl::StatusOr<std::optional<Agreement>> Lock(ledger::Transaction& tx,
                                                const std::string& id) override {
    return Load(tx.db(), id, " FOR UPDATE");
  }

  absl::StatusOr<std::vector<std::string>> Chain(ledger::Transaction& tx,
                                                 const std::string& parent) override {
    return ReadChain(tx.db(), parent);
  }

  absl::Status CheckDocumentNumber(ledger::Transaction& tx, const Agreement& agreement) override {
    const std::string key = DocumentKey(agreement.document_number);
    if (key.empty()) return absl::OkStatus();
    std::string other;
    RETURN_IF_ERROR(
        tx.db().Query(kSelectByDocument,
                      {agreement.unit, static_cast<int64_t>(agreement.term_start.year()),
                       mysql::Bytes(key), agreement.id},
                      [&](const mysql::Row& row) {
                        other = row.Text(0);
                        return absl::OkStatus();
                      }));
    return other.empty() ? absl::OkStatus() : DocumentNumberTaken(other);
  }

  absl::Status Insert(ledger::Transaction& tx, const Agreement& agreement) override {
    RETURN_IF_ERROR(MapDuplicate(InsertRow(tx.db(), agreement), agreement.id));
    return InsertParties(tx.db(), agreement);
  }

  absl::Status Replace(ledger::Transaction& tx, const Agreement& before,
                       const Agreement& after) override {
    RETURN_IF_ERROR(MapDuplicate(UpdateRow(tx.db(), before, after), after.id));
    RETURN_IF_ERROR(UpdateParties(tx.db(), before, after));
    if (before.state == State::kInForce || after.state != State::kInForce) {
      return absl::OkStatus();
    }
    return EnterCascades(tx.db(), after);
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
